/**
 * perf attached to a process for some events, their records read: from `attach` to `close`. What the events are
 * is not looked at.
 */
import { PerfStreamReader } from '../../core/perfdata/reader';
import type {
  EventDescription,
  RecordBatch,
  StreamSummary
} from '../../core/perfdata/records';
import type { Nanoseconds } from '../../core/units';
import { onlineCpus } from '../target/environment';
import { listThreads } from '../target/process';
import { BridgeFailure } from '../failure';
import { needsSystemWide, recordArguments, type RecordPlan } from './arguments';
import type { PerfRights } from './perf-rights';
import { PerfProcess } from './perf-process';
import { isOutOfLockedMemory } from './ring-limits';

/**
 * How often the rings are emptied, in milliseconds: nothing comes by itself before a ring is half
 * full (kernel/events/ring_buffer.c: the watermark).
 */
const PING_INTERVAL = 100;

/**
 * A record is in its ring so long after its stamp at the latest. Between the two no thread is preempted; but a virtual CPU
 * may stand still for a turn of its host's scheduler.
 */
const STAMP_TO_RING: Nanoseconds = 30_000_000;

export interface EventCaptureOptions {
  /** The perf program. */
  perf: string;
  /** Process to record. */
  pid: number;
  /** As perf-record(1) takes them after -e. */
  events: readonly string[];
  /** By event: the kernel's filter for a tracepoint. */
  filters?: Readonly<Record<string, string>>;
  schedulerStates: boolean;
  /** CLOCK_MONOTONIC at time 0 of the records, in nanoseconds; by default now. */
  origin?: bigint;
  /** Gets the records in time order. */
  onBatch: (batch: RecordBatch) => void;
  /** What perf may do. */
  rights: PerfRights;
  /** For tests: the most event ids that a pipe can carry. */
  maxIds?: number;
}

export class EventCapture {
  constructor(private readonly _options: EventCaptureOptions) {
    this.origin = _options.origin ?? process.hrtime.bigint();
    this._reader = new PerfStreamReader({
      origin: this.origin,
      onBatch: _options.onBatch
    });
  }

  /** CLOCK_MONOTONIC at time 0 of the records, in nanoseconds. */
  readonly origin: bigint;

  get events(): readonly EventDescription[] {
    return this._reader.events;
  }

  /** Names that the records refer to. */
  get strings(): readonly string[] {
    return this._reader.strings;
  }

  /** Samples that were read so far, by the index of their event. */
  get samplesByEvent(): readonly number[] {
    return this._reader.samplesByEvent;
  }

  /** Samples and context switches that were read so far. */
  get eventsRead(): number {
    const samples = this.samplesByEvent.reduce((sum, count) => sum + count, 0);
    return samples + this._reader.switches;
  }

  /** Records that were lost so far, as far as the kernel has said. */
  get lost(): number {
    return this._reader.lost;
  }

  /** Why perf has ended although nobody asked it to, or undefined. */
  get broken(): string | undefined {
    return this._perf?.ended ? this._perf.failure().message : undefined;
  }

  /** Records made before this time were read; time since `origin`. */
  get readUntil(): Nanoseconds {
    return this._readUntil;
  }

  /**
   * Starts perf; nothing is recorded yet.
   * @throws BridgeFailure; perf may run still: `kill` it.
   */
  async attach(): Promise<void> {
    const { pid, maxIds, rights } = this._options;
    const cpus = onlineCpus();
    const threads = listThreads(pid).length;
    if (!rights.systemWide && needsSystemWide({ threads, cpus }, maxIds)) {
      throw new BridgeFailure(
        'perf-failed',
        `without root perf can't record ${threads} threads on ${cpus} CPUs: use --mode sample`
      );
    }
    const sizes = rights.rings(cpus);
    for (const [attempt, ringKib] of sizes.entries()) {
      const perf = this._start({ threads, cpus, ringKib });
      try {
        await perf.command('ping');
        return;
      } catch (error) {
        if (attempt === sizes.length - 1 || !isOutOfLockedMemory(error)) {
          throw error;
        }
        perf.end();
        await perf.closed;
      }
    }
  }

  /** Keeps what perf writes from now on until `deliver`. */
  hold(): void {
    this._held ??= [];
  }

  /** Reads what was kept, and all that follows as it comes. */
  deliver(): void {
    const held = this._held ?? [];
    this._held = undefined;
    for (const chunk of held) {
      this._reader.push(chunk);
    }
  }

