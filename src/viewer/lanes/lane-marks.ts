/** Marks above lanes: long waits, runs of the garbage collector, and what the reader looks for. */
import { append } from '../../core/grouping';
import type {
  CollectionsInfo,
  ReportDocument,
  WaitRow
} from '../../core/trace/document';
import type { Nanoseconds } from '../../core/units';
import type { Lane } from './lane-data';
import type { DeviceSize } from './lane-picture';
import { EXACT_WIDTH } from './lane-picture';
import type { TimeRange } from './time-scale';
import { spanOf, xOf } from './time-scale';

/** Marks above a lane. */
export interface LaneMarks {
  /** Long waits that are too narrow to be seen at this zoom: their places. */
  readonly waits: readonly number[];
  /** Waits that the reader looks for. */
  readonly found: readonly MarkedSpan[];
  /** Runs of the garbage collector. */
  readonly collections: readonly MarkedSpan[];
  /** The span to point out, if it lies on this lane. */
  readonly highlight: MarkedSpan | undefined;
}

/** A span on a canvas. */
export interface MarkedSpan {
  readonly x: number;
  readonly width: number;
}

/** A span of one thread to point out. */
export interface Highlight {
  readonly tid: number;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

type Collection = NonNullable<CollectionsInfo['longest']>[number];

export const NO_MARKS: LaneMarks = {
  waits: [],
  found: [],
  collections: [],
  highlight: undefined
};

/** The waits and collections of a run by thread, so that a lane need not look through all. */
export class RunMarks {
  constructor({ waits, collections }: ReportDocument) {
    for (const wait of waits) {
      append(this._waits, wait.tid, wait);
    }
    for (const run of collections?.longest ?? []) {
      append(this._collections, run.tid, run);
    }
  }

  /** The long waits of a lane's threads. */
  waitsOf({ threads }: Lane): readonly WaitRow[] {
    return threads.length === 1
      ? (this._waits.get(threads[0].tid) ?? [])
      : threads.flatMap(({ tid }) => this._waits.get(tid) ?? []);
  }

  /** @param found waits that the reader looks for */
  marksOf(
    lane: Lane,
    range: TimeRange,
    size: DeviceSize,
    highlight: Highlight | undefined,
    found: ReadonlySet<WaitRow>
  ): LaneMarks {
    const waits: number[] = [];
    const foundHere: MarkedSpan[] = [];
    const least = EXACT_WIDTH * size.pixelRatio;
    for (const wait of this.waitsOf(lane)) {
      const { start_ns: start, duration_ns: duration } = wait;
      const x = xOf(range, size.width, start + duration / 2);
      const wide = (duration / spanOf(range)) * size.width;
      if (x + wide < 0 || x - wide > size.width) {
        continue;
      }
      if (found.has(wait)) {
        foundHere.push(spanOn(range, size, start, start + duration));
      }
      if (wide < least && x >= 0 && x < size.width) {
        waits.push(Math.round(x));
      }
    }
    const collections: MarkedSpan[] = [];
    for (const { tid } of lane.threads) {
      for (const run of this._collections.get(tid) ?? []) {
        const { start_ns: start, duration_ns: duration } = run;
        const span = spanOn(range, size, start, start + duration);
        if (span.x + span.width >= 0 && span.x < size.width) {
          collections.push(span);
        }
      }
    }
    return {
      waits,
      found: foundHere,
      collections,
      highlight:
        highlight !== undefined &&
        lane.threads.some(({ tid }) => tid === highlight.tid)
          ? spanOn(range, size, highlight.start, highlight.end)
          : undefined
    };
  }

  private readonly _waits = new Map<number, WaitRow[]>();
  private readonly _collections = new Map<number, Collection[]>();
}

/** A span of time on whole pixels. */
export function spanOn(
  range: TimeRange,
  { width }: Pick<DeviceSize, 'width'>,
  start: Nanoseconds,
  end: Nanoseconds
): MarkedSpan {
  const from = Math.round(xOf(range, width, start));
  return { x: from, width: Math.round(xOf(range, width, end)) - from };
}
