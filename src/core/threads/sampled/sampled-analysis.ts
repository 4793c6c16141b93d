/**
 * Rounds of readings (rung `sample`) → the same result as that of recorded events, as far as readings can tell.
 *
 * Between two readings a state changes halfway. What lasted less than a round may be missed, or look as long as one; in
 * the mean both cancel (spread.ts says how far off the sums may be). How often something happened is not known.
 */
import type { Nanoseconds, ThreadIndex } from '../../units';
import { blame } from '../blame';
import type { LiveAnalysis } from '../live-analysis';
import type { StackTable } from '../line-stacks';
import type { LineRecord, ThreadRecord, ThreadsResult } from '../result';
import { holdColumns, waitColumns } from '../result-columns';
import { SOMEBODY, type SampledBatch, type SampledThread } from './batch';
import { HoldCells } from './hold-cells';
import { PairTimes, SpreadTimes } from './line-sums';
import { SampledLive } from './sampled-live';
import { settleWork, widenByCpuTime } from './native-work';
import { RoundTimes } from './round-times';
import { sampledGil, type SampledWait } from './sampled-gil';
import { heldSpans, threadRecord, timeAsleep } from './sampled-threads';
import { HolderSeries, ThreadSeries } from './series';
import { AllStateSpreads } from './state-spreads';
import { mergeQueued, threadPieces, type QueuedSpan } from './thread-pieces';
import { lockColumns, ThreadTimes } from './thread-times';

/** Most threads that 16 bits can name. */
const MAX_THREADS = 0x10000;

interface Watched extends SampledThread {
  died: Nanoseconds;
  readonly series: ThreadSeries;
  readonly queued: QueuedSpan[];
}

/** How the run was read. */
export interface SamplingFigures {
  readonly rounds: number;
  /** Mean time between two rounds. */
  readonly period: Nanoseconds;
  /** Readings of threads, and those that were given up because they contradicted themselves. */
  readonly readings: number;
  readonly dropped: number;
  /** Mean time between two readings of one thread. */
  readonly threadPeriod: Nanoseconds;
}

export class SampledAnalysis {
  /** Takes in the next rounds; nothing of the batch is kept. */
  consume(batch: SampledBatch): void {
    for (const thread of batch.threads) {
      const known = this._threads[thread.index];
      this._threads[thread.index] = {
        ...thread,
        died: Infinity,
        series: known?.series ?? new ThreadSeries(),
        queued: known?.queued ?? []
      };
    }
    for (const address of batch.gils) {
      this._gils.push({ address, series: new HolderSeries() });
    }
    const { holders, readings, queued, ended } = batch;
    for (let row = 0; row < holders.length; row++) {
      const time = holders.time[row];
      this._times.meet(time);
      this._gils[holders.gil[row]].series.push(
        time,
        holders.thread[row],
        holders.running[row],
        holders.stack[row]
      );
    }
    for (let row = 0; row < readings.length; row++) {
      this._threads[readings.thread[row]].series.push(
        readings.time[row],
        readings.state[row],
        readings.lock[row],
        readings.sleep[row],
        readings.stack[row],
        readings.cpu[row]
      );
    }
    for (let at = 0; at + 3 < queued.length; at += 4) {
      const [thread, start, end, within] = queued.subarray(at, at + 4);
      this._threads[thread].queued.push({ start, end, within });
    }
    for (let at = 0; at + 1 < ended.length; at += 2) {
      this._threads[ended[at]].died = ended[at + 1];
    }
    this._rounds += batch.rounds;
    this._dropped += batch.dropped;
  }

  /** Rows that are kept in memory. */
  get rows(): number {
    const kept = [...this._threads, ...this._gils];
    return (
      kept.reduce((sum, { series }) => sum + series.length, 0) +
      this._threads.reduce((sum, { queued }) => sum + queued.length, 0)
    );
  }

  /** Forgets every second reading, as if the rounds so far had been half as frequent. */
  thin(random: () => number = Math.random): void {
    this._gils.forEach(({ series }) => series.thin(random));
    const near = 4 * this.figures().period;
    for (const { series, queued } of this._threads) {
      series.thin(random);
      mergeQueued(queued, near);
    }
    this._rounds = Math.ceil(this._rounds / 2);
    this._dropped = Math.ceil(this._dropped / 2);
    this._times.thin();
  }

  /** How the run was read, so far; of a run that was thinned, what is left of it. */
  figures(): SamplingFigures {
    const readings = this._threads.reduce(
      (sum, { series }) => sum + series.readings,
      0
    );
    const { first, last } = this._times;
    const alive = this._threads.reduce(
      (sum, { born, died }) =>
        sum + Math.max(0, Math.min(died, last) - Math.max(born, first)),
      0
    );
    return {
      rounds: this._rounds,
      period: this._period(),
      readings,
      dropped: this._dropped,
      threadPeriod: readings > 0 && alive > 0 ? alive / readings : 0
    };
  }

