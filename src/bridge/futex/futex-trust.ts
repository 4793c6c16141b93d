/**
 * The trust test of futex calls: in a program of which two threads fight for the GIL, threads must be seen to wait, each
 * wait must end as glibc ends it, and whoever drops the GIL must have somebody to wake.
 */
import {
  RecordKind,
  type EventDescription,
  type RecordBatch
} from '../../core/perfdata/records';
import { futexDeed, FutexDeed } from '../../core/threads/futex-calls';
import { fieldOf, Site, SiteTable } from '../../core/threads/site';
import type { Address } from '../../core/units';

/** Too few prove nothing. The program is forced to switch every 5 ms, for 120 ms. */
const ENOUGH_WAITS = 8;
const ENOUGH_DROPS = 4;

/**
 * Of all deeds that were seen so many may be strange: a signal that was stolen is passed on, and one that comes before the
 * sleep makes it vain (glibc, nptl/pthread_cond_wait.c).
 */
const STRANGE_SHARE = 0.1;

export class FutexTrust {
  /** @param _gil address in the program */
  constructor(
    events: readonly EventDescription[],
    private readonly _gil: Address
  ) {
    this._sites = new SiteTable(events);
  }

  consume(batch: RecordBatch): void {
    this._sites.update();
    const { site, uaddr, op } = this._sites;
    for (let row = 0; row < batch.length; row++) {
      const event = batch.event[row];
      if (batch.kind[row] === RecordKind.Sample && site[event] === Site.Futex) {
        const place = fieldOf(batch.args, uaddr[event], row) - this._gil;
        const operation = fieldOf(batch.args, op[event], row);
        this._see(batch.tid[row], futexDeed(place, operation));
      }
    }
  }

  /**
   * Why the calls can't be trusted; undefined if they can.
   * @param lost records that were lost in the test
   */
  distrust(lost: number): string | undefined {
    if (lost > 0) {
      return `${lost} records were lost`;
    }
    const all = this._waits + this._drops + this._yields;
    if (this._strange > STRANGE_SHARE * all) {
      return `${this._strange} of ${all} waits and drops make no sense`;
    }
    if (this._waits < ENOUGH_WAITS || this._drops < ENOUGH_DROPS) {
      return `${this._waits} waits and ${this._drops} drops were seen where at least ${ENOUGH_WAITS} and ${ENOUGH_DROPS} were made`;
    }
    return this._yields === 0 || this._takes === 0
      ? 'no forced switch was seen'
      : undefined;
  }

  private _see(tid: number, deed: FutexDeed): void {
    switch (deed) {
      case FutexDeed.Wait:
        // Within pthread_cond_timedwait it has unlocked gil->mutex since it slept last.
        this._strange += this._asleep.has(tid) ? 1 : 0;
        this._waits++;
        this._forget(tid);
        this._asleep.add(tid);
        break;
      case FutexDeed.LeaveMutex:
        if (this._asleep.delete(tid)) {
          this._awake.add(tid);
        }
        break;
      case FutexDeed.Take:
        this._takes++;
        this._forget(tid);
        break;
      case FutexDeed.Drop: {
        const sensible = !this._asleep.has(tid) && this._othersWait(tid);
        this._strange += sensible ? 0 : 1;
        this._drops++;
        this._forget(tid);
        this._dropped.add(tid);
        break;
      }
      case FutexDeed.Yield:
        // Whoever waits may be awake, to ask the holder to drop the GIL: then its drop wakes nobody.
        this._strange +=
          this._dropped.has(tid) || this._othersWait(tid) ? 0 : 1;
        this._yields++;
        this._forget(tid);
        break;
      default:
    }
  }

  private _othersWait(tid: number): boolean {
    const others = (threads: ReadonlySet<number>): boolean =>
      threads.size > (threads.has(tid) ? 1 : 0);
    return others(this._asleep) || others(this._awake);
  }

  private _forget(tid: number): void {
    this._asleep.delete(tid);
    this._awake.delete(tid);
    this._dropped.delete(tid);
  }

  private readonly _sites: SiteTable;
  /** Threads that sleep on gil->cond, or have not got gil->mutex since. */
  private readonly _asleep = new Set<number>();
  /** Threads that got it: they have the GIL, or are about to sleep again. A signal may come before they do. */
  private readonly _awake = new Set<number>();
  /** Threads that dropped the GIL last. */
  private readonly _dropped = new Set<number>();
  private _waits = 0;
  private _drops = 0;
  private _yields = 0;
  private _takes = 0;
  private _strange = 0;
}
