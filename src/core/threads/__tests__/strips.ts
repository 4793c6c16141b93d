/**
 * Histories drawn as strips of time, one column of 10 ns each. A lane has a line of events and below it
 * the line of states that is expected of them:
 *
 *     A |r  d   r  d |
 *       |###---  ### |
 *
 * Events: r request, t timed wait, w wake that finds the GIL free, W wake that finds it locked, d drop,
 * y yield, Y its end; l waits for a lock, L its end; g collector, G its end; k wakes another thread;
 * c cpu-clock; T takes, D drops, j joins the waiters, s signals them, v joins those that yield: writes to words that
 * are watched; < gets a CPU, > leaves it to sleep, p is preempted; * is made, x ends, X runs another program.
 * A lane named `lostN` has ! where records of CPU N are said to be lost (`lost` alone: CPU not known).
 * Within one column events happen in the order of the lanes.
 *
 * States: # running-gil, - running, ~ holding-off-cpu, . waiting-gil, p preempted, _ off-cpu, ? unknown,
 * : no-gil, L waiting-lock, + on-cpu; a blank where the thread does not exist.
 */
import {
  NO_EVENT,
  RecordKind,
  type EventDescription
} from '../../perfdata/records';
import { ThreadAnalysis } from '../analysis';
import type { AttributionSources } from '../attribution';
import type { RecordedMode } from '../gil';
import type { WatchedWords } from '../site';
import { WaitKind, type LineRecord, type ThreadsResult } from '../result';
import type { LineResolver } from '../source-lines';
import {
  batches,
  EVENTS,
  STORE_IPS,
  STORES,
  WORDS,
  type Row,
  type SiteName
} from './batches';

export const COLUMN = 10;
/** Time of the first column. */
export const BASE = 1000;
export const PID = 100;

/** Lines of which each is a code object of its own, its address the line's index + 1. */
export const LINES: LineResolver = {
  lines: Array.from({ length: 9 }, (_, index): LineRecord => ({
    file: 'cell',
    line: index,
    func: 'f'
  })),
  lineOf: (_pid, code) => code - 1
};

/** In the order of ThreadState. */
const STATE_LETTERS = '?#-~.Lp_:+';

const SITE_LETTERS: Readonly<Record<string, SiteName>> = {
  r: 'request',
  t: 'wait',
  w: 'wake',
  W: 'wake',
  d: 'drop',
  y: 'yield',
  Y: 'yield_end',
  l: 'lock_wait',
  L: 'lock_wait_end',
  g: 'gc',
  G: 'gc_end',
  k: 'waking',
  c: 'cpu-clock',
  T: 'gil_word',
  D: 'gil_word',
  j: 'wait_word',
  s: 'wait_word',
  v: 'yield_word'
};

const STORE_LETTERS: Readonly<Record<string, keyof typeof STORE_IPS>> = {
  T: 'take',
  D: 'drop',
  j: 'join',
  v: 'join'
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
  /** Lanes whose thread states its waits and wakes find in gil->last_holder, one after the other; the last for the rest. */
  sees?: string | readonly string[];
  /** Lane that it wakes. */
  wakes?: string;
  /** Its interpreter, and the GIL that it waits for. */
  interp?: number;
  gil?: number;
  /** LineIndex + 1 of where it stands, by request, wait or wake; the last for the rest. Default: not known. */
  code?: number | readonly number[];
  /** The lock that it waits for. */
  lock?: number;
  /** In the start snapshot: default unless it is made within the strip. */
  snapshot?: 'running' | 'asleep' | 'absent';
}