  /** What is known so far, for a view that goes along. Not to be asked any more after `finish`. */
  live(): LiveAnalysis {
    return new SampledLive({
      threads: this._threads,
      gils: this._gils,
      times: this._times,
      period: () => this._period()
    });
  }

  /** When it was known last what goes on. */
  get readUntil(): Nanoseconds {
    return this._times.last;
  }

  /**
   * The result, clipped to the window.
   *
   * @param lines what the lines of `stacks` are
   */
  finish(
    window: { begin: Nanoseconds; end: Nanoseconds },
    stacks: StackTable,
    lines: readonly LineRecord[]
  ): ThreadsResult {
    const { begin, end } = window;
    const { period, threadPeriod } = this.figures();
    const indexes = new Map<number, ThreadIndex>();
    const inside = this._threads.filter(
      ({ born, died }) => Math.max(born, begin) < Math.min(died, end)
    );
    inside.length = Math.min(inside.length, MAX_THREADS);
    inside.forEach(({ index }, place) => indexes.set(index, place));
    const unknown = this._times.unknown(begin, end, period);
    const { first, last } = this._times;
    const rounds = { first, last, period };
    const cells = this._gils.map(
      ({ series }) =>
        new HoldCells(series, begin, end, rounds, thread =>
          thread < 0 ? thread : (indexes.get(thread) ?? SOMEBODY)
        )
    );
    const held = heldSpans(cells, inside.length);
    const spreads = new AllStateSpreads(
      inside.length,
      window,
      period,
      threadPeriod
    );
    cells.forEach(each => spreads.addCells(each));
    const times = new SpreadTimes(Math.max(period, threadPeriod));
    const pairs = new PairTimes(Math.max(period, threadPeriod));
    const waits: SampledWait[][] = this._gils.map(() => []);
    const threadTimes = new ThreadTimes(times);
    const records = inside.map((thread, place): ThreadRecord => {
      const { series, queued, gil } = thread;
      const from = Math.max(thread.born, begin);
      const to = Math.min(thread.died, end);
      const pieces = threadPieces(
        series,
        held[place],
        unknown,
        queued,
        from,
        to
      );
      if (gil >= 0) {
        settleWork(pieces, series, threadPeriod, spreads.of(place));
      }
      threadTimes.add(place, pieces, series, gil < 0 ? undefined : waits[gil]);
      spreads.addThread(place, series, pieces);
      widenByCpuTime(pieces, series, spreads.of(place));
      return {
        ...threadRecord(thread, pieces, series, from, spreads.of(place)),
        heldAsleepNs: timeAsleep(held[place])
      };
    });
    const parts = cells.map((each, gil) => {
      waits[gil].sort((a, b) => a.start - b.start);
      countSamples(each, stacks, times);
      return sampledGil(each, waits[gil], times, pairs);
    });
    return {
      begin,
      end,
      schedulerStates: true,
      sampled: true,
      threads: records,
      waits: waitColumns(parts),
      holds: holdColumns(parts),
      blame: parts.flatMap(part =>
        blame(part.waits, part.holds, records.length)
      ),
      gils: this._gils.map(({ address }, index) => ({
        pid: this._threads[0]?.pid ?? 0,
        address,
        main: index === 0
      })),
      lockWaits: lockColumns(threadTimes.lockWaits, threadPeriod),
      collections: {
        length: 0,
        thread: new Uint16Array(0),
        start: new Float64Array(0),
        end: new Float64Array(0)
      },
      lines,
      stacks: {
        length: stacks.length,
        parent: stacks.parent.slice(0, stacks.length),
        line: stacks.line.slice(0, stacks.length)
      },
      lineTimes: times.lineTimes(stacks),
      lineBlame: pairs.lineBlame(),
      ignored: [],
      oddities: {
        dropWithoutRequest: 0,
        neverAcquired: 0,
        exitWhileHolding: 0,
        brokenAlternation: 0
      },
      lossSpans: unknown
        .map(span => ({
          start: Math.max(span.start, begin),
          end: Math.min(span.end, end)
        }))
        .filter(span => span.start < span.end)
    };
  }

  private _period(): Nanoseconds {
    const span = this._times.last - this._times.first;
    return this._rounds > 1 && span > 0 ? span / (this._rounds - 1) : 0;
  }

  private readonly _threads: Watched[] = [];
  private readonly _gils: { address: number; series: HolderSeries }[] = [];
  private readonly _times = new RoundTimes();
  private _rounds = 0;
  private _dropped = 0;
}

function countSamples(
  { length, stack, seen }: HoldCells,
  stacks: StackTable,
  times: SpreadTimes
): void {
  for (let cell = 0; cell < length; cell++) {
    if (seen[cell] > 0) {
      times.countSamples(stacks.line[stack[cell]], seen[cell]);
    }
  }
}
