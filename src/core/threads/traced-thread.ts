/** What the analysis knows of one thread while records come in. */
import type { Nanoseconds, ThreadIndex } from '../units';
import type { Gil } from './gil';
import { StepTrack } from './step-track';

/** What a thread has of the GIL: the values of `TracedThread.gilTrack`. */
export const GilPhase = {
  Unknown: 0,
  Free: 1,
  Waiting: 2,
  Holding: 3
} as const;

/** Where a thread is: the values of `TracedThread.cpuTrack`. */
export const CpuPhase = {
  Unknown: 0,
  On: 1,
  /** Runnable, but not on a CPU. */
  Preempted: 2,
  /** Asleep. */
  Off: 3
} as const;

/** Between which of its own probe sites a thread stands. */
export const Standing = {
  /** No event has told since `knownFrom`. */
  Unknown: 0,
  /** After its drop, or never asked. */
  Free: 1,
  /** After the request, no wake: has the GIL or waits for its mutex. Which one, a later event tells. */
  Requested: 2,
  /** The last wake found the GIL locked. */
  Waiting: 3,
  /** The last wake found it free: the thread has it. */
  Acquired: 4,
  /** Others prove that it has released the GIL; the stamp of its drop is still to come. */
  Released: 5,
  /** In drop_gil, until another thread has taken the GIL. */
  Yielding: 6
} as const;

export type Standing = (typeof Standing)[keyof typeof Standing];

export interface TracedThreadOptions {
  index: ThreadIndex;
  pid: number;
  tid: number;
  /** -Infinity for a thread that was there before the recording. */
  born: Nanoseconds;
  gil: Gil;
  standing: Standing;
  cpuPhase: number;
}

/**
 * The thread's track is kept in two layers that don't depend on each other, and are put together when
 * the run has ended: an uncontended take is certain only at a later event, while the scheduler's
 * records of the time between have come in already.
 */
export class TracedThread {
  constructor(options: TracedThreadOptions) {
    this.index = options.index;
    this.pid = options.pid;
    this.tid = options.tid;
    this.born = options.born;
    this.gil = options.gil;
    this.standing = options.standing;
    this.knownFrom = options.born;
    this.cpuKnownFrom = options.born;
    this.gilTrack = new StepTrack(
      options.born,
      options.standing === Standing.Unknown ? GilPhase.Unknown : GilPhase.Free
    );
    this.cpuTrack = new StepTrack(options.born, options.cpuPhase);
  }

  readonly index: ThreadIndex;
  readonly pid: number;
  readonly tid: number;
  readonly born: Nanoseconds;
  readonly gil: Gil;
  readonly gilTrack: StepTrack;
  readonly cpuTrack: StepTrack;
  /** Infinity while it lives. */
  died: Nanoseconds = Infinity;
  /** Index into the reader's strings, -1 if its name is not known. */
  comm = -1;
  /** The kernel's name at the start of the run. */
  startComm = '';
  /** Whether it was runnable at the start of the run; undefined if not known, or of no use any more. */
  startRunning: boolean | undefined;
  /** Whether any event of it has come since the start of the run. */
  seen = false;
  /** CPU of its last event, -1 if not known. */
  cpu = -1;
  /** Time of its last event. */
  lastEvent: Nanoseconds = -Infinity;
  requests = 0;
  /** The PyThreadState of its last request; 0 if not known. */
  tstate = 0;

  standing: Standing;
  /** While the standing is Unknown: since when no record was lost, so that the next event tells. */
  knownFrom: Nanoseconds;
  /** The same for the CPU. */
  cpuKnownFrom: Nanoseconds;
  /** Its records were lost before `knownFrom`. */
  afterLoss = false;
  /** Start of the present wait: the request, or the yield. */
  waitStart: Nanoseconds = 0;
  /** Its own last stamp in take_gil: when it acquired, unless another's drop came later. */
  stamp: Nanoseconds = 0;
  /** Wakes since the request, and those that found the GIL locked. */
  wakes = 0;
  ignored = 0;
  /** Stands in the GIL's list of certain holders. */
  certain = false;
  /** When it was seen to have the GIL. */
  provedAt: Nanoseconds = 0;
  /** A forked child's first thread, which has its parent's GIL until it makes its own. */
  inherited = false;
  /** Row of the hold that it ended last, -1 if that is not known. */
  lastHold = -1;
  /** Spans in which its records may have been lost: start, end, start, end… in order. */
  readonly losses: Nanoseconds[] = [];
}
