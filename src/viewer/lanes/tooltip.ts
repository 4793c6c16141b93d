/** What the pointer shows of a lane, as lines of text, and the box that shows them. */
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import type { Nanoseconds } from '../../core/units';
import { element } from '../dom';
import {
  durationWords,
  formatDuration,
  formatPercent,
  formatTime
} from '../format';
import { stateLabel } from '../state-words';
import { threadName } from '../thread-name';
import type { ITranslation } from '../translation';
import { CoresCurve } from './cores-curve';
import type { Lane } from './lane-data';
import type { TimeRange } from './time-scale';
import { spanOf } from './time-scale';

/** Smaller shares of a column are left out of the list. */
const LEAST_SHARE = 0.002;

/** The name of a lane: its thread's, or how many threads it stands for. */
export function laneName(lane: Lane, trans: ITranslation): string {
  if (lane.thread !== undefined) {
    return threadName(lane.thread, trans);
  }
  if (lane.mean) {
    return trans.__('mean of %1', lane.count);
  }
  return trans._n('%1 other thread', '%1 other threads', lane.count);
}

/**
 * A lane at `time`, in a drawing in which one pixel lasts `pixelNs`: the exact interval if it is known
 * and wider than a pixel, else the shares of the pixel (or of the overview's bucket, if that is wider).
 */
export function describeLane(
  lanes: readonly Lane[],
  lane: Lane,
  time: Nanoseconds,
  pixelNs: Nanoseconds,
  trans: ITranslation
): string[] {
  const lines = [laneName(lane, trans)];
  const interval = lane.source.intervalAt(time);
  if (interval !== undefined && interval.end - interval.start >= pixelNs) {
    const { start, end, state, cut } = interval;
    const duration = durationWords(end - start, cut);
    lines.push(`${stateLabel(trans, state)}: ${duration}`);
    lines.push(trans.__('from %1', formatTime(start, (end - start) * 10)));
    if (state === ThreadState.WaitingGil) {
      const holder = holderAt(lanes, time);
      if (holder !== undefined) {
        lines.push(trans.__('%1 holds the GIL', laneName(holder, trans)));
      }
    }
    return lines;
  }
  const column = columnAt(lane, time, pixelNs);
  const shares = new Float64Array(STATE_COUNT);
  lane.source.columnShares(column, 1, shares);
  const listed = Array.from(shares, (share, state) => ({ share, state }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share);
  for (const { share, state } of listed) {
    const words = stateLabel(trans, state as ThreadState);
    lines.push(`${words}: ${formatPercent(share * 100)}`);
  }
  if (listed.length === 0) {
    lines.push(trans.__('does not exist here'));
  }
  const span = spanOf(column);
  lines.push(
    trans.__(
      'of %1 from %2',
      formatDuration(span),
      formatTime(column.start, span)
    )
  );
  return lines;
}

/** The GIL's lane at `time`: who holds it, if that is known, else each holder's share. */
export function describeGil(
  lanes: readonly Lane[],
  time: Nanoseconds,
  pixelNs: Nanoseconds,
  trans: ITranslation
): string[] {
  const lines = [trans.__('GIL')];
  const holder = holderAt(lanes, time);
  const interval = holder?.source.intervalAt(time);
  if (
    holder !== undefined &&
    interval !== undefined &&
    interval.end - interval.start >= pixelNs
  ) {
    const { start, end, cut } = interval;
    lines.push(trans.__('held by %1', laneName(holder, trans)));
    lines.push(
      `${stateLabel(trans, interval.state)}: ${durationWords(end - start, cut)}`
    );
    return lines;
  }
  const shares = new Float64Array(STATE_COUNT);
  const held: { name: string; share: number }[] = [];
  for (const lane of lanes) {
    lane.source.columnShares(columnAt(lane, time, pixelNs), 1, shares);
    const share =
      (shares[ThreadState.RunningGil] + shares[ThreadState.HoldingOffCpu]) *
      lane.count;
    if (share >= LEAST_SHARE) {
      held.push({ name: laneName(lane, trans), share: Math.min(1, share) });
    }
  }
  held.sort((a, b) => b.share - a.share);
  for (const { name, share } of held) {
    lines.push(trans.__('%1: holds it %2', name, formatPercent(share * 100)));
  }
  if (held.length === 0) {
    lines.push(trans.__('held by no thread'));
  }
  return lines;
}

/** The curve of the cores at `time`: the mean of the pixel. */
export function describeCores(
  lanes: readonly Lane[],
  time: Nanoseconds,
  pixelNs: Nanoseconds,
  usable: number | undefined,
  trans: ITranslation
): string[] {
  const shares = new Float64Array(STATE_COUNT);
  const curve = new CoresCurve();
  curve.clear(1);
  for (const lane of lanes) {
    lane.source.columnShares(columnAt(lane, time, pixelNs), 1, shares);
    curve.add(lane, shares);
  }
  const cores = String(Number(curve.cores[0].toFixed(2)));
  return [
    trans.__('Cores in use'),
    usable === undefined
      ? cores
      : trans.__('%1 of %2 that the process may use', cores, usable)
  ];
}

/** The lane that is known to hold the GIL at `time`. */
function holderAt(lanes: readonly Lane[], time: Nanoseconds): Lane | undefined {
  return lanes.find(lane => {
    const state = lane.source.intervalAt(time)?.state;
    return (
      state === ThreadState.RunningGil || state === ThreadState.HoldingOffCpu
    );
  });
}

/** The span that a pixel's figures are about. */
function columnAt(
  lane: Lane,
  time: Nanoseconds,
  pixelNs: Nanoseconds
): TimeRange {
  const bucketNs = lane.source.resolutionAt(time);
  if (pixelNs >= bucketNs) {
    const start = Math.max(0, time - pixelNs / 2);
    return { start, end: start + pixelNs };
  }
  const start = Math.floor(time / bucketNs) * bucketNs;
  return { start, end: start + bucketNs };
}

/** A box beside the pointer. Screen readers get the same from the tables. */
export class Tooltip {
  constructor() {
    this.node = element('div', 'giltracer-Tooltip');
    this.node.setAttribute('aria-hidden', 'true');
    this.node.hidden = true;
  }

  readonly node: HTMLElement;

  /** Show lines beside a place within the offset parent, kept within its width. */
  show(lines: readonly string[], x: number, y: number): void {
    this.node.replaceChildren(
      ...lines.map((line, index) =>
        element('div', index === 0 ? 'giltracer-Tooltip-title' : '', line)
      )
    );
    this.node.hidden = false;
    const room = this.node.offsetParent?.clientWidth ?? 0;
    const width = this.node.offsetWidth;
    const beside = x + 14 + width <= room ? x + 14 : x - 14 - width;
    this.node.style.left = `${Math.max(0, beside)}px`;
    this.node.style.top = `${y + 14}px`;
  }

  hide(): void {
    this.node.hidden = true;
  }
}
