/** Who takes part in a wait for the GIL: the waiter, who held the GIL meanwhile, who woke the waiter. Pure. */
import type { WaitRow } from '../../core/trace/document';
import { STATE_COUNT, ThreadState } from '../../core/threads/states';
import type { Nanoseconds } from '../../core/units';
import { formatPercent } from '../format';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import type { Interval } from './lane-source';
import { laneName } from './tooltip';

/** The GIL was held meanwhile by this thread. */
export interface HolderLink {
  readonly tid: number;
  /** Of this thread alone, or of several. */
  readonly lane: Lane;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

export interface WaitParts {
  readonly wait: WaitRow;
  readonly waiter: Lane | undefined;
  /** In order of time; at least one if anybody is known to have held the GIL. */
  readonly links: readonly HolderLink[];
  readonly waker: Lane | undefined;
  /** All of them. */
  readonly lanes: ReadonlySet<Lane>;
}

/** More holders of one wait nobody can tell apart. */
const MOST_LINKS = 32;

/** Smaller shares of what a holder did are not told. */
const LEAST_SHARE = 0.002;

/** The lane of a thread; a lane of several threads if it has none of its own. */
export function laneOfTid(
  lanes: readonly Lane[],
  tid: number
): Lane | undefined {
  return (
    lanes.find(({ thread }) => thread?.tid === tid) ??
    lanes.find(({ threads }) => threads.some(thread => thread.tid === tid)) ??
    // It stands for threads that the table left out.
    lanes.find(({ threads, count }) => count > threads.length)
  );
}

export function waitParts(wait: WaitRow, lanes: readonly Lane[]): WaitParts {
  const waiter = laneOfTid(lanes, wait.tid);
  const links = linksOf(wait, waiter, lanes);
  const waker =
    wait.waker_tid === undefined ? undefined : laneOfTid(lanes, wait.waker_tid);
  const all = [waiter, ...links.map(({ lane }) => lane), waker];
  return {
    wait,
    waiter,
    links,
    waker,
    lanes: new Set(all.flatMap(lane => lane ?? []))
  };
}

/** The wait at a time of a lane, as far as exact intervals tell; for waits that no table lists. */
export function waitFrom(
  interval: Interval,
  lane: Lane,
  lanes: readonly Lane[],
  sampled: boolean
): WaitRow | undefined {
  if (interval.state !== ThreadState.WaitingGil || lane.thread === undefined) {
    return undefined;
  }
  const { start, end } = interval;
  const row: WaitRow = {
    tid: lane.thread.tid,
    start_ns: start,
    duration_ns: end - start,
    kind: 'handoff'
  };
  const links = heldMeanwhile(row, lane, lanes);
  if (links.length === 0) {
    return sampled ? { ...row, kind: 'sampled' } : row;
  }
  const longest = links.reduce((a, b) =>
    b.end - b.start > a.end - a.start ? b : a
  );
  return {
    ...row,
    kind: sampled ? 'sampled' : 'contended',
    holder_tid: links[0].tid,
    longest_holder_tid: longest.tid
  };
}

/** How a holder is called, also if it has no lane of its own. */
export function holderName(
  { tid, lane }: HolderLink,
  trans: ITranslation
): string {
  return lane.thread === undefined
    ? trans.__('thread %1', tid)
    : laneName(lane, trans);
}

/** What a holder did while it held the GIL: shares of its states, in words, the largest first; nothing for one of several. */
export function holderShares(
  { lane, start, end }: HolderLink,
  stateLabel: (state: ThreadState) => string
): string[] {
  if (lane.thread === undefined) {
    return [];
  }
  const shares = new Float64Array(STATE_COUNT);
  lane.source.columnShares({ start, end }, 1, shares);
  return Array.from(shares, (share, state) => ({ share, state }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share)
    .map(
      ({ share, state }) =>
        `${stateLabel(state as ThreadState)} ${formatPercent(Math.min(100, share * 100))}`
    );
}

function linksOf(
  wait: WaitRow,
  waiter: Lane | undefined,
  lanes: readonly Lane[]
): readonly HolderLink[] {
  if (wait.chain !== undefined && wait.chain.length > 0) {
    return wait.chain.flatMap(
      ({ tid, from_ns: start, duration_ns: length }) => {
        const lane = tid === undefined ? undefined : laneOfTid(lanes, tid);
        return tid === undefined || lane === undefined
          ? []
          : { tid, lane, start, end: start + length };
      }
    );
  }
  const seen = heldMeanwhile(wait, waiter, lanes);
  const holder = wait.longest_holder_tid ?? wait.holder_tid;
  const lane = holder === undefined ? undefined : laneOfTid(lanes, holder);
  if (seen.length > 0 || holder === undefined || lane === undefined) {
    return seen;
  }
  const { start_ns: start, duration_ns: length } = wait;
  return [{ tid: holder, lane, start, end: start + length }];
}

/** Who held the GIL during a wait, as far as exact intervals tell. */
function heldMeanwhile(
  { start_ns: start, duration_ns: length }: WaitRow,
  waiter: Lane | undefined,
  lanes: readonly Lane[]
): readonly HolderLink[] {
  const range = { start, end: start + length };
  const links: { tid: number; lane: Lane; start: number; end: number }[] = [];
  for (const lane of lanes) {
    if (lane === waiter || lane.thread === undefined) {
      continue;
    }
    const { tid } = lane.thread;
    let last: (typeof links)[number] | undefined;
    lane.source.visitExact(range, 0, ({ start: from, end: to, state }) => {
      const holds =
        state === ThreadState.RunningGil || state === ThreadState.HoldingOffCpu;
      const begin = Math.max(from, range.start);
      const end = Math.min(to, range.end);
      if (!holds || end <= begin) {
        return;
      }
      // On and off CPU within one hold.
      if (last?.end === begin) {
        last.end = end;
      } else {
        last = { tid, lane, start: begin, end };
        links.push(last);
      }
    });
  }
  return links.sort((a, b) => a.start - b.start).slice(0, MOST_LINKS);
}
