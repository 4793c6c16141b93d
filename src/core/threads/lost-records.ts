/** What is not known any more of threads and GILs where records were lost, or none were made. */
import type { Nanoseconds } from '../units';
import { LossLog, type LossSpan } from './loss-log';
import { CpuPhase } from './phases';
import type { ProbeHits } from './probe-hits';
import { loseCpu } from './scheduler';
import type { ThreadRegistry } from './thread-registry';
import { Standing, type TracedThread } from './traced-thread';

export class LostRecords {
  constructor(
    private readonly _registry: ThreadRegistry,
    private readonly _hits: ProbeHits
  ) {}

  /** Spans in which records were lost. */
  get spans(): readonly LossSpan[] {
    return this._log.spans;
  }

  /** Spans in which nothing was recorded. */
  get gaps(): readonly LossSpan[] {
    return this._gaps;
  }

  /** A record came in. */
  seen(cpu: number, time: Nanoseconds): void {
    this._log.seen(cpu, time);
  }

  /**
   * Records of a CPU were lost before `time`.
   *
   * @param cpu negative if not known
   * @param recordedFrom before it nothing is known anyway
   */
  lost(cpu: number, time: Nanoseconds, recordedFrom: Nanoseconds): void {
    const span = this._log.add(cpu, time);
    const startOf = (thread: TracedThread): Nanoseconds => {
      if (cpu < 0) {
        // Nobody knows where: from its last event on, or from the start, of which the snapshot tells.
        const last = Math.max(thread.lastEvent, thread.born, recordedFrom);
        return Math.min(last, time);
      }
      return ranElsewhere(thread, cpu, span.start) ? Infinity : span.start;
    };
    this._loseAll(startOf, span.start, time);
  }

  /** No records were made of anything between two times. */
  unrecorded(start: Nanoseconds, end: Nanoseconds): void {
    this._loseAll(() => start, start, end);
    this._gaps.push({ start, end });
    this._log.restart(end);
  }

  /**
   * Records of the threads may be missing.
   *
   * @param startOf since when those of a thread are; Infinity if none of them are
   * @param earliest no record before it is missing
   */
  private _loseAll(
    startOf: (thread: TracedThread) => Nanoseconds,
    earliest: Nanoseconds,
    end: Nanoseconds
  ): void {
    this._registry.recordsWereLost = true;
    for (const thread of this._registry.threads) {
      const start = thread.died <= earliest ? Infinity : startOf(thread);
      if (start < Infinity) {
        thread.losses.push(start, end);
        loseCpu(thread, start, end);
        this._hits.lose(thread, start);
      }
    }
    for (const gil of this._registry.gils) {
      gil.events.lose(startOf, end);
    }
  }

  private readonly _log = new LossLog();
  private readonly _gaps: LossSpan[] = [];
}

/**
 * Whether the thread ran on another CPU without the GIL all the time since `start`: then none of its
 * records can be among those that were lost on this one.
 */
function ranElsewhere(
  thread: TracedThread,
  cpu: number,
  start: Nanoseconds
): boolean {
  const { cpuTrack, gilTrack } = thread;
  return (
    thread.standing === Standing.Free &&
    thread.cpu >= 0 &&
    thread.cpu !== cpu &&
    cpuTrack.last === CpuPhase.On &&
    cpuTrack.lastStart <= start &&
    gilTrack.lastStart <= start
  );
}