export interface StripOptions {
  lanes?: Readonly<Record<string, LaneOptions>>;
  schedulerStates?: boolean;
  /** Columns at which the window begins and ends; default: all. */
  window?: readonly [number, number];
  mode?: RecordedMode;
  /** Words that are watched; default: all of WORDS. */
  words?: WatchedWords;
  /** Default: CPython's. */
  switchInterval?: number;
  /** Default: all that there are. */
  events?: readonly EventDescription[];
  gilOfInterpreter?: (pid: number, interpreter: number) => number | undefined;
  /** Column at which another stream with other sites goes on, after a gap to the second column. */
  waitsFrom?: readonly [number, number];
  sources?: AttributionSources;
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
    events: options.events ?? EVENTS,
    strings: ['', 'new program'],
    pid: PID,
    schedulerStates: options.schedulerStates ?? true,
    mode: options.mode,
    lines: LINES,
    gilOfInterpreter: options.gilOfInterpreter,
    ...(options.mode === 'watch' && {
      watched: { words: options.words ?? WORDS, stores: STORES },
      mainGil: WORDS.locked - 16
    }),
    switchInterval: options.switchInterval,
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
  const rows = toRows(lanes, width);
  const [gapStart, gapEnd] = options.waitsFrom ?? [Infinity, Infinity];
  const ofSecond = (row: Row): boolean => row.time >= at(gapEnd);
  for (const batch of batches(rows.filter(row => row.time < at(gapStart)))) {
    analysis.consume(batch);
  }
  if (rows.some(ofSecond)) {
    // Its events have other numbers.
    const [first, ...others] = EVENTS;
    analysis.continueWith({
      events: [...others, first],
      strings: ['another table', ''],
      mode: 'waits',
      gap: { start: at(gapStart), end: at(gapEnd) }
    });
  }
  for (const batch of batches(rows.filter(ofSecond))) {
    analysis.consume({
      ...batch,
      event: batch.event.map(event => (event === NO_EVENT ? event : event - 1))
    });
  }
  const result = analysis.finish(
    { begin: at(begin), end: at(end) },
    options.sources
  );
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
  const rows: Row[] = [];
  const counts = new Map<readonly unknown[], number>();
  for (let column = 0; column < width; column++) {
    for (const lane of lanes) {
      const letter = lane.events[column] ?? ' ';
      if (letter === ' ') {
        continue;
      }
      const { pid = PID, cpu = lane.index } = lane.options;
      const row = { time: at(column), pid, tid: lane.tid, cpu };
      const site = SITE_LETTERS[letter];
      if (site !== undefined) {
        const args = argsOf(site, letter, lane, lanes, counts);
        rows.push({ ...row, kind: RecordKind.Sample, site, args });
      } else if (letter === '*') {
        const parent = named(lanes, lane.options.parent) ?? lanes[0];
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

function stateOf(lane: Lane | undefined): number {
  return lane === undefined
    ? 0
    : (lane.options.tstate ?? 0x7f00_0000_1000 + lane.index);
}

function named(
  lanes: readonly Lane[],
  name: string | undefined
): Lane | undefined {
  return lanes.find(lane => lane.name === name);
}

/** Fields of an event, as EVENTS has them. */
function argsOf(
  site: SiteName,
  letter: string,
  lane: Lane,
  lanes: readonly Lane[],
  counts: Map<readonly unknown[], number>
): number[] {
  const { options } = lane;
  const next = <Value>(
    values: Value | readonly Value[] | undefined
  ): Value | undefined => {
    if (!Array.isArray(values)) {
      return values as Value | undefined;
    }
    const count = counts.get(values) ?? 0;
    counts.set(values, count + 1);
    return values[Math.min(count, values.length - 1)] as Value;
  };
  const last = <Value>(
    values: Value | readonly Value[] | undefined
  ): Value | undefined =>
    Array.isArray(values)
      ? (values[Math.max(0, (counts.get(values) ?? 0) - 1)] as Value)
      : (values as Value | undefined);
  const seen = (): number[] => {
    const holder = named(lanes, next(options.sees));
    return [stateOf(holder), last(holder?.options.code) ?? 0, 0];
  };
  switch (site) {
    case 'request':
      return [stateOf(lane), next(options.code) ?? 0, 0, options.interp ?? 0];
    case 'wake': {
      const locked = letter === 'W' ? 1 : 0;
      return [locked, ...seen(), options.gil ?? 0, stateOf(lane)];
    }
    case 'wait': {
      const own = [stateOf(lane), next(options.code) ?? 0, 0];
      return [...seen(), options.gil ?? 0, ...own];
    }
    case 'lock_wait':
      return [options.lock ?? 0x10c];
    case 'waking':
      return [named(lanes, options.wakes)?.tid ?? -1, 120, 0];
    case 'cpu-clock':
      return [0x401000];
    case 'gil_word':
    case 'wait_word':
    case 'yield_word':
      return [STORE_IPS[STORE_LETTERS[letter] ?? 'signal']];
    default:
      return [];
  }
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
