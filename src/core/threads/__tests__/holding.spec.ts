/** Who holds the GIL and who waits for it: each rule and each oddity drawn as strips of time. */
import { at, COLUMN, NO_ODDITIES, strips, waitsOf } from './strips';

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
    const strip = strips(
      `
      A |r d r         d  |
        |##--######-------|
      B |      r   w d    |
        |------....##-----|
    `,
      { lanes: { B: { sees: 'A' } } }
    );
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

  it('of those who ask and do not wake, the first holds', () => {
    const strip = strips(`
      A |r  d     |
        |###------|
      B |    r    |
        |----.....|
      C |   r     |
        |---######|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });
});

describe('stamps that cross', () => {
  // Each of these was found in random histories of the simulator.
  it('a holder that a waiter saw has it after one who dropped it later', () => {
    const strip = strips(
      `
      A |     r   d            |
        |-----####-------------|
      B |    r              d  |
        |----.....##########---|
      C |      r W           w |
        |------..............##|
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('a holder that a waiter saw took it after one who woke before', () => {
    const strip = strips(
      `
      Z |r d                |
        |##-----------------|
      A | r  w            d |
        |-...---------------|
      H |   r        d      |
        |---.########-------|
      W |     r W     w  d  |
        |-----........###---|
    `,
      { lanes: { W: { sees: 'H' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('a holder that was long in its request takes nothing from one who asked later', () => {
    const strip = strips(
      `
      A |  r p         <     d |
        |--.............#####--|
      B |>    <  r      d      |
        |_____---#######-------|
      C |          r   W       |
        |----------............|
    `,
      { lanes: { C: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.start]).toEqual([at(8), at(15)]);
  });

  it('a hold ends where its thread lost its CPU before another was seen to have the GIL', () => {
    const strip = strips(
      `
      A |r        p       <d  |
        |#########pppppppp----|
      B |    r p     <      d |
        |----.....~~~#######--|
      C |       r      W      |
        |-------..............|
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.end]).toEqual([at(9), at(19)]);
  });

  it('leave open who was the last, so that no new hold is made of an old one', () => {
    const strip = strips(
      `
      A |   r     d          |
        |---...###-----------|
      B |r     d r      w  d |
        |######--.......###--|
      C | r       w  d       |
        |-........###--------|
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('leave open who was the last, if a hold may have been long before', () => {
    // B may have had the GIL before A did, but C sees that it had it after A.
    const strip = strips(
      `
      A |    r     d                |
        |----######-----------------|
      B |  r  p      <d  r        W |
        |--##-ppppppp----...........|
      C |      r           w   d    |
        |------............####-----|
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual({ ...NO_ODDITIES, neverAcquired: 1 });
  });

  it('a short hold between two that are stamped late is lost in them', () => {
    const strip = strips(
      `
      A |r   d   r    d  |
        |####----..------|
      B | r   w    d     |
        |-....#####------|
      C |  r      w  d   |
        |--........##----|
    `,
      { lanes: { B: { sees: 'A' }, C: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('a waiter whose thread state was not known yet is not taken for the next holder', () => {
    const strip = strips(
      `
      A |  w  d  r    w  |
        |..###---.....###|
      B |         w d    |
        |.........##-----|
    `,
      { lanes: { B: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(0);
  });

  it('a thread state that goes back to the thread that had it before', () => {
    const lanes = { A: { tstate: 7 }, B: { tstate: 7 }, D: { sees: 'A' } };
    const strip = strips(
      `
      A |rd   r       |
        |#----########|
      B |  rd         |
        |--#----------|
      C |    r        |
        |----.........|
      D |      r  W   |
        |------.......|
    `,
      { lanes }
    );
    expect(strip.drawn).toEqual(strip.expected);
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

  it('is one although another was faster than its wait', () => {
    const strip = strips(`
      A |r      d    |
      B |  r  W  w d |
    `);
    expect([...strip.result.holds.forced]).toEqual([1, 0]);
  });

  it('is none if the holder took the GIL after the round of waiting had begun', () => {
    const strip = strips(`
      A |r d          |
      C |   r    d    |
      B | r   W    w d|
    `);
    expect([...strip.result.holds.forced]).toEqual([0, 0, 0]);
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

  it('drop: it may have had it last', () => {
    // C sees that B had it last: that was before column 5, not after B asked again.
    const strip = strips(
      `
      A | rd               |
        |-#----------------|
      B |    d  r      W   |
        |????---...........|
      C |   r     w  d     |
        |---.....-###------|
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect([...strip.result.holds.thread]).toEqual([0, 2]);
    expect(strip.result.oddities.brokenAlternation).toBe(0);
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
