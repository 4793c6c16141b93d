/** The longest waits of a run, each with its lines and with who held the GIL meanwhile. */
import { WaitKind, type ThreadsResult } from '../threads/result';
import { lowerBound } from '../columns';
import type { Nanoseconds, ThreadIndex } from '../units';
import type { WaitRow } from './document';
import { longestWaits } from './lanes';
import type { SourceStacks } from './source-stacks';

/** How many of the longest waits a document lists. */
export const LISTED_WAITS = 100;

/** Frames of a stack that a document lists. */
export const LISTED_FRAMES = 16;

/** Holds within one wait that a document lists. */
export const LISTED_LINKS = 8;

/** Names of WaitKind in a document; index = WaitKind. */
export const WAIT_KIND_NAMES = [
  'contended',
  'handoff',
  'forced',
  'unfinished',
  'sampled'
] as const satisfies readonly WaitRow['kind'][];

/** @param stacks of the same result */
export function waitRows(
  result: ThreadsResult,
  stacks: SourceStacks
): WaitRow[] {
  const { waits, threads, begin } = result;
  const chains = new HoldChains(result);
  return longestWaits(waits, LISTED_WAITS).map(row => {
    const holder = waits.holder[row];
    const waker = waits.waker[row];
    const line = stacks.chargedLine(waits.stack[row]);
    const holderLine = stacks.chargedLine(waits.holderStack[row]);
    const stack = stacks.frames(waits.stack[row], LISTED_FRAMES);
    const holderStack = stacks.frames(waits.holderStack[row], LISTED_FRAMES);
    const { chain, longest } = chains.during(row);
    return {
      tid: threads[waits.thread[row]].tid,
      start_ns: Math.round(waits.start[row] - begin),
      duration_ns: Math.round(waits.end[row] - waits.start[row]),
      ...(holder >= 0 && { holder_tid: threads[holder].tid }),
      ...(longest >= 0 &&
        longest !== holder && { longest_holder_tid: threads[longest].tid }),
      kind: WAIT_KIND_NAMES[waits.kind[row]],
      ...(waits.kind[row] !== WaitKind.Sampled && {
        ignored: waits.ignored[row]
      }),
      ...(line && { line }),
      ...(holderLine && { holder_line: holderLine }),
      ...(stack.length > 0 && { stack }),
      ...(holderStack.length > 0 && { holder_stack: holderStack }),
      ...(waker >= 0 && { waker_tid: threads[waker].tid }),
      ...(chain.length > 0 && { chain })
    };
  });
}

type Chain = NonNullable<WaitRow['chain']>;

/** Who held the GIL during a wait. */
class HoldChains {
  constructor(private readonly result: ThreadsResult) {}

  /**
   * The first links, in order: time in which nobody is known to have held it has no link; and the thread
   * that held it longest in all, -1 if none is known.
   */
  during(row: number): { chain: Chain; longest: ThreadIndex } {
    const { waits, holds, threads, begin } = this.result;
    const from = waits.start[row];
    const to = waits.end[row];
    const gil = this.gilOf(row);
    const chain: Chain = [];
    if (gil === undefined) {
      return { chain, longest: -1 };
    }
    const held = new Map<ThreadIndex, Nanoseconds>();
    let longest = -1;
    for (
      let hold = this.firstHold(gil, from);
      hold < holds.length && holds.start[hold] < to;
      hold++
    ) {
      const start = Math.max(holds.start[hold], from);
      const end = Math.min(holds.end[hold], to);
      if (holds.gil[hold] !== gil || end <= start) {
        continue;
      }
      const thread = holds.thread[hold];
      const time = (held.get(thread) ?? 0) + end - start;
      held.set(thread, time);
      if (time > (held.get(longest) ?? 0)) {
        longest = thread;
      }
      if (chain.length < LISTED_LINKS) {
        chain.push({
          tid: threads[thread].tid,
          from_ns: Math.round(start - begin),
          duration_ns: Math.round(end - start)
        });
      }
    }
    return { chain, longest };
  }

  /** The GIL that was waited for: the only one of the process, else the one that the thread then took. */
  private gilOf(row: number): number | undefined {
    const { waits, holds, threads, gils } = this.result;
    const waiter = waits.thread[row];
    const { pid } = threads[waiter];
    const own = gils.flatMap((gil, index) => (gil.pid === pid ? [index] : []));
    if (own.length <= 1) {
      return own[0];
    }
    if (waits.kind[row] === WaitKind.Unfinished) {
      return undefined;
    }
    let hold = lowerBound(holds.start, holds.length, waits.start[row]);
    while (hold < holds.length && holds.thread[hold] !== waiter) {
      hold++;
    }
    return hold < holds.length ? holds.gil[hold] : undefined;
  }

  /** The hold of this GIL that goes on at a time, else the first hold of any GIL after it. */
  private firstHold(gil: number, time: Nanoseconds): number {
    const { holds } = this.result;
    const after = lowerBound(holds.start, holds.length, time);
    // Holds of one GIL do not overlap: only the last one before can go on.
    let before = after - 1;
    while (before >= 0 && holds.gil[before] !== gil) {
      before--;
    }
    return before >= 0 && holds.end[before] > time ? before : after;
  }
}
