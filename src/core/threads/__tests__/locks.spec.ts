/** Waits for `threading` locks, and the collector, drawn as strips of time. */
import { at, strips, type Strips } from './strips';

/** Lock waits as [lane, from column, to column, lock, lane that released it]. */
function locksOf({ result: { lockWaits } }: Strips): number[][] {
  return Array.from({ length: lockWaits.length }, (_, row) => [
    lockWaits.thread[row],
    (lockWaits.start[row] - at(0)) / 10,
    (lockWaits.end[row] - at(0)) / 10,
    lockWaits.lock[row],
    lockWaits.holder[row]
  ]);
}

describe('a wait for a lock', () => {
  it('counts before sleep and a lost CPU, and its holder is who woke it', () => {
    const strip = strips(
      `
      A |rdl >      < L r d |
        |#-LLLLLLLLLLL--##--|
      B |      k            |
        |-------------------|
    `,
      { lanes: { A: { lock: 77 }, B: { wakes: 'A' } } }
    );
    expect(strip.drawn[0]).toBe(strip.expected[0]);
    expect(locksOf(strip)).toEqual([[0, 2, 13, 77, 1]]);
    expect(strip.result.threads[0].statesNs[5]).toBe(110);
  });

  it('that a signal breaks off goes on as one wait', () => {
    const strip = strips(`
      A |rdl > <Ll > <Ll>  <L r d|
        |#-LLLLLLLLLLLLLLLLL--##-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(locksOf(strip)).toEqual([[0, 2, 19, 0x10c, -1]]);
  });

  it('is another one for another lock, or after Python has run', () => {
    const other = strips(
      `
      A |rdl L rdl L rd|
    `
    );
    expect(locksOf(other).map(([, from, to]) => [from, to])).toEqual([
      [2, 4],
      [8, 10]
    ]);
  });

  it('stands on the line of the next request', () => {
    const strip = strips(`A |rdl L rd|`, { lanes: { A: { code: [3, 5] } } });
    const { lockWaits, stacks } = strip.result;
    expect(stacks.line[lockWaits.stack[0]]).toBe(4);
  });

  it('that was there before the recording is known from its end', () => {
    const strip = strips(`
      A |    L  r d|
        |LLLL---##-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(locksOf(strip)).toEqual([[0, 0, 4, 0, -1]]);
  });

  it('ends with the run, the thread or the program', () => {
    const strip = strips(`
      A |rdl           |
        |#-LLLLLLLLLLLL|
      B |    l   x     |
        |????LLLL      |
    `);
    expect(locksOf(strip)).toEqual([
      [0, 2, 14, 0x10c, -1],
      [1, 4, 8, 0x10c, -1]
    ]);
    expect(strip.drawn[0]).toBe(strip.expected[0]);
  });

  it('while the GIL is kept is a hold off the CPU', () => {
    const strip = strips(`
      A |r l >  < L d|
        |####~~~####-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(locksOf(strip).length).toBe(1);
  });

  it('is cut by a loss', () => {
    const strip = strips(`
      A     |rdl <       L r d |
            |#-LL???LLLLL--##--|
      lost0 |       !          |
    `);
    // Its end after the loss tells that it waited since.
    expect(locksOf(strip).map(row => row.slice(0, 3))).toEqual([
      [0, 2, 4],
      [0, 7, 12]
    ]);
    expect(strip.drawn).toEqual(strip.expected);
  });
});

describe('the collector', () => {
  const runs = ({ result: { collections } }: Strips): number[][] =>
    Array.from({ length: collections.length }, (_, row) => [
      collections.thread[row],
      (collections.start[row] - at(0)) / 10,
      (collections.end[row] - at(0)) / 10
    ]);

  it('runs from its entry to its return, also within itself', () => {
    const strip = strips(`
      A |r g   G  g g G G d|
      B |   g  G           |
    `);
    expect(runs(strip)).toEqual([
      [0, 2, 6],
      [1, 3, 6],
      [0, 9, 15]
    ]);
  });

  it('may have no end, or no begin', () => {
    const strip = strips(`
      A |r G g       |
      B |   g   x    |
    `);
    expect(runs(strip)).toEqual([
      [1, 3, 7],
      [0, 4, 12]
    ]);
  });
});
