/** What the analysis knows of one thread while records come in. */
import type { Address, LineIndex, Nanoseconds, ThreadIndex } from '../units';
import type { Gil } from './gil';
import { LockPhase } from './phases';
import { StateComposer } from './state-composer';
import { StepTrack } from './step-track';

/** Between which of its own probe sites a thread stands. */
export const Standing = {
  /** No event has told since `knownFrom`. */
  Unknown: 0,
  /** After its drop, or never asked. */
  Free: 1,
  /** After the request, no wake: has the GIL or waits for its mutex. Which one, a later event tells. */
  Requested: 2,
  /** In a timed wait, or the last wake found the GIL locked. */
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
  gilPhase: number;
  cpuPhase: number;
  schedulerStates: boolean;
}

/**
 * The thread's track is kept in layers that don't depend on each other, and are put together when they
 * don't change any more: an uncontended take is certain only at a later event, while the scheduler's
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
    this.gilTrack = new StepTrack(options.born, options.gilPhase);
    this.cpuTrack = new StepTrack(options.born, options.cpuPhase);
    this.lockTrack = new StepTrack(options.born, LockPhase.None);
    this.states = new StateComposer(this, options.schedulerStates);
  }

  readonly index: ThreadIndex;
  readonly pid: number;
  readonly tid: number;
  readonly born: Nanoseconds;
  /** The one that it asked for last. */
  gil: Gil;
  readonly gilTrack: StepTrack;
  readonly cpuTrack: StepTrack;
  readonly lockTrack: StepTrack;
  /** The layers put together, as far as they are settled. */
  readonly states: StateComposer;
  /** Infinity while it lives. */
  died: Nanoseconds = Infinity;
  /** The kernel's name, '' if not known. */
  comm = '';
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
  /** The PyInterpreterState and the thread state that `gil` was looked up for; 0 if not known. */
  interp: Address = 0;
  interpState: Address = 0;
  /** Where it stood when it last asked for the GIL, -1 if not known. */
  line: LineIndex = -1;
  /** Index of the thread that woke it last, -1 if not known, and when. */
  waker = -1;
  wokenAt: Nanoseconds = -Infinity;

  standing: Standing;
  /** While the standing is Unknown: since when no record was lost, so that the next event tells. */
  knownFrom: Nanoseconds;
  /** The same for the CPU. */
  cpuKnownFrom: Nanoseconds;
  /** Its records were lost before `knownFrom`. */
  afterLoss = false;
  /** Start of the present wait: the request, or the yield; and how much earlier it may have been. */
  waitStart: Nanoseconds = 0;
  waitError: Nanoseconds = 0;
  /** Its own last stamp in take_gil: when it acquired, unless another's drop came later. */
  stamp: Nanoseconds = 0;
  /** Wakes since the request, and those that found the GIL locked. */
  wakes = 0;
  ignored = 0;
  /** Stands in the GIL's list of certain holders. */
  certain = false;
  /** Who woke it before it found the GIL free; -1 if not known. */
  waitWaker = -1;
  /** When it was seen to have the GIL. */
  provedAt: Nanoseconds = 0;
  /** A forked child's first thread, which has its parent's GIL until it makes its own. */
  inherited = false;
  /** Whether the hold that it ended last is known. */
  holdKnown = false;
  /** Row of the wait for a forced switch whose line its next request tells, -1 if there is none. */
  forcedWait = -1;
  /** Row of the lock that it waits for, -1 if it waits for none. */
  openLock = -1;
  /** Row of the lock that it waited for last, if it has not asked for the GIL since; else -1. */
  lastLock = -1;
  /** How deep it is in the collector, and since when. */
  collecting = 0;
  collectStart: Nanoseconds = 0;
  /** Spans in which its records may have been lost: start, end, start, end… in order. */
  readonly losses: Nanoseconds[] = [];
}
