/** Threads and processes that come and go, and the run's window, drawn as strips of time. */
import { at, COLUMN, NO_ODDITIES, strips, waitsOf } from './strips';

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

  it('a thread may end while it waits for its forced switch', () => {
    const strip = strips(`
      A |r   dy   x   |
        |####-....    |
      B |  r    W  d  |
        |--.........--|
    `);
    expect(strip.drawn[0]).toBe(strip.expected[0]);
    expect(waitsOf(strip)[1]).toEqual([0, 5, 9, 'Unfinished', -1]);
    expect(strip.result.oddities.neverAcquired).toBe(0);
  });

  it('a thread that ends without the stamp of its drop has released the GIL if another took it', () => {
    const strip = strips(
      `
      A |r d r       x     |
        |##--######--      |
      B |      r   w    d  |
        |------....#####---|
    `,
      { lanes: { B: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('a thread that never had the GIL, if others had, may end', () => {
    const strip = strips(`
      A |   >        x   |
        |---_________    |
      B |     r  d       |
        |-----###--------|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('a forked child that ends at once does not end with the GIL', () => {
    const strip = strips(
      `
      A |r        d|
        |#########-|
      B |   *< x   |
        |   p--    |
    `,
      { lanes: { B: { pid: 101 } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('the first event of a child tells, if nothing is known of who made it', () => {
    const strip = strips(
      `
      A |   >   <       |
        |???????????????|
      B |  *<   d  r d x|
        |  ~####---##-- |
      C |  *<   r  d x  |
        |  p----###--   |
    `,
      { lanes: { B: { pid: 101 }, C: { pid: 102 } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('threads that perf announces at its start were there before', () => {
    const strip = strips(
      `
      A |r d            |
        |##-------------|
      B | *     r  d    |
        |-------###-----|
    `,
      { lanes: { B: { snapshot: 'running' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('another thread than the first may start another program', () => {
    // The kernel gives it the number of the process, whose first thread has ended (fs/exec.c, de_thread).
    const strip = strips(
      `
      A |r  d x    X  >|
        |###--     ---_|
      B |  r    w      |
        |--....#####   |
    `
    );
    expect(strip.drawn[0]).toBe(strip.expected[0]);
    expect(strip.result.threads.map(thread => thread.tid)).toEqual([
      100, 101, 100
    ]);
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

  it('knows nothing of threads that ended before it', () => {
    const strip = strips(
      `
      B |rW wd x       |
        |              |
      A |        r   d |
        |       -####--|
      C |d             |
        |       -------|
    `,
      { window: [7, 14] }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.threads.map(({ comm }) => comm)).toEqual(['A', 'C']);
    expect([...strip.result.holds.thread]).toEqual([0]);
    expect(strip.result.waits.length).toBe(0);
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
