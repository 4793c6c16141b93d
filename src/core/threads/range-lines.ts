/** What lines held and waited in a part of a run: as the whole run's, from how its holds were split. */
import type { LineIndex, ThreadIndex } from '../units';
import {
  LineCharges,
  type ChargedSpan,
  type WantedHolds
} from './line-charges';
import { NO_SAMPLES, type ThreadSamples } from './line-samples';
import { LineShares, type Pool, type Unseen } from './line-shares';
import type { LineSplit } from './line-split';
import { pick, pickWaits, rowsByGil } from './picked-rows';
import type {
  HoldColumns,
  LineBlame,
  LineTimes,
  StackColumns,
  WaitColumns
} from './result';

/** A run whose lines were attributed. */
export interface AttributedRun {
  readonly holds: HoldColumns;
  readonly waits: WaitColumns;
  readonly stacks: StackColumns;
  readonly split: LineSplit;
}

/** Rows of PoolColumns. */
interface PoolRows {
  readonly from: number;
  readonly to: number;
}

/** Answers for any span of one run; what serves all of them is made once. */
export class RangeLines {
  constructor(private readonly _run: AttributedRun) {
    const { sightings, pools } = _run.split;
    const { thread, time, stack } = sightings;
    for (let from = 0, to = 0; from < sightings.length; from = to) {
      while (to < sightings.length && thread[to] === thread[from]) {
        to++;
      }
      this._samples.set(thread[from], {
        ...NO_SAMPLES,
        time: time.subarray(from, to),
        stack: stack.subarray(from, to)
      });
    }
    const keyOf = (row: number): string =>
      poolKey(pools.gil[row], pools.thread[row], pools.line[row]);
    for (let from = 0, to = 0; from < pools.length; from = to) {
      const key = keyOf(from);
      while (to < pools.length && keyOf(to) === key) {
        to++;
      }
      this._pools.set(key, { from, to });
    }
    this._gils = splitByGil(_run);
  }

  /** Figures of a span. */
  within(span: ChargedSpan): {
    lineTimes: LineTimes[];
    lineBlame: LineBlame[];
  } {
    const { stacks, split } = this._run;
    const charges = new LineCharges(stacks, span);
    const samples = {
      ofHolder: (thread: ThreadIndex) =>
        this._samples.get(thread) ?? NO_SAMPLES,
      stackAt: () => -1
    };
    this._gils.forEach(({ holds, waits }, gil) => {
      const shares = new LineShares(holds, samples, split.period);
      const pools = (): Pool[] =>
        shares.groups.map(unseen => this._poolOf(gil, unseen));
      charges.addHolds(holds, waits, shares);
      charges.addUnseen(pools());
      charges.addWaits(holds, waits, shares, pools);
      charges.addReleased(pools(), (unseen, part) => {
        const { stack, released } = split.pools;
        const { from, to } = this._rowsOf(gil, unseen);
        for (let row = from; row < to; row++) {
          part(stack[row], released[row]);
        }
      });
    });
    return { lineTimes: charges.lineTimes(), lineBlame: charges.lineBlame() };
  }

  private _poolOf(gil: number, unseen: Unseen): Pool {
    const { stack, held, variance } = this._run.split.pools;
    const { from, to } = this._rowsOf(gil, unseen);
    return {
      unseen,
      stack: stack.subarray(from, to),
      share: held.subarray(from, to),
      variance: variance.subarray(from, to)
    };
  }

  private _rowsOf(gil: number, { thread, line }: Unseen): PoolRows {
    return this._pools.get(poolKey(gil, thread, line)) ?? { from: 0, to: 0 };
  }

  private readonly _samples = new Map<ThreadIndex, ThreadSamples>();
  private readonly _pools = new Map<string, PoolRows>();
  private readonly _gils: readonly GilRows[];
}

interface GilRows {
  readonly holds: WantedHolds;
  readonly waits: WaitColumns;
}

function poolKey(gil: number, thread: ThreadIndex, line: LineIndex): string {
  return `${gil} ${thread} ${line}`;
}

/** Holds and waits of each GIL: a thread waits for the GIL that it holds at other times. */
function splitByGil({ holds, waits }: AttributedRun): GilRows[] {
  const line = holds.line ?? new Int32Array(holds.length).fill(-1);
  const gils = holds.gil.reduce((most, gil) => Math.max(most, gil), 0) + 1;
  if (gils === 1) {
    return [{ holds: { ...holds, line }, waits }];
  }
  return rowsByGil(gils, holds, waits).map(({ holds: own, waits: wanting }) => {
    return {
      holds: {
        length: own.length,
        thread: pick(holds.thread, own),
        start: pick(holds.start, own),
        end: pick(holds.end, own),
        line: pick(line, own),
        wanted: pick(holds.wanted, own)
      },
      waits: pickWaits(waits, wanting)
    };
  });
}
