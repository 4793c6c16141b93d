/** The bytes of a trace file → everything that a view asks: columns, sums, waits. */
import { columnsTimeline } from '../timeline/result-timeline';
import { buffersOf } from '../timeline/revived';
import { Timeline } from '../timeline/timeline';
import {
  MOST_UNPACKED_BYTES,
  readTraceSteps,
  TraceFileError,
  type TraceFile
} from './read-trace-file';

/** A trace at full resolution. Threads of the timeline are rows of `file.document.threads`. */
export interface LoadedTrace {
  readonly file: TraceFile;
  readonly timeline: Timeline;
}

/** The sums take about this part of the time that reading takes. */
const INDEX_SHARE = 0.3;

/**
 * Loads a trace in steps, so that a page that does it by itself stays alive between them.
 *
 * @yields the part that is done, from 0 to 1
 * @throws TraceFileError if the file can't be read, or is larger than `mostBytes` unpacked
 */
export function* loadTraceSteps(
  bytes: Uint8Array,
  mostBytes = MOST_UNPACKED_BYTES
): Generator<number, LoadedTrace> {
  const steps = readTraceSteps(bytes, mostBytes);
  let step = steps.next();
  while (step.done !== true) {
    yield step.value * (1 - INDEX_SHARE);
    step = steps.next();
  }
  const file = step.value;
  const { tracks, waits } = file.columns;
  const { holds } = file.tables;
  let timeline: Timeline;
  try {
    timeline = columnsTimeline({ tracks, waits, holds });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new TraceFileError(
        `this is not a giltracer trace that can be read: ${error.message}`
      );
    }
    throw error;
  }
  for (const [row, { overview }] of timeline.threads.entries()) {
    overview.update();
    const done = (row + 1) / timeline.threads.length;
    yield 1 - INDEX_SHARE * (1 - done);
  }
  return { file, timeline };
}

/** What to hand over with a trace to another thread: its columns are moved, not copied. */
export function transferOf(trace: LoadedTrace): ArrayBuffer[] {
  return buffersOf(trace);
}

/** A trace that came from another thread: structured clone keeps its columns and drops its methods. */
export function receiveTrace(clone: LoadedTrace): LoadedTrace {
  return { file: clone.file, timeline: Timeline.revive(clone.timeline) };
}
