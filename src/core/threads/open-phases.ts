/**
 * What a thread has done of the GIL since the last step of its track that is settled: certain only at a later event,
 * until then the best guess. A thread that asked has the GIL if no other one has it, else it waits.
 */
import type { Nanoseconds } from '../units';
import type { PresentHolder } from './gil-events';
import type { GilLedger } from './gil-ledger';
import { CpuPhase, GilPhase } from './phases';
import { Standing, type TracedThread } from './traced-thread';

/** Most phases that are open: a wait, a hold, and what is after it. */
const MOST = 3;

/** One object for all threads in turn: nothing is made for each. */
export class OpenPhases {
  length = 0;
  readonly start = new Float64Array(MOST);
  /** GilPhase. */
  readonly phase = new Uint8Array(MOST);
  /** The present CpuPhase, where no record has told yet; -1 where one has. */
  cpu = -1;
  /** From when on what is told may turn out to be otherwise; Infinity if all is certain. */
  guessedFrom: Nanoseconds = Infinity;

  /**
   * Looks at a thread.
   *
   * @param holder who has the GIL of the thread now; undefined: nobody, or not known
   */
  of(thread: TracedThread, holder: PresentHolder | undefined): void {
    const { ledger } = thread.gil;
    this.length = 0;
    this.guessedFrom = Infinity;
    this.cpu = startPhase(thread);
    switch (thread.standing) {
      case Standing.Unknown:
        if (isSurelyFree(thread, holder)) {
          this._push(thread, thread.knownFrom, ledger.resting);
        }
        if (thread.gilTrack.last === GilPhase.Unknown) {
          this.guessedFrom = thread.gilTrack.lastStart;
        }
        break;
      case Standing.Free:
        if (thread.gil.events.findsWaits === true) {
          this.guessedFrom = thread.gilTrack.lastStart;
        }
        break;
      case Standing.Requested:
      case Standing.Acquired:
        this._asked(thread, holder, ledger);
        break;
      case Standing.Waiting:
        this._push(thread, thread.waitStart, GilPhase.Waiting);
        break;
      case Standing.Yielding:
        this._yields(thread);
        break;
      default:
    }
    if (thread.cpuTrack.last === CpuPhase.Unknown) {
      this.guessedFrom = Math.min(this.guessedFrom, thread.cpuKnownFrom);
    }
  }

  /** Its wait may be over though it had no event since. */
  private _yields(thread: TracedThread): void {
    const { events, ledger } = thread.gil;
    const end = events.yieldedUntil?.(thread) ?? Infinity;
    this._push(thread, thread.waitStart, GilPhase.Waiting);
    if (end < Infinity) {
      this._push(thread, end, ledger.resting);
    }
  }

  private _asked(
    thread: TracedThread,
    holder: PresentHolder | undefined,
    ledger: GilLedger
  ): void {
    const has = holder?.thread === thread;
    const acquired = ledger.acquiredAt(thread);
    if (!has && !thread.certain) {
      this._push(thread, thread.waitStart, GilPhase.Waiting);
    } else {
      if (acquired > thread.waitStart) {
        this._push(thread, thread.waitStart, GilPhase.Waiting);
      }
      this._push(thread, acquired, GilPhase.Holding);
      if (!has && holder !== undefined) {
        // The stamp of its drop is late.
        this._push(thread, Math.max(acquired, holder.since), ledger.resting);
      }
    }
    if (thread.standing === Standing.Requested) {
      this.guessedFrom = thread.waitStart;
    }
  }

  /** A time before the last settled step counts as that step's, as in StepTrack. */
  private _push(thread: TracedThread, time: Nanoseconds, phase: number): void {
    const start = Math.max(time, thread.gilTrack.lastStart);
    if (this.length > 0 && this.start[this.length - 1] >= start) {
      this.phase[this.length - 1] = phase;
      return;
    }
    this.start[this.length] = start;
    this.phase[this.length++] = phase;
  }
}

/** What the start snapshot says of the thread's CPU, if no event has come; else -1. */
function startPhase({ cpuTrack, seen, startRunning }: TracedThread): number {
  if (cpuTrack.last !== CpuPhase.Unknown || seen) {
    return -1;
  }
  return startRunning === undefined
    ? -1
    : startRunning
      ? CpuPhase.On
      : CpuPhase.Off;
}

/** A thread that made no event can't have had the GIL if it slept throughout, or another one had it since. */
function isSurelyFree(
  { gilTrack, gil, knownFrom, seen, startRunning }: TracedThread,
  holder: PresentHolder | undefined
): boolean {
  if (gilTrack.last !== GilPhase.Unknown) {
    return false;
  }
  return (
    (!seen && startRunning === false) ||
    gil.ledger.lastEnd > knownFrom ||
    (holder !== undefined && holder.since > knownFrom)
  );
}
