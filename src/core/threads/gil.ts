/** One GIL: of a process, or of a sub-interpreter that has its own; what its threads do with it. */
import type { Address, LineIndex, Nanoseconds } from '../units';
import { FutexWaits } from './futex-waits';
import type { GilEvents } from './gil-events';
import { GilLedger } from './gil-ledger';
import { HolderSampleRows } from './holder-samples';
import { HolderSpanRows } from './holder-spans';
import type { OddityLog } from './oddity-log';
import { StateOwners } from './state-owners';
import { TakesAndDrops } from './takes-and-drops';
import type { TracedThread } from './traced-thread';
import { WaitsOnly, type RecordedSites } from './waits-only';
import { WatchedTakes } from './watched-takes';

/**
 * Rung of the ladder: all takes and drops are recorded, by probes or by watchpoints, or only where somebody
 * waits, by probes or by calls of futex(2).
 */
export type RecordedMode = 'full' | 'waits' | 'watch' | 'futex';

/** Whether takes and drops are recorded only where somebody waits. */
export function recordsWaitsOnly(mode: RecordedMode): boolean {
  return mode === 'waits' || mode === 'futex';
}

export interface GilOptions {
  pid: number;
  /** 0 if not known. */
  address: Address;
  main: boolean;
  mode: RecordedMode;
  sites: RecordedSites;
  switchInterval: Nanoseconds;
  oddities: OddityLog;
}

export class Gil {
  constructor(private readonly _options: GilOptions) {
    this.address = _options.address;
    this.mode = _options.mode;
    this.events = this._eventsOf(_options.mode, _options.sites);
  }

  /** What is recorded of it. */
  mode: RecordedMode;

  get pid(): number {
    return this._options.pid;
  }

  get main(): boolean {
    return this._options.main;
  }

  /** Of its structure in the process; 0 as long as that is not known. */
  address: Address;
  readonly ledger = new GilLedger();
  /** What is known of its holders where takes and drops were not recorded. */
  readonly spans = new HolderSpanRows();
  readonly samples = new HolderSampleRows();
  readonly owners = new StateOwners();
  /** Threads that use it and live. */
  readonly threads = new Set<TracedThread>();
  /** Receives what happens to it. */
  events: GilEvents;

  /** From now on other sites are recorded. What was known has been settled. */
  useMode(mode: RecordedMode, sites: RecordedSites): void {
    this.mode = mode;
    this.events = this._eventsOf(mode, sites);
  }

  /** The thread uses it from now on. */
  join(thread: TracedThread): void {
    thread.gil = this;
    this.threads.add(thread);
  }

  /** The thread uses another one from now on. */
  leave(thread: TracedThread, time: Nanoseconds): void {
    this.events.leave(thread, time);
    this.owners.forget(thread);
    this.threads.delete(thread);
  }

  /** The thread's present request was for another one. */
  pass(thread: TracedThread): void {
    this.owners.forget(thread);
    this.threads.delete(thread);
  }

  /** The thread ended. */
  exit(thread: TracedThread, time: Nanoseconds): void {
    this.events.exit(thread, time);
    this.threads.delete(thread);
  }

  /** A waiter's probe saw the holder's line. */
  sawHolder(time: Nanoseconds, tstate: Address, line: LineIndex): void {
    const holder = this.owners.ownerOf(tstate);
    this.samples.push(time, holder?.index ?? -1, line, tstate);
  }

  private _eventsOf(mode: RecordedMode, sites: RecordedSites): GilEvents {
    const { ledger, owners, threads } = this;
    const { oddities, switchInterval } = this._options;
    switch (mode) {
      case 'full':
        return new TakesAndDrops(ledger, owners, threads, oddities);
      case 'watch':
        return new WatchedTakes(
          ledger,
          threads,
          oddities,
          sites,
          switchInterval
        );
      case 'waits':
        return new WaitsOnly(ledger, threads, oddities, this.spans, sites);
      case 'futex':
        return new FutexWaits(
          ledger,
          threads,
          oddities,
          this.spans,
          switchInterval
        );
    }
  }
}
