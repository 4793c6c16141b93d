/** The threads of a sampled run: when each had a GIL, and its row in the result. */
import type { Nanoseconds } from '../../units';
import { addStateTimes, exactly } from '../final-track';
import type { ThreadRecord } from '../result';
import { STATE_COUNT, ThreadState } from '../states';
import { StepTrack } from '../step-track';
import type { SampledThread } from './batch';
import type { HoldCells } from './hold-cells';
import type { StateSpreads } from './state-spreads';
import type { ThreadSeries } from './series';
import { SLEEP_NAMES } from './sleep-kind';
import { intervalOf } from './spread';
import type { HeldSpan, ThreadPieces } from './thread-pieces';
import { gapBefore } from './thread-times';

/** By thread, in order of time; the parts in which it slept apart. */
export function heldSpans(
  cells: readonly HoldCells[],
  threads: number
): HeldSpan[][] {
  const spans: HeldSpan[][] = Array.from({ length: threads }, () => []);
  for (const { length, thread, start, end, running } of cells) {
    for (let cell = 0; cell < length; cell++) {
      if (thread[cell] < 0) {
        continue;
      }
      const own = spans[thread[cell]];
      const last: HeldSpan | undefined = own[own.length - 1];
      const span = {
        start: start[cell],
        end: end[cell],
        running: running[cell]
      };
      if (last?.end === span.start && last.running === span.running) {
        own[own.length - 1] = { ...last, end: span.end };
      } else {
        own.push(span);
      }
    }
  }
  return cells.length === 1
    ? spans
    : spans.map(own => own.sort((a, b) => a.start - b.start));
}

/** How long a thread slept while it had a GIL. */
export function timeAsleep(spans: readonly HeldSpan[]): Nanoseconds {
  return spans.reduce(
    (sum, { start, end, running }) => sum + (running === 1 ? 0 : end - start),
    0
  );
}

export function threadRecord(
  { pid, tid, comm, gil }: SampledThread,
  pieces: ThreadPieces,
  series: ThreadSeries,
  begin: Nanoseconds,
  spreads: StateSpreads
): ThreadRecord {
  const { end } = pieces;
  const steps = new StepTrack(begin, pieces.state[0]);
  for (let piece = 1; piece < pieces.length; piece++) {
    steps.append(pieces.start[piece], pieces.state[piece]);
  }
  const track = exactly(steps);
  const { times: sleepNs, variances } = sleepTimes(pieces, series);
  const { floor, doubt } = spreads[ThreadState.OffCpu];
  const statesNs = new Float64Array(STATE_COUNT);
  addStateTimes(track, end, statesNs);
  return {
    pid,
    tid,
    comm,
    main: tid === pid,
    begin,
    end,
    requests: 0,
    statesNs,
    spreads,
    sleepNs,
    sleepErrorNs: variances.map(each => intervalOf(each, floor) + doubt),
    python: gil >= 0 || tid === pid,
    track: {
      length: track.length,
      start: track.start,
      state: track.value,
      end
    }
  };
}

/** Time asleep, by SleepKind, and its variance: see `intervalOf`. */
function sleepTimes(
  pieces: ThreadPieces,
  series: ThreadSeries
): { times: Float64Array; variances: Float64Array } {
  const times = new Float64Array(SLEEP_NAMES.length);
  const variances = new Float64Array(SLEEP_NAMES.length);
  for (let piece = 0; piece < pieces.length; piece++) {
    const row = pieces.row[piece];
    if (pieces.state[piece] === ThreadState.OffCpu && row >= 0) {
      const kind = series.sleep[row];
      times[kind] += pieces.endOf(piece) - pieces.start[piece];
      for (const border of [piece, piece + 1]) {
        variances[kind] += gapBefore(pieces, series, border) ** 2 / 2;
      }
    }
  }
  return { times, variances };
}
