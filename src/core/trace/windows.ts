/**
 * Exact intervals for a bundle: of the whole run if it is small, else around the longest waits, where a
 * reader zooms in first.
 */
import type { Nanoseconds } from '../units';
import type { PackedWindow } from './bundle';
import { intervalEnd, intervalRange } from '../timeline/interval-track';
import { columnsTimeline } from '../timeline/result-timeline';
import type { Timeline } from '../timeline/timeline';
import type { LaneColumns } from './lanes';
import { LEB_MAX_BYTES, packBytes, writeLeb } from './packed-bytes';

/** Number of waits whose surroundings are kept. */
export const WINDOW_WAITS = 32;

/** How much is kept before and after such a wait. */
export const WINDOW_MARGIN_NS: Nanoseconds = 2_000_000;

/** Threads of one window: more than a screen shows at once helps nobody who looks for one wait. */
export const WINDOW_TRACKS = 16;

/** A wait with more intervals than this around it is kept at both its ends only. */
const WHOLE_WAIT_INTERVALS = 4096;

/** A span of time, relative to the begin of the run. */
export interface Span {
  start: Nanoseconds;
  end: Nanoseconds;
}

/** Number of intervals in all tracks. */
export function countIntervals(columns: LaneColumns): number {
  return columns.tracks.reduce((sum, track) => sum + track.length, 0);
}

/**
 * The spans around the longest waits.
 *
 * @param rows the threads whose intervals count
 * @param waits how many waits, the longest first
 * @param maxIntervals no further wait is taken once this many intervals lie in the spans
 * @param timeline of the same columns: worth making once where several numbers of waits are tried
 * @returns the spans, merged and in order of time, and how many waits they are for
 */
export function waitSpans(
  columns: LaneColumns,
  rows: readonly number[],
  waits: number,
  maxIntervals: number,
  timeline: Timeline = columnsTimeline(columns)
): { spans: Span[]; waits: number } {
  const { begin, end } = columns;
  let spans: Span[] = [];
  let taken = 0;
  const longest = timeline.longestWaits(-Infinity, Infinity, waits);
  for (const { start: from, end: to } of longest) {
    const around = (first: Nanoseconds, last: Nanoseconds): Span => ({
      start: Math.max(first - begin - WINDOW_MARGIN_NS, 0),
      end: Math.min(last - begin + WINDOW_MARGIN_NS, end - begin)
    });
    const whole = around(from, to);
    const added =
      intervalsWithin(columns, rows, whole) <= WHOLE_WAIT_INTERVALS
        ? [whole]
        : [around(from, from), around(to, to)];
    const merged = mergeSpans([...spans, ...added]);
    const intervals = merged.reduce(
      (sum, span) => sum + intervalsWithin(columns, rows, span),
      0
    );
    if (intervals > maxIntervals) {
      break;
    }
    spans = merged;
    taken++;
  }
  return { spans, waits: taken };
}

/** Spans in order of time, those that overlap or touch made one; empty ones left out. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged[merged.length - 1];
    if (span.end <= span.start) {
      continue;
    }
    if (last && span.start <= last.end) {
      last.end = Math.max(last.end, span.end);
    } else {
      merged.push({ ...span });
    }
  }
  return merged;
}

/**
 * The intervals of a span. `thread` of its tracks are rows of the columns.
 *
 * @param rows the threads to choose from
 * @param most at most so many threads: those that change most in the span
 */
export function packWindow(
  columns: LaneColumns,
  rows: readonly number[],
  span: Span,
  most: number
): PackedWindow {
  const kept = rows
    .map(row => {
      const [first, end] = rangeOf(columns, row, span);
      return { row, count: end - first };
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.row - b.row)
    .slice(0, most)
    .sort((a, b) => a.row - b.row);
  return {
    start_ns: span.start,
    end_ns: span.end,
    tracks: kept.map(({ row }) => packTrack(columns, row, span))
  };
}

function packTrack(
  columns: LaneColumns,
  row: number,
  span: Span
): PackedWindow['tracks'][number] {
  const track = columns.tracks[row];
  const [first, end] = rangeOf(columns, row, span);
  const starts = new Uint8Array((end - first) * LEB_MAX_BYTES);
  let at = 0;
  let previous = span.start;
  for (let i = first; i < end; i++) {
    const start = Math.max(track.start[i] - columns.begin, span.start);
    at = writeLeb(starts, at, start - previous);
    previous = start;
  }
  return {
    thread: row,
    count: end - first,
    starts: packBytes(starts.subarray(0, at)),
    states: packBytes(track.state.subarray(first, end)),
    end_ns: Math.min(intervalEnd(track, end - 1) - columns.begin, span.end)
  };
}

/** First interval of a row within a span, and the one behind its last. */
function rangeOf(
  { begin, tracks }: LaneColumns,
  row: number,
  span: Span
): [number, number] {
  return intervalRange(tracks[row], span.start + begin, span.end + begin);
}

function intervalsWithin(
  columns: LaneColumns,
  rows: readonly number[],
  span: Span
): number {
  let sum = 0;
  for (const row of rows) {
    const [first, end] = rangeOf(columns, row, span);
    sum += end - first;
  }
  return sum;
}
