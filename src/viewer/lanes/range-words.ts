/** Ranges and waits in words. */
import { formatDuration, formatTime } from '../format';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import { EXACT_WIDTH } from './lane-picture';
import type { TimeRange } from './time-scale';
import { spanOf } from './time-scale';
import { laneName } from './tooltip';
import { holderName, type WaitParts } from './wait-parts';

/** `5 ms from 10 ms`. */
export function rangeWords(range: TimeRange, trans: ITranslation): string {
  const span = spanOf(range);
  return trans.__(
    '%1 from %2',
    formatDuration(span),
    formatTime(range.start, span)
  );
}

/** Who waited how long, and who held the GIL. */
export function waitWords(
  { wait, waiter, links }: WaitParts,
  trans: ITranslation
): string {
  const { start_ns: start, duration_ns: length } = wait;
  const waited = trans.__(
    '%1 waited for the GIL: %2',
    waiter ? laneName(waiter, trans) : trans.__('thread %1', wait.tid),
    rangeWords({ start, end: start + length }, trans)
  );
  const holders = [...new Set(links.map(link => holderName(link, trans)))];
  return holders.length === 0
    ? waited
    : `${waited}. ${trans.__('Held by %1', holders.join(', '))}`;
}

/** A remark if a step of the overview is visible as such, for want of exact intervals; else ''. */
export function coarseness(
  lanes: readonly Lane[],
  range: TimeRange,
  width: number,
  trans: ITranslation
): string {
  const middle = (range.start + range.end) / 2;
  let coarsest = 0;
  for (const time of [range.start, middle, range.end - 1]) {
    // Of a window not every thread is stored: those that waited are.
    const finest = lanes.reduce(
      (least, { source }) => Math.min(least, source.resolutionAt(time)),
      Infinity
    );
    coarsest = Math.max(coarsest, finest);
  }
  if ((coarsest / spanOf(range)) * width < EXACT_WIDTH) {
    return '';
  }
  const remark = trans.__(
    'averages of %1 where exact intervals are not stored',
    formatDuration(coarsest)
  );
  return ` · ${remark}`;
}
