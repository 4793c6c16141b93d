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
import { WaitKind, type ThreadsResult } from '../result';
import { batches, EVENTS, type Row } from './batches';
import { LINES } from './strips';

export const COLUMN = 10_000;
const BASE = 1_000_000;
export const PID = 100;
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

export interface DrawnFutexes {
  result: ThreadsResult;
  expected: string[];
  drawn: string[];
}

export function at(column: number): number {
  return BASE + COLUMN * column;
}

export function futexes(
  picture: string,
  sources: Pick<AttributionSources, 'readings'> = {}
): DrawnFutexes {
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
export function waitsOf({
  result: { waits }
}: DrawnFutexes): (number | string)[][] {
  const names = Object.keys(WaitKind);
  return Array.from({ length: waits.length }, (_, row) => [
    waits.thread[row],
    (waits.start[row] - BASE) / COLUMN,
    (waits.end[row] - BASE) / COLUMN,
    names[waits.kind[row]],
    waits.ignored[row]
  ]);
}
