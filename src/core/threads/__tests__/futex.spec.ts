/** Waits and holds from futex calls; see futex-strips.ts for the drawings. */
import { StackTable } from '../line-stacks';
import type { ThreadsResult } from '../result';
import { StackReadingRows } from '../stack-readings';
import { at, COLUMN, futexes, PID, waitsOf } from './futex-strips';

/** The line of each wait, -1 if it is not known. */
function linesOf({ waits, stacks }: ThreadsResult): number[] {
  return [...waits.stack].map(stack => (stack < 0 ? -1 : stacks.line[stack]));
}

describe('a wait', () => {
  it('lasts from the sleep to the unlock of the mutex behind it; who drops has held the GIL meanwhile', () => {
    const drawing = futexes(`
      A |<         D       |
        |++++######++++++++|
      B |<   j>     <m     |
        |++++........++++++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([[1, 4, 12, 'Contended', 0]]);
    expect(drawing.result.blame).toEqual([
      { waiter: 1, holder: -1, waitNs: 2 * COLUMN, count: 1 },
      { waiter: 1, holder: 0, waitNs: 6 * COLUMN, count: 1 }
    ]);
    expect(drawing.result.threads.map(({ requests }) => requests)).toEqual([
      0, 1
    ]);
  });

  it('goes on when a switch interval has passed', () => {
    const drawing = futexes(`
      A |<                          D     |
        |+##########################++++++|
      B |<j>         <mj>         <mj> <m |
        |+..............................++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([[1, 1, 31, 'Contended', 2]]);
  });

  it('goes on when another was faster', () => {
    const drawing = futexes(`
      A |<   D              |
        |+###+++++++++++++++|
      B |<j>  <mj>     <m   |
        |+..............++++|
      C |<         D        |
        |+++++++###+++++++++|
    `);
    // C has it at the latest when B finds it taken.
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([[1, 1, 15, 'Contended', 0]]);
  });

  it('goes on when the thread lost its CPU between the unlock and the sleep', () => {
    const drawing = futexes(`
      A |<                     D     |
        |+#####################++++++|
      B |<j>         <mp    <j>  <m  |
        |+........................+++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([[1, 1, 25, 'Contended', 1]]);
  });

  it('goes on when its CPU stood still meanwhile, if nobody has dropped the GIL', () => {
    const drawing = futexes(`
      A |<                     D     |
        |+#####################++++++|
      B |<j>         <m     j>  <m   |
        |+.......................++++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([[1, 1, 24, 'Contended', 1]]);
  });

  it('ends without a drop that was seen, if the thread runs on', () => {
    const drawing = futexes(`
      A |<                        |
        |+++++++++++++++++++++++++|
      B |<j>       <m             |
        |+..........++++++++++++++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([[1, 1, 11, 'Contended', 0]]);
  });

  it('ends before the thread sleeps on anything else, or runs for a while', () => {
    const drawing = futexes(`
      A |<    D                D     |
        |+####++++++###########++++++|
      B |<j>   <m>        <          |
        |+......+_________+++++++++++|
      C |<          j>         <m    |
        |+++++++++++............+++++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([
      [1, 1, 7, 'Contended', 0],
      [2, 11, 23, 'Contended', 0]
    ]);
  });

  it('ends where the thread wakes who has yielded, without another sleep for the mutex', () => {
    const drawing = futexes(`
      A |<         Dv>    <V       |
        |+#########+......+++++++++|
      B |<j>        <M> <T  m      |
        |+...............++++++++++|
    `);
    expect(drawing.drawn).toEqual([
      'A |+#########+.......++++++++|',
      'B |+...............++++++++++|'
    ]);
    expect(waitsOf(drawing)).toEqual([
      [1, 1, 16, 'Contended', 0],
      [0, 11, 18, 'Forced', 0]
    ]);
  });

  it('goes on when a signal came between the unlock and the sleep, which had no need to be made', () => {
    const drawing = futexes(`
      A |<             D       |
        |+#############++++++++|
      B |<j>         <mM>  <m  |
        |+.................+++ |
    `);
    expect(waitsOf(drawing)).toEqual([[1, 1, 19, 'Contended', 0]]);
  });

  it('is not finished at the end of the records, or of its thread', () => {
    const drawing = futexes(`
      A |<          |
        |+++++++++++|
      B |<j>        |
        |+..........|
      C |<  j>   x  |
        |+++.....   |
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(waitsOf(drawing)).toEqual([
      [1, 1, 11, 'Unfinished', 0],
      [2, 3, 8, 'Unfinished', 0]
    ]);
    expect(drawing.result.oddities.neverAcquired).toBe(2);
  });
});

describe('a hold', () => {
  it('is not known where nobody waits', () => {
    const drawing = futexes(`
      A |<   o   >  <   |
        |++++++++___++++|
      B |<              |
        |+++++++++++++++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(drawing.result.waits).toHaveLength(0);
    expect(drawing.result.holds).toHaveLength(0);
  });

  it('begins with the end of a wait if another goes on waiting', () => {
    const drawing = futexes(`
      A |<     D               |
        |+#####++++++++++++++++|
      B |<j>     <m       D    |
        |+........########+++++|
      C |<  j>            <m   |
        |+++...............++++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(drawing.result.blame).toContainEqual({
      waiter: 2,
      holder: 1,
      waitNs: 8 * COLUMN,
      count: 1
    });
  });

  it('is known to the end of the records', () => {
    const drawing = futexes(`
      A |<     D      |
        |+#####+++++++|
      B |<j>     <m   |
        |+.......#####|
      C |<  j>        |
        |+++..........|
    `);
    expect(drawing.drawn.slice(0, 2)).toEqual([
      'A |+#####+++++++|',
      'B |+........####|'
    ]);
  });

  it('and a wait are not known where a call is missing', () => {
    const drawing = futexes(`
      A |<j>     v>   <V   |
        |+???????......++++|
    `);
    expect(drawing.drawn).toEqual(drawing.expected);
    expect(drawing.result.oddities.brokenAlternation).toBe(1);
  });

  it('is not that of a waiter which passes a signal on', () => {
    const drawing = futexes(`
      A |<         D   |
        |+#########++++|
      B |<j> < D   <m  |
        |+..........+++|
    `);
    expect(drawing.drawn).toEqual(['A |+#########++++|', 'B |+..........+++|']);
  });

  it('is not known where records were lost', () => {
    const drawing = futexes(`
      A |<   !     D   |
        |++++++++++++++|
      B |<j>        <m |
        |+............+|
    `);
    expect(drawing.result.holds).toHaveLength(0);
    expect(drawing.result.oddities.brokenAlternation).toBe(0);
  });
});

describe('lines', () => {
  it('of a wait are those where its thread was read meanwhile', () => {
    const stacks = new StackTable();
    const samples = new StackReadingRows();
    const read = (tid: number, column: number, line: number): void =>
      samples.push(tid, 1, at(column), stacks.intern(-1, line), true, false);
    // Before its wait it stood on another line, after it on another one still.
    read(PID + 1, 2, 3);
    read(PID + 1, 7, 4);
    read(PID + 1, 14, 5);
    const { result } = futexes(
      `
      A |<         D       |
        |++++######++++++++|
      B |<   j>     <m     |
        |++++........++++++|
    `,
      { readings: { stacks, samples, states: [], native: [], period: COLUMN } }
    );
    expect(linesOf(result)).toEqual([4]);
  });

  it('of a wait for a forced switch are those of the wait behind it', () => {
    const stacks = new StackTable();
    const samples = new StackReadingRows();
    samples.push(PID, 1, at(20), stacks.intern(-1, 6), true, false);
    const { result } = futexes(
      `
      A |<         Dv>    <Vj>        <m |
        |                                |
      B |<j>        <M> <T  m       D    |
        |                                |
    `,
      { readings: { stacks, samples, states: [], native: [], period: COLUMN } }
    );
    expect([...result.waits.thread]).toEqual([1, 0, 0]);
    expect(linesOf(result)).toEqual([-1, 6, 6]);
  });
});