  /** From now on records are made. */
  async enable(): Promise<void> {
    await this._perf?.command('enable');
    this._enabled = true;
    this._pinger = setInterval(() => {
      // A reader of the live view may have asked just now.
      if (this._now() - this._asked >= 0.8e6 * PING_INTERVAL) {
        void this._ping();
      }
    }, PING_INTERVAL);
  }

  /**
   * Reads what was recorded until now, as far as nothing older can come any more. Nothing new is read while records are
   * held, or when perf has ended.
   * @returns the time up to which all was delivered
   */
  async catchUp(): Promise<Nanoseconds> {
    if (this._enabled && this._held === undefined) {
      // One that is under way may have been asked by the timer; the answer to the next one tells.
      await this._ping();
      await this._ping();
      await this._perf?.drained();
      // Meanwhile it may have been stopped.
      if (!this._finished && this._held === undefined) {
        this._deliveredUntil = this._readUntil - STAMP_TO_RING;
        this._reader.deliverUntil(this._deliveredUntil);
      }
    }
    return this._deliveredUntil;
  }

  /**
   * From now on no records are made.
   * @returns whether any were until now
   */
  async disable(): Promise<boolean> {
    clearInterval(this._pinger);
    const enabled = this._enabled;
    this._enabled = false;
    if (enabled) {
      // That perf has ended is said by `broken`.
      await this._perf?.command('disable').catch(() => undefined);
    }
    return enabled;
  }

  /** CPU time that perf has used, until it was stopped; undefined if it ended before. */
  get cpuTime(): Nanoseconds | undefined {
    return this._perf && !this._stopped ? this._perf.cpuTime : this._cpuTime;
  }

  /** Lets perf end, after `disable`, and reads to the end. */
  async stop(): Promise<void> {
    if (this._perf && !this._stopped) {
      this._cpuTime = this._perf.cpuTime;
      this._stopped = true;
    }
    if (this._perf && !this._perf.ended) {
      await this._perf.stop();
    }
  }

  /** The same; no more is read after it. */
  async close(): Promise<StreamSummary> {
    await this.stop();
    this.deliver();
    this._finished = true;
    return this._reader.finish();
  }

  /** Resolves when perf has let go of its events. */
  async released(): Promise<void> {
    await this._perf?.closed;
  }

  /** Ends perf at once. */
  kill(): void {
    clearInterval(this._pinger);
    this._perf?.end();
  }

  private _start(
    plan: Pick<RecordPlan, 'threads' | 'cpus' | 'ringKib'>
  ): PerfProcess {
    const { perf, pid, schedulerStates, events, filters, maxIds, rights } =
      this._options;
    const args = recordArguments(
      { ...plan, pid, events, filters, schedulerStates },
      maxIds
    );
    this._perf = new PerfProcess(perf, args, rights.environment, chunk => {
      if (this._held) {
        this._held.push(chunk);
      } else if (!this._finished) {
        this._reader.push(chunk);
      }
    });
    return this._perf;
  }

  /** Empties the rings. */
  private _ping(): Promise<void> {
    this._pinging ??= this._askPerf()
      // That perf has ended is said by `broken`.
      .catch(() => undefined)
      .finally(() => (this._pinging = undefined));
    return this._pinging;
  }

  /**
   * perf may answer before it has read the rings, or when it has read some of them: it reads them all between two answers
   * (`PerfProcess`). So an answer vouches for what was recorded before the ping before, not for more.
   */
  private async _askPerf(): Promise<void> {
    if (this._perf && !this._perf.ended) {
      const before = this._asked;
      const asked = this._now();
      this._asked = asked;
      await this._perf.command('ping');
      this._readUntil = Math.max(this._readUntil, before);
    }
  }

  private _now(): Nanoseconds {
    return Number(process.hrtime.bigint() - this.origin);
  }

  private readonly _reader: PerfStreamReader;
  private _perf: PerfProcess | undefined;
  private _pinger: NodeJS.Timeout | undefined;
  private _asked: Nanoseconds = -Infinity;
  private _pinging: Promise<void> | undefined;
  private _deliveredUntil: Nanoseconds = -Infinity;
  private _finished = false;
  private _held: Uint8Array[] | undefined;
  private _readUntil: Nanoseconds = 0;
  private _enabled = false;
  private _stopped = false;
  private _cpuTime: Nanoseconds | undefined = 0;
}
