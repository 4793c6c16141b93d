/**
 * Futex calls on a GIL, drawn as strips of time, one column of 10 us each. A lane has a line of events and below it the
 * line of states that is expected.
 *
 * Events: j sleeps on gil->cond, D wakes there; M sleeps on gil->mutex, m wakes there; v sleeps on gil->switch_cond, T
 * wakes there; V wakes on gil->switch_mutex; o any other word; < gets a CPU, > leaves it to sleep, p is preempted; x ends;
 * ! its CPU's records are said to be lost.
 *
 * States: # running-gil, ~ holding-off-cpu, . waiting-gil, + on-cpu, p preempted, _ off-cpu, ? unknown; a blank where the
 * thread does not exist.
 */
import { RecordKind } from '../../perfdata/records';
import { ThreadAnalysis } from '../analysis';
import type { AttributionSources } from '../attribution';
import { futexDeed, FutexDeed } from '../futex-calls';
import { StackTable } from '../line-stacks';
import { WaitKind, type ThreadsResult } from '../result';
import { StackReadingRows } from '../stack-readings';
import { batches, EVENTS, type Row } from './batches';
import { LINES } from './strips';

const COLUMN = 10_000;
const BASE = 1_000_000;
const PID = 100;
const GIL = 0x7f00_0000_0000;
/** Ten columns. */
const SWITCH_INTERVAL = 100_000;

/** In the order of ThreadState. */
const STATE_LETTERS = '?#-~.Lp_:+';

/** Offset in the GIL's structure, and operation: FUTEX_PRIVATE_FLAG is 128. */
const CALLS: Readonly<Record<string, readonly [number, number]>> = {
  j: [32 + 44, 128 + 9],
  D: [32 + 44, 128 + 1],
  M: [80, 128],
  m: [80, 128 + 1],
  v: [120 + 40, 128 + 256 + 9],
  T: [120 + 40, 128 + 1],
  V: [168, 128 + 1],
  o: [32 + 8, 128 + 1]
};

const KINDS: Readonly<Record<string, RecordKind>> = {
  '<': RecordKind.SwitchIn,
  '>': RecordKind.SwitchOut,
  p: RecordKind.SwitchOutPreempted,
  x: RecordKind.Exit,
  '!': RecordKind.Lost
};

interface Drawn {
  result: ThreadsResult;
  expected: string[];
  drawn: string[];
}

function at(column: number): number {
  return BASE + COLUMN * column;
}

function futexes(
  picture: string,
  sources: Pick<AttributionSources, 'readings'> = {}
): Drawn {
  const lines = [...picture.matchAll(/^ *(\w*) *\|(.*)\|$/gm)];
  const lanes = lines.filter(([, name]) => name !== '');
  const names = lanes.map(([, name]) => name);
  const width = lanes[0][2].length;
  if (lines.some(([, , strip]) => strip.length !== width)) {
    throw new RangeError('a strip has another length than the first one');
  }
  const rows: Row[] = [];
  for (let column = 0; column < width; column++) {
    lanes.forEach(([, , events], lane) => {
      const letter = events[column];
      const row = { time: at(column), pid: PID, tid: PID + lane, cpu: lane };
      if (letter in CALLS) {
        const [place, op] = CALLS[letter];
        const args = [202, GIL + place, op];
        rows.push({ ...row, kind: RecordKind.Sample, site: 'futex', args });
      } else if (letter !== ' ') {
        rows.push({ ...row, kind: KINDS[letter], args: [1] });
      }
    });
  }
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: [''],
    pid: PID,
    schedulerStates: true,
    mode: 'futex',
    lines: LINES,
    mainGil: GIL,
    switchInterval: SWITCH_INTERVAL,
    start: {
      time: BASE,
      threads: names.map((comm, lane) => ({
        pid: PID,
        tid: PID + lane,
        comm,
        running: true
      }))
    }
  });
  for (const batch of batches(rows)) {
    analysis.consume(batch);
  }
  const result = analysis.finish(
    { begin: BASE, end: at(width) },
    { switchInterval: SWITCH_INTERVAL, ...sources }
  );
  return {
    result,
    expected: lines
      .filter(([, name]) => name === '')
      .map(([, , states], lane) => `${names[lane]} |${states}|`),
    drawn: names.map(
      (name, lane) => `${name} |${drawStates(result, PID + lane, width)}|`
    )
  };
}

function drawStates(result: ThreadsResult, tid: number, width: number): string {
  const letters = new Array<string>(width).fill(' ');
  for (const { track, tid: own } of result.threads) {
    for (let step = 0; own === tid && step < track.length; step++) {
      const end = step + 1 < track.length ? track.start[step + 1] : track.end;
      for (let time = track.start[step]; time < end; time += COLUMN) {
        letters[(time - BASE) / COLUMN] = STATE_LETTERS[track.state[step]];
      }
    }
  }
  return letters.join('');
}

/** Waits as [lane, from column, to column, kind, whole switch intervals in it]. */
function waitsOf({ result: { waits } }: Drawn): (number | string)[][] {
  const names = Object.keys(WaitKind);
  return Array.from({ length: waits.length }, (_, row) => [
    waits.thread[row],
    (waits.start[row] - BASE) / COLUMN,
    (waits.end[row] - BASE) / COLUMN,
    names[waits.kind[row]],
    waits.ignored[row]
  ]);
}

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

describe('words and operations', () => {
  it.each([
    // glibc 2.25 to 2.40: __g_signals at 40.
    [32 + 40, 0x189, FutexDeed.Wait],
    [32 + 44, 0x89, FutexDeed.Wait],
    // glibc 2.41: at 32.
    [32 + 32, 0x89, FutexDeed.Wait],
    [32 + 36, 0x81, FutexDeed.Drop],
    // The lock within the condition, and the references to its groups.
    [32 + 8, 0x80, FutexDeed.Other],
    [32 + 16, 0x81, FutexDeed.Other],
    [80, 0x80, FutexDeed.MeetMutex],
    [80, 0x81, FutexDeed.LeaveMutex],
    [84, 0x81, FutexDeed.Other],
    [120 + 44, 0x189, FutexDeed.Yield],
    [120 + 44, 0x81, FutexDeed.Take],
    [168, 0x81, FutexDeed.LeaveSwitchMutex],
    // FUTEX_REQUEUE and FUTEX_WAKE_OP.
    [32 + 44, 0x83, FutexDeed.Other],
    [32 + 44, 0x85, FutexDeed.Other],
    [-8, 0x81, FutexDeed.Other],
    [208, 0x81, FutexDeed.Other]
  ])('at %d, operation %d', (place, op, deed) => {
    expect(futexDeed(place, op)).toBe(deed);
  });
});
