/** Who holds the GIL and who waits for it: each rule and each oddity drawn as strips of time. */
import { WaitKind } from '../result';
import { at, COLUMN, strips, type Strips } from './strips';

/** Waits as [lane, from column, to column, kind, holder's lane or -1]. */
function waitsOf({ result }: Strips): (number | string)[][] {
  const names = Object.keys(WaitKind);
  const column = (time: number): number => (time - at(0)) / COLUMN;
  return Array.from({ length: result.waits.length }, (_, row) => [
    result.waits.thread[row],
    column(result.waits.start[row]),
    column(result.waits.end[row]),
    names[result.waits.kind[row]],
    result.waits.holder[row]
  ]);
}

const NO_ODDITIES = {
  dropWithoutRequest: 0,
  neverAcquired: 0,
  exitWhileHolding: 0,
  brokenAlternation: 0
};

describe('taking the GIL', () => {
  it('begins at the request if nobody else has it', () => {
    const strip = strips(`
      A |   r   d    r d   |
        |---####-----##----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.waits.length).toBe(0);
    expect(strip.result.threads[0].requests).toBe(2);
    expect([...strip.result.holds.start]).toEqual([at(3), at(12)]);
    expect([...strip.result.holds.end]).toEqual([at(7), at(14)]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('ends a contended wait at the wake that finds the GIL free', () => {
    const strip = strips(`
      A |r     d          |
        |######-----------|
      B |  r     w    d   |
        |--......#####----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 2, 8, 'Contended', 0]]);
    expect(strip.result.waits.uncertainty[0]).toBe(0);
  });

  it('begins at the drop of the one before if that is stamped after the wake', () => {
    const strip = strips(`
      A |r       d        |
        |########---------|
      B |  r   w      d   |
        |--......#####----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 2, 8, 'Contended', 0]]);
    expect(strip.result.waits.uncertainty[0]).toBe(2 * COLUMN);
  });

  it('ends a wait without a wake at the drop of the one before', () => {
    const strip = strips(`
      A |r    d      |
        |#####-------|
      B |   r     d  |
        |---..####---|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 3, 5, 'Handoff', 0]]);
    expect(strip.result.waits.uncertainty[0]).toBe(2 * COLUMN);
  });

  it('counts the wakes that find the GIL still locked', () => {
    const strip = strips(`
      A |r            d      |
        |#############-------|
      B |  r  W  W  W  w  d  |
        |--............###---|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.waits.ignored]).toEqual([3]);
  });

  it('lets a newcomer pass a waiter that wakes too late', () => {
    const strip = strips(`
      A |r    d          |
        |#####-----------|
      B |  r      W  w d |
        |--..........##--|
      C |      r    d    |
        |------#####-----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.blame).toEqual([
      // From A's drop to C's request, and from C's drop to the wake, nobody has it.
      { waiter: 1, holder: -1, waitNs: 2 * COLUMN, count: 1 },
      { waiter: 1, holder: 0, waitNs: 3 * COLUMN, count: 1 },
      { waiter: 1, holder: 2, waitNs: 5 * COLUMN, count: 1 }
    ]);
  });

  it('ends a hold at the next take if its own drop is stamped after the next drop', () => {
    const strip = strips(`
      A |r d r         d  |
        |##--######-------|
      B |      r   w d    |
        |------....##-----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('holds without a wake are in the order of their drops', () => {
    const strip = strips(`
      A |r    d       r d|
        |#####--------##-|
      B |  r      d      |
        |--...####-------|
      C |   r   d        |
        |---..##---------|
    `);
    expect(strip.drawn).toEqual([
      strip.expected[0],
      // B shows only at its drop that it has had the GIL: after C.
      'B |--.....##-------|',
      strip.expected[2]
    ]);
    expect([...strip.result.holds.thread]).toEqual([0, 2, 1, 0]);
  });

  it('goes on to the end of the run', () => {
    const strip = strips(`
      A |r        |
        |#########|
      B |  r      |
        |--.......|
      C |    r  W |
        |----.....|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([
      [1, 2, 9, 'Unfinished', 0],
      [2, 4, 9, 'Unfinished', 0]
    ]);
    expect(strip.result.oddities.neverAcquired).toBe(2);
  });

  it('is proved by a waiter that sees the thread state', () => {
    // Without what C sees, the earlier request of B would count.
    const picture = (b: string, d: string): string => `
      A |r  d         |
        |###----------|
      B | r           |
        |${b}|
      C |     r    W  |
        |-----........|
      D |  r          |
        |${d}|
    `;
    const seen = strips(picture('-............', '--.##########'), {
      lanes: { C: { sees: 'D' } }
    });
    expect(seen.drawn).toEqual(seen.expected);
    const unseen = strips(picture('-..##########', '--...........'));
    expect(unseen.drawn).toEqual(unseen.expected);
  });
});

describe('a forced switch', () => {
  it('is a wait of its own that ends when another has taken the GIL', () => {
    const strip = strips(`
      A |r      dy   Yr      w d |
        |#######-....-.......##--|
      B |  r  W    w        d    |
        |--........#########-----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([
      [1, 2, 10, 'Contended', 0],
      [0, 8, 12, 'Forced', 1],
      [0, 13, 20, 'Contended', 1]
    ]);
    expect([...strip.result.holds.forced]).toEqual([1, 0, 0]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('may end at the next request if its end was not seen', () => {
    const strip = strips(`
      A |r  dy  r  d |
        |###-...###--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });
});

describe('the first event of a thread tells what was before', () => {
  it('request: did not hold', () => {
    const strip = strips(`
      A |    r  d |
        |----###--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('drop: held from the start', () => {
    const strip = strips(`
      A |    d    |
        |####-----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual({
      ...NO_ODDITIES,
      dropWithoutRequest: 1
    });
    expect(strip.result.threads[0].requests).toBe(1);
  });

  it('drop when another has held it since: not known', () => {
    const strip = strips(`
      A |    d      |
        |####-------|
      B |       d   |
        |???????----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.dropWithoutRequest).toBe(2);
    expect(strip.result.holds.length).toBe(1);
  });

  it('wake: waited', () => {
    const strip = strips(`
      A |    w   d|
        |....####-|
      B |   d     |
        |###------|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[0, 0, 4, 'Contended', 1]]);
  });

  it('end of a forced switch: waited for it', () => {
    const strip = strips(`
      A |   Yr  d |
        |...-###--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('none at all: did not hold if others did', () => {
    const strip = strips(`
      A |   >   <    |
        |---____-----|
      B |     r  d   |
        |-----###----|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('none at all and nobody else either: not known', () => {
    const strip = strips(`
      A |   >   <    |
        |????????????|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });
});

describe('oddities', () => {
  it('a request that never returns, of a thread that ends', () => {
    const strip = strips(`
      A |r            d|
        |#############-|
      B |  r  W  x     |
        |--......      |
      C |    r  x      |
        |----...       |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([
      [1, 2, 8, 'Unfinished', 0],
      [2, 4, 7, 'Unfinished', 0]
    ]);
    expect(strip.result.oddities).toEqual({ ...NO_ODDITIES, neverAcquired: 2 });
  });

  it('a thread that ends with the GIL', () => {
    const strip = strips(`
      A |r     x      |
        |######       |
      B |        r  d |
        |--------###--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual({
      ...NO_ODDITIES,
      exitWhileHolding: 1
    });
  });

  it('two drops: nothing is known between them', () => {
    const strip = strips(`
      A |r  d    d  r d|
        |###?????---##-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
    expect(strip.result.holds.length).toBe(2);
  });

  it('two requests: nothing is known between them', () => {
    const strip = strips(`
      A |r      r d  |
        |???????##---|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
    expect(strip.result.holds.length).toBe(1);
  });

  it('a drop after a wake that found the GIL locked', () => {
    const strip = strips(`
      A |r   W   d  |
        |....????---|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
    expect(waitsOf(strip)).toEqual([[0, 0, 4, 'Unfinished', -1]]);
  });

  it('a request after an acquire without a drop', () => {
    const strip = strips(`
      A |r  d            |
        |###-------------|
      B | r   w    r   d |
        |-....?????####--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
  });

  it('a wake after an acquire without a drop', () => {
    const strip = strips(`
      A |r  d            |
        |###-------------|
      B | r   w    w   d |
        |-....?????####--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
  });

  it('a wake after a drop', () => {
    const strip = strips(`
      A |r  d    w   d |
        |###?????####--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
  });

  it('a yield without a drop', () => {
    const strip = strips(`
      A |r    y  Yr d |
        |?????...-##--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
  });

  it('a thread state that two threads use one after the other', () => {
    const lanes = { A: { tstate: 7 }, B: { tstate: 7 }, C: { sees: 'B' } };
    const strip = strips(
      `
      A |r  d                |
        |###-----------------|
      B |    r               |
        |----################|
      C |      r    W    W   |
        |------..............|
    `,
      { lanes }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(0);
  });
});

describe('threads and processes', () => {
  it('a thread is there from its making to its end', () => {
    const strip = strips(`
      A |r d                  |
        |##-------------------|
      B |   *  <  r   d  > x  |
        |   ppp---####---__   |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    const { begin, end, main } = strip.result.threads[1];
    expect([begin, end, main]).toEqual([at(3), at(18), false]);
    expect(strip.result.threads[0].main).toBe(true);
    expect(strip.result.threads[1].comm).toBe('A');
  });

  it('a number that is used again is another thread', () => {
    const strip = strips(`
      A |r d               |
        |##----------------|
      B |  *< r  x  *<  r d|
        |  p--###   p---##-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.threads.map(thread => thread.tid)).toEqual([
      100, 101, 101
    ]);
    expect(strip.result.oddities.exitWhileHolding).toBe(1);
  });

  it('an end that was not seen is made up for by the next making', () => {
    const strip = strips(`
      A |r d                |
        |##-----------------|
      B |  *<   >    *<  r d|
        |  p----_____p---##-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.threads.length).toBe(3);
  });

  it('what comes of a thread after its end is passed over', () => {
    const strip = strips(`
      A |r d          |
        |##-----------|
      B |  *<   x p<> |
        |  p----      |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.threads.length).toBe(2);
  });

  it('a forked child has a GIL of its own, held from the fork', () => {
    const lanes = { B: { pid: 101 } };
    const strip = strips(
      `
      A |r        d     r d|
        |#########------##-|
      B |    *<  r    d  x |
        |    ~########---  |
    `,
      { lanes }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
    expect(strip.result.waits.length).toBe(0);
    expect(strip.result.threads[1].main).toBe(true);
  });

  it('a child forked without the GIL does not have it', () => {
    const strip = strips(
      `
      A |r d      r d|
        |##-------##-|
      B |    *<    x |
        |    p-----  |
    `,
      { lanes: { B: { pid: 101 } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('a child that runs another program never had the GIL', () => {
    const strip = strips(
      `
      A |r        d        |
        |#########---------|
      B |    *<  X   >  < x|
        |    p-------___-- |
    `,
      { lanes: { B: { pid: 101 } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.holds.length).toBe(1);
    expect(strip.result.threads[1].comm).toBe('new program');
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('another program in the process ends holds, waits and the other threads', () => {
    const strip = strips(`
      A |r     X    r  d |
        |######-----###--|
      B |  r  W          |
        |--....          |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 2, 6, 'Unfinished', 0]]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('other processes are passed over', () => {
    const strip = strips(
      `
      A |r    d  |
        |#####---|
      B | r W  wd|
        |        |
    `,
      { lanes: { B: { pid: 999, snapshot: 'absent' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.threads.length).toBe(1);
    expect(strip.result.holds.length).toBe(1);
  });

  it('a thread that the snapshot missed was there from the start', () => {
    const strip = strips(
      `
      A |    r d |
        |----##--|
    `,
      { lanes: { A: { snapshot: 'absent' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });
});

describe('the window', () => {
  it('clips threads, holds and waits', () => {
    const strip = strips(
      `
      A |r     d        r   d |
        |   ###--------       |
      B |  r     w   d    x   |
        |   .....####--       |
      C | *<   x              |
        |   ---               |
      D | *x                  |
        |                     |
    `,
      { window: [3, 14] }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.threads.length).toBe(3);
    expect(waitsOf(strip)).toEqual([[1, 3, 8, 'Contended', 0]]);
    expect([...strip.result.holds.start]).toEqual([at(3), at(8)]);
    expect([...strip.result.holds.end]).toEqual([at(6), at(12)]);
  });

  it('leaves a wait unfinished that goes on after it', () => {
    const strip = strips(
      `
      A |r     d        |
        |#####          |
      B |  r     w   d  |
        |--...          |
    `,
      { window: [0, 5] }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 2, 5, 'Unfinished', 0]]);
    expect(strip.result.oddities.neverAcquired).toBe(1);
  });

  it('is unknown before the recording', () => {
    const strip = strips(
      `
      A |    d   |
        |####----|
    `,
      { window: [-2, 8] }
    );
    expect([...strip.result.threads[0].track.start]).toEqual([
      at(-2),
      at(0),
      at(4)
    ]);
    expect(strip.result.threads[0].statesNs[0]).toBe(2 * COLUMN);
    expect([...strip.result.holds.start]).toEqual([at(0)]);
  });
});
