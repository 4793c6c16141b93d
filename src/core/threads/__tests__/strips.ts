/**
 * Histories drawn as strips of time, one column of 10 ns each. A lane has a line of events and below it
 * the line of states that is expected of them:
 *
 *     A |r  d   r  d |
 *       |###---  ### |
 *
 * Events: r request, w wake that finds the GIL free, W wake that finds it locked, d drop, y yield,
 * Y its end; < gets a CPU, > leaves it to sleep, p is preempted; * is made, x ends, X runs another program.
 * A lane named `lostN` has ! where records of CPU N are said to be lost (`lost` alone: CPU not known).
 * Within one column events happen in the order of the lanes.
 *
 * States: # running-gil, - running, ~ holding-off-cpu, . waiting-gil, p preempted, _ off-cpu, ? unknown,
 * : no-gil; a blank where the thread does not exist.
 */
import { RecordKind } from '../../perfdata/records';
import { ThreadAnalysis } from '../analysis';
import { WaitKind, type ThreadsResult } from '../result';
import { batches, EVENTS, type Row, type SiteName } from './batches';

export const COLUMN = 10;
/** Time of the first column. */
export const BASE = 1000;
export const PID = 100;

/** In the order of ThreadState. */
const STATE_LETTERS = '?#-~.Lp_:';

const SITE_LETTERS: Readonly<Record<string, SiteName>> = {
  r: 'request',
  w: 'wake',
  W: 'wake',
  d: 'drop',
  y: 'yield',
  Y: 'yield_end'
};

const KIND_LETTERS: Readonly<Record<string, RecordKind>> = {
  '<': RecordKind.SwitchIn,
  '>': RecordKind.SwitchOut,
  p: RecordKind.SwitchOutPreempted,
  '*': RecordKind.Fork,
  x: RecordKind.Exit,
  X: RecordKind.Comm,
  '!': RecordKind.Lost
};

export interface LaneOptions {
  /** Default: 100 for the first lane, 101 for the next… */
  tid?: number;
  /** Default: PID. */
  pid?: number;
  /** Default: the lane's number. */
  cpu?: number;
  /** Lane that makes it; default: the first one. */
  parent?: string;
  /** Its thread state; default: one of its own. */
  tstate?: number;
  /** Lane whose thread state its wakes find in gil->last_holder. */
  sees?: string;
  /** In the start snapshot: default unless it is made within the strip. */
  snapshot?: 'running' | 'asleep' | 'absent';
}

export interface StripOptions {
  lanes?: Readonly<Record<string, LaneOptions>>;
  schedulerStates?: boolean;
  /** Columns at which the window begins and ends; default: all. */
  window?: readonly [number, number];
}

export interface Strips {
  result: ThreadsResult;
  /** The state lines as drawn. */
  expected: string[];
  /** The same from the result. */
  drawn: string[];
}

interface Lane {
  name: string;
  events: string;
  states: string;
  options: LaneOptions;
  tid: number;
  index: number;
}

/** Time of a column. */
export function at(column: number): number {
  return BASE + COLUMN * column;
}

/** Lets the analysis see what is drawn. */
export function strips(picture: string, options: StripOptions = {}): Strips {
  const lanes = readLanes(picture, options.lanes ?? {});
  const width = Math.max(...lanes.map(lane => lane.events.length));
  const [begin, end] = options.window ?? [0, width];
  const threads = lanes.filter(lane => !lane.name.startsWith('lost'));
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: ['', 'new program'],
    pid: PID,
    schedulerStates: options.schedulerStates ?? true,
    start: {
      time: BASE,
      threads: threads
        .filter(
          ({ events, options: { snapshot } }) =>
            snapshot !== 'absent' &&
            (snapshot !== undefined || !/^ *\*/.test(events))
        )
        .map(({ tid, name, options: { pid, snapshot } }) => ({
          pid: pid ?? PID,
          tid,
          comm: name,
          running: snapshot !== 'asleep'
        }))
    }
  });
  for (const batch of batches(toRows(lanes, width))) {
    analysis.consume(batch);
  }
  const result = analysis.finish({ begin: at(begin), end: at(end) });
  return {
    result,
    expected: threads.map(lane => `${lane.name} |${lane.states}|`),
    drawn: threads.map(
      lane => `${lane.name} |${drawStates(result, lane.tid, width)}|`
    )
  };
}

