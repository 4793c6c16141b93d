/**
 * How much work there was to do, how much of it was done, and what kept the rest waiting.
 *
 * At each instant some threads work (are on a CPU), others would but wait. If nothing made them wait, as many would work as
 * there are CPUs. So an instant in which U of C work that could takes (1 - U/C) of its time too long: that is the most that
 * mending what they wait for could give back, in time of the run. All causes have this measure, and rank by it.
 */
import { ThreadState } from '../../threads/states';
import type { Nanoseconds, ThreadIndex } from '../../units';
import { LockCursor } from './lock-cursor';
import { LockKind } from './lock-kinds';
import type { RunColumns } from './run-columns';
import { SerialSpans, type SerialSpan } from './serial-spans';
import { SpinCount } from './spin-count';
import { ABSENT, sweepStates } from './state-sweep';
import { sleepingHolders } from './thread-manners';

/** What threads may wait for. */
export const LOSSES = [
  'gil',
  'lock',
  'queue',
  /** All CPUs were busy with this program's own threads. */
  'cpus',
  /** CPUs were idle as far as this program is concerned, and a thread that could run had none. */
  'machine',
  /** The GIL's holder had no CPU, as other threads of the program had all of them: what waited for it got nowhere. */
  'inversion'
] as const;

export type Loss = (typeof LOSSES)[number];

export interface Demand {
  /** Time of the run in which so many threads worked, or would have: entry i has that of i threads, the last one that of more. */
  readonly wantedBy: Float64Array;
  /** Thread time on a CPU. */
  readonly worked: Nanoseconds;
  /** Time of the run in which two threads or more had work, and the thread time on a CPU in it. */
  readonly contested: Nanoseconds;
  readonly contestedWork: Nanoseconds;
  /** Time of the run that mending would give back at most. */
  readonly losses: Readonly<Record<Loss, Nanoseconds>>;
  /** What of the loss by locks fell in times in which Python code ran: whoever got the lock would have waited for the GIL. */
  readonly lockedByPython: Nanoseconds;
  /** Time in which no thread had work: all slept, or waited for others that slept. */
  readonly idle: Nanoseconds;
  readonly serial: readonly SerialSpan[];
  /** Time of native threads on a CPU while no call of a Python thread was there that they could work for. */
  readonly spun: ReadonlyMap<ThreadIndex, Nanoseconds>;
}

const MOST_COUNTED = 256;

const {
  Unknown,
  RunningGil,
  Running,
  HoldingOffCpu,
  WaitingGil,
  WaitingLock,
  Preempted,
  OffCpu,
  OnCpu
} = ThreadState;

/**
 * @param cpus that the program may use at a time
 * @param workers threads that are part of the work: while one of them sleeps, another is not called alone
 */
export function demandOf(
  columns: RunColumns,
  cpus: number,
  workers: ReadonlySet<ThreadIndex>
): Demand {
  const locks = new LockCursor(columns);
  const count = new DemandCount(cpus);
  const spins = new SpinCount(columns, workers);
  const sleepers = sleepingHolders(columns);
  let last = columns.begin;
  sweepStates(columns.tracks, (thread, time, from, to) => {
    if (time > last) {
      count.pass(last, time);
      spins.pass(time - last);
      last = time;
    }
    const lock = to === WaitingLock ? locks.at(thread, time) : undefined;
    count.change(
      thread,
      countedAs(from, sleepers.has(thread)),
      countedAs(to, sleepers.has(thread)),
      lock,
      workers.has(thread)
    );
    spins.change(thread, from, to);
  });
  return { ...count.demand(), spun: spins.times };
}

/** A holder that sleeps wants no CPU. */
function countedAs(state: number, sleepsHolding: boolean): number {
  return sleepsHolding && state === HoldingOffCpu ? OffCpu : state;
}

/** Threads by what they do now, and sums of time. */
class DemandCount {
  constructor(private readonly cpus: number) {}

  change(
    thread: ThreadIndex,
    from: number,
    to: number,
    lock: LockKind | undefined,
    isWorker: boolean
  ): void {
    if (from === WaitingLock) {
      this.locked(this.lockOf.get(thread), -1);
      this.lockOf.delete(thread);
    } else if (from !== ABSENT) {
      this.states[from]--;
    }
    if (from === OffCpu && isWorker) {
      this.asleep--;
    }
    if (to === WaitingLock) {
      this.lockOf.set(thread, lock);
      this.locked(lock, 1);
    } else if (to !== ABSENT) {
      this.states[to]++;
    }
    if (to === OffCpu && isWorker) {
      this.asleep++;
    }
    if (isWorking(from)) {
      this.working.delete(thread);
    }
    if (isWorking(to)) {
      this.working.add(thread);
    }
  }

