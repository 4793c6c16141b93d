/** Who made whom wait, by thread and by the line that is charged. */
import type { LineBlame, ThreadsResult } from '../threads/result';
import { Spread, summedSpread } from '../threads/sampled/spread';
import type { ThreadIndex } from '../units';
import type { BlameRow, BlameSide } from './document';
import { placeKey } from './source-paths';
import type { SourceStacks } from './source-stacks';

/** Pairs with lines; more than these are listed by thread only, so that their sums stay. */
const MOST_LINE_PAIRS = 10_000;

/**
 * Who made whom wait: by thread and charged line, the longest time first.
 *
 * @param stacks of the same result
 */
export function blameRows(
  result: ThreadsResult,
  stacks: SourceStacks
): BlameRow[] {
  const tid = (index: ThreadIndex): number => result.threads[index].tid;
  const side = (index: ThreadIndex, stack: number): BlameSide => ({
    tid: tid(index),
    ...stacks.chargedLine(stack)
  });
  const entries: readonly LineBlame[] =
    result.lineBlame.length > 0
      ? result.lineBlame
      : result.blame.map(entry => ({
          ...entry,
          waiterStack: -1,
          holderStack: -1
        }));
  const rows = new BlameSums();
  for (const entry of entries) {
    const { waiter, holder } = entry;
    rows.add({
      waiter: side(waiter, entry.waiterStack),
      ...(holder >= 0 && { holder: side(holder, entry.holderStack) }),
      wait_ns: entry.waitNs,
      count: entry.count,
      spread: entry.spread
    });
  }
  // A wait that met one line on several stacks was counted with each of them.
  const most = new Map<string, number>();
  for (const { waiter, holder, count } of result.blame) {
    const key = `${tid(waiter)} ${holder < 0 ? '' : tid(holder)}`;
    most.set(key, (most.get(key) ?? 0) + count);
  }
  return foldTail(rows.sorted()).map(({ spread, count, ...row }) => ({
    ...row,
    wait_ns: Math.round(row.wait_ns),
    ...(spread === undefined
      ? {
          count: Math.min(
            count,
            most.get(`${row.waiter.tid} ${row.holder?.tid ?? ''}`) ?? Infinity
          )
        }
      : { wait_error_ns: Math.round(spread.errorNs) })
  }));
}

/**
 * How far what lines made others wait may be off, by placeKey; empty where it is exact.
 *
 * @param stacks of the same result
 */
export function madeWaitSpreads(
  { lineBlame }: ThreadsResult,
  stacks: SourceStacks
): Map<string, Spread> {
  const spreads = new Map<string, Spread>();
  for (const { holderStack, spread } of lineBlame) {
    const place = stacks.chargedLine(holderStack);
    if (spread !== undefined && place !== undefined) {
      const key = placeKey(place);
      const sum = spreads.get(key) ?? new Spread();
      sum.add(spread);
      spreads.set(key, sum);
    }
  }
  return spreads;
}

interface BlameSum extends Pick<BlameRow, 'waiter' | 'holder' | 'wait_ns'> {
  count: number;
  /** Undefined if the time is exact. */
  spread: Spread | undefined;
}

/** Sums rows of equal sides. */
class BlameSums {
  add(row: BlameSum): void {
    const { waiter, holder } = row;
    const key = [
      waiter.tid,
      placeKey(waiter),
      holder?.tid ?? '',
      placeKey(holder)
    ].join('\u0001');
    const before = this.rows.get(key);
    if (before === undefined) {
      this.rows.set(key, { ...row });
    } else {
      before.wait_ns += row.wait_ns;
      before.count += row.count;
      before.spread = summedSpread([before.spread, row.spread]);
    }
  }

  /** The longest time first. */
  sorted(): BlameSum[] {
    return [...this.rows.values()].sort((a, b) => b.wait_ns - a.wait_ns);
  }

  private readonly rows = new Map<string, BlameSum>();
}

/** The longest rows as they are, the rest by thread. */
function foldTail(rows: BlameSum[]): BlameSum[] {
  if (rows.length <= MOST_LINE_PAIRS) {
    return rows;
  }
  const folded = new BlameSums();
  rows.slice(MOST_LINE_PAIRS).forEach(({ waiter, holder, ...sums }) =>
    folded.add({
      waiter: { tid: waiter.tid },
      ...(holder && { holder: { tid: holder.tid } }),
      ...sums
    })
  );
  return [...rows.slice(0, MOST_LINE_PAIRS), ...folded.sorted()].sort(
    (a, b) => b.wait_ns - a.wait_ns
  );
}