/** Tid of a lane by its place in the picture. */
export function tidOf(lane: number): number {
  return PID + lane;
}

/** Waits as [lane, from column, to column, kind, holder's lane or -1]. */
export function waitsOf({ result }: Strips): (number | string)[][] {
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

/** Counts of a history in which nothing is odd. */
export const NO_ODDITIES = {
  dropWithoutRequest: 0,
  neverAcquired: 0,
  exitWhileHolding: 0,
  brokenAlternation: 0
};

function readLanes(
  picture: string,
  options: Readonly<Record<string, LaneOptions>>
): Lane[] {
  const lanes: Lane[] = [];
  for (const line of picture.split('\n')) {
    const [, name, strip] = /^ *(\w*) *\|(.*)\|/.exec(line) ?? [];
    if (strip === undefined) {
      continue;
    }
    if (name === '') {
      lanes[lanes.length - 1].states = strip;
    } else {
      const index = lanes.length;
      const tid = options[name]?.tid ?? tidOf(index);
      lanes.push({
        name,
        events: strip,
        states: '',
        options: options[name] ?? {},
        tid,
        index
      });
    }
  }
  return lanes;
}

function toRows(lanes: readonly Lane[], width: number): Row[] {
  const stateOf = (lane: Lane): number =>
    lane.options.tstate ?? 0x7f00_0000_1000 + lane.index;
  const named = (name: string | undefined): Lane | undefined =>
    lanes.find(lane => lane.name === name);
  const rows: Row[] = [];
  for (let column = 0; column < width; column++) {
    for (const lane of lanes) {
      const letter = lane.events[column] ?? ' ';
      if (letter === ' ') {
        continue;
      }
      const { pid = PID, cpu = lane.index } = lane.options;
      const row = { time: at(column), pid, tid: lane.tid, cpu };
      const site = SITE_LETTERS[letter];
      if (site === 'request') {
        const args = [stateOf(lane)];
        rows.push({ ...row, kind: RecordKind.Sample, site, args });
      } else if (site === 'wake') {
        const seen = named(lane.options.sees);
        const args = [letter === 'W' ? 1 : 0, seen ? stateOf(seen) : 0];
        rows.push({ ...row, kind: RecordKind.Sample, site, args });
      } else if (site !== undefined) {
        rows.push({ ...row, kind: RecordKind.Sample, site });
      } else if (letter === '*') {
        const parent = named(lane.options.parent) ?? lanes[0];
        const args = [parent.options.pid ?? PID, parent.tid];
        rows.push({ ...row, kind: RecordKind.Fork, args });
      } else if (letter === '!') {
        const lostCpu = lane.name === 'lost' ? -1 : Number(lane.name.slice(4));
        const args = [1];
        rows.push({ ...row, cpu: lostCpu, kind: RecordKind.Lost, args });
      } else if (letter in KIND_LETTERS) {
        const args = letter === 'X' ? [1, 1] : [];
        rows.push({ ...row, kind: KIND_LETTERS[letter], args });
      } else {
        throw new RangeError(`${letter} is no event of a strip`);
      }
    }
  }
  return rows;
}

function drawStates(result: ThreadsResult, tid: number, width: number): string {
  const letters = new Array<string>(width).fill(' ');
  for (const thread of result.threads) {
    if (thread.tid !== tid) {
      continue;
    }
    const { track } = thread;
    for (let i = 0; i < track.length; i++) {
      const end = i + 1 < track.length ? track.start[i + 1] : track.end;
      for (let time = track.start[i]; time < end; time += COLUMN) {
        letters[(time - BASE) / COLUMN] = STATE_LETTERS[track.state[i]];
      }
    }
  }
  return letters.join('');
}