  private locked(kind: LockKind | undefined, one: 1 | -1): void {
    if (kind === LockKind.Lock) {
      this.lockers += one;
    } else if (kind === LockKind.QueueGet || kind === LockKind.QueuePut) {
      this.queuers += one;
    }
  }

  /** Nothing changes between two instants. */
  pass(start: Nanoseconds, end: Nanoseconds): void {
    const duration = end - start;
    const { states, lockers, cpus } = this;
    const working = states[Running] + states[RunningGil] + states[OnCpu];
    const ready = states[Preempted] + states[HoldingOffCpu];
    const own = working + ready + states[WaitingGil] + lockers;
    // Who waits for an empty queue could work if somebody filled it.
    const queuers = own > 0 ? this.queuers : 0;
    const wanted = own + queuers;
    this.wantedBy[Math.min(wanted, MOST_COUNTED)] += duration;
    this.worked += working * duration;
    // A thread of which nothing is known may have worked.
    if (wanted === 0 && states[Unknown] === 0) {
      this.idle += duration;
    }
    if (wanted >= 2) {
      this.contested += duration;
      this.contestedWork += working * duration;
    }
    const [thread] = this.working;
    const alone = working === 1 && wanted === 1 && this.asleep === 0;
    this.serial.pass(start, end, alone ? thread : undefined);
    if (working < Math.min(wanted, cpus)) {
      this.loseCapacity(duration, working, wanted, queuers);
    } else if (wanted > cpus) {
      this.crowd(duration, working, wanted);
    }
  }

  /** CPUs were free. */
  private loseCapacity(
    duration: Nanoseconds,
    working: number,
    wanted: number,
    queuers: number
  ): void {
    const { states, lockers, cpus, losses } = this;
    const ready = states[Preempted] + states[HoldingOffCpu];
    const ousted = Math.min(ready, cpus - working);
    // Who waits for a holder without a CPU waits for a CPU.
    const held = states[HoldingOffCpu] > 0 && ousted > 0;
    const waiting = states[WaitingGil];
    const gil = held ? 0 : waiting;
    const machine = ousted + (held ? waiting : 0);
    // Who got its lock, or something from its queue, would have to wait for the GIL with those that do.
    const behindGil = gil > 0 ? lockers + queuers : 0;
    const weights = gil + machine + lockers + queuers;
    if (weights === 0) {
      return;
    }
    // Where nobody works, one of those that wait for each other would.
    const rate =
      working > 0 ? 1 - working / Math.min(wanted, cpus) : 1 - 1 / (1 + wanted);
    const each = (duration * rate) / weights;
    losses.gil += each * (gil + behindGil);
    if (behindGil === 0) {
      losses.lock += each * lockers;
      losses.queue += each * queuers;
      this.lockedByPython += states[RunningGil] > 0 ? each * lockers : 0;
    }
    losses.machine +=
      working > 0 ? each * machine : (duration / weights) * machine;
  }

  /** All CPUs were busy with the program's own threads. */
  private crowd(duration: Nanoseconds, working: number, wanted: number): void {
    const { states, cpus, losses } = this;
    const inverted = states[HoldingOffCpu] > 0 && states[WaitingGil] > 0;
    // Each instant is charged once: who waits for the holder would have a CPU no sooner if there were more of them.
    const behind = inverted ? states[HoldingOffCpu] + states[WaitingGil] : 0;
    const others = 1 - behind / Math.max(1, wanted - working);
    losses.cpus += duration * (1 - cpus / wanted) * Math.max(0, others);
    losses.inversion += inverted ? duration : 0;
  }

  demand(): Omit<Demand, 'spun'> {
    const { wantedBy, worked, contested, contestedWork, idle } = this;
    const { losses, lockedByPython } = this;
    return {
      wantedBy,
      worked,
      contested,
      contestedWork,
      losses,
      lockedByPython,
      idle,
      serial: this.serial.spans()
    };
  }

  readonly wantedBy = new Float64Array(MOST_COUNTED + 1);
  worked = 0;
  contested = 0;
  contestedWork = 0;
  idle = 0;
  readonly losses: Record<Loss, Nanoseconds> = {
    gil: 0,
    lock: 0,
    queue: 0,
    cpus: 0,
    machine: 0,
    inversion: 0
  };
  lockedByPython = 0;

  private readonly states = new Int32Array(STATES);
  private readonly lockOf = new Map<ThreadIndex, LockKind | undefined>();
  private readonly working = new Set<ThreadIndex>();
  private lockers = 0;
  private queuers = 0;
  /** Workers that sleep. */
  private asleep = 0;
  private readonly serial = new SerialSpans();
}

const STATES = Object.keys(ThreadState).length;

function isWorking(state: number): boolean {
  return state === RunningGil || state === Running || state === OnCpu;
}
