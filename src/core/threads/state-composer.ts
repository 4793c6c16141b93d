/**
 * The layers of a thread's track, put together as one state per instant while records come in: what is
 * settled is composed, and the layers forget it, so that nothing is kept twice.
 */
import type { Nanoseconds } from '../units';
import type { StateTimes } from './bucket-times';
import type { OpenPhases } from './open-phases';
import { ThreadState } from './states';
import { StepTrack } from './step-track';
import { CpuPhase, GilPhase, LockPhase } from './phases';

/** State by GilPhase (row) and CpuPhase (column: unknown, on, preempted, off). */
const STATES: readonly (readonly ThreadState[])[] = [
  [
    ThreadState.Unknown,
    ThreadState.Unknown,
    ThreadState.Unknown,
    ThreadState.Unknown
  ],
  [
    ThreadState.Unknown,
    ThreadState.Running,
    ThreadState.Preempted,
    ThreadState.OffCpu
  ],
  [
    ThreadState.WaitingGil,
    ThreadState.WaitingGil,
    ThreadState.WaitingGil,
    ThreadState.WaitingGil
  ],
  [
    ThreadState.Unknown,
    ThreadState.RunningGil,
    ThreadState.HoldingOffCpu,
    ThreadState.HoldingOffCpu
  ],
  [
    ThreadState.Unknown,
    ThreadState.OnCpu,
    ThreadState.Preempted,
    ThreadState.OffCpu
  ]
];

/**
 * State by GilPhase where scheduler states were not recorded. The last one stands for "not recorded" until
 * the holds are known that waiters saw (known-holds.ts).
 */
const GIL_STATES: readonly ThreadState[] = [
  ThreadState.Unknown,
  ThreadState.NoGil,
  ThreadState.WaitingGil,
  ThreadState.RunningGil,
  ThreadState.OnCpu
];

const CPU_PHASES = 4;
const LOCK_PHASES = 2;

/** The state of each combination of phases, in one table: it is looked up for each step. */
function stateTable(schedulerStates: boolean): Uint8Array {
  const table = new Uint8Array(STATES.length * CPU_PHASES * LOCK_PHASES);
  for (let gil = 0; gil < STATES.length; gil++) {
    for (let cpu = 0; cpu < CPU_PHASES; cpu++) {
      const state = schedulerStates ? STATES[gil][cpu] : GIL_STATES[gil];
      // The thread has dropped the GIL before it waits for the lock. Native code may keep it: then it holds.
      const waits = gil !== GilPhase.Holding && gil !== GilPhase.Waiting;
      const at = (gil * CPU_PHASES + cpu) * LOCK_PHASES;
      table[at + LockPhase.None] = state;
      table[at + LockPhase.Waiting] = waits ? ThreadState.WaitingLock : state;
    }
  }
  return table;
}

/** Steps of a layer that are kept though they are settled: a late drop may ask where its thread was. */
const KEPT_STEPS = 64;
const MOST_STEPS = 2048;

export interface Layers {
  readonly gilTrack: StepTrack;
  readonly cpuTrack: StepTrack;
  readonly lockTrack: StepTrack;
}

export class StateComposer {
  constructor(
    private readonly _layers: Layers,
    private readonly _schedulerStates: boolean
  ) {
    const begin = _layers.gilTrack.start[0];
    this._track = new StepTrack(begin, ThreadState.Unknown);
    this._until = begin;
  }

  /**
   * Composes what is settled, if it is much: all before the last step of the GIL's layer, the only one that
   * may still change.
   */
  settle(): void {
    const { gilTrack, cpuTrack, lockTrack } = this._layers;
    if (
      gilTrack.length < MOST_STEPS &&
      (cpuTrack.length < MOST_STEPS || gilTrack.lastStart <= this._until)
    ) {
      return;
    }
    const until = gilTrack.lastStart;
    this._compose(until);
    for (const track of [gilTrack, cpuTrack, lockTrack]) {
      track.forget(track.indexAt(until) - KEPT_STEPS);
    }
  }

  /** Of the time in HoldingOffCpu that is settled: when the thread slept; else it was robbed of its CPU. */
  get heldAsleepNs(): Nanoseconds {
    return this._heldAsleep;
  }

  /** The whole track up to `end`. No settling is possible after it. */
  finish(end: Nanoseconds): StepTrack {
    this._compose(end);
    return this._track;
  }

  /**
   * Tells the states from `from` to `until`, and changes nothing.
   *
   * @param open what is not settled yet
   */
  tell(
    from: Nanoseconds,
    until: Nanoseconds,
    open: OpenPhases,
    times: StateTimes
  ): void {
    const { length, start, value } = this._track;
    const composed = Math.min(until, this._until);
    let step = this._track.indexAt(from);
    let time = Math.max(from, start[0]);
    while (time < composed) {
      const next = step + 1 < length ? start[step + 1] : Infinity;
      times.add(value[step], time, Math.min(next, composed));
      time = next;
      step++;
    }
    this._tellLayers(Math.max(from, this._until), until, open, times);
  }

  private _tellLayers(
    from: Nanoseconds,
    until: Nanoseconds,
    open: OpenPhases,
    times: StateTimes
  ): void {
    const { gilTrack, cpuTrack, lockTrack } = this._layers;
    const states = this._schedulerStates ? WITH_SCHEDULER : WITHOUT_SCHEDULER;
    let time = from;
    let gil = gilTrack.indexAt(time);
    let cpu = this._schedulerStates
      ? cpuTrack.indexAt(time)
      : cpuTrack.length - 1;
    let lock = lockTrack.indexAt(time);
    let guessed = -1;
    while (time < until) {
      while (guessed + 1 < open.length && open.start[guessed + 1] <= time) {
        guessed++;
      }
      const gilPhase = guessed < 0 ? gilTrack.value[gil] : open.phase[guessed];
      const told = open.cpu < 0 || cpu + 1 < cpuTrack.length;
      const phases =
        gilPhase * CPU_PHASES + (told ? cpuTrack.value[cpu] : open.cpu);
      const nextGil =
        gil + 1 < gilTrack.length ? gilTrack.start[gil + 1] : Infinity;
      const nextCpu =
        cpu + 1 < cpuTrack.length ? cpuTrack.start[cpu + 1] : Infinity;
      const nextLock =
        lock + 1 < lockTrack.length ? lockTrack.start[lock + 1] : Infinity;
      const nextOpen =
        guessed + 1 < open.length ? open.start[guessed + 1] : Infinity;
      const next = Math.min(nextGil, nextCpu, nextLock, nextOpen);
      const state = states[phases * LOCK_PHASES + lockTrack.value[lock]];
      times.add(state, time, Math.min(next, until));
      time = next;
      if (nextGil === time) {
        gil++;
      }
      if (nextCpu === time) {
        cpu++;
      }
      if (nextLock === time) {
        lock++;
      }
    }
  }

  private _compose(until: Nanoseconds): void {
    const { gilTrack, cpuTrack, lockTrack } = this._layers;
    const states = this._schedulerStates ? WITH_SCHEDULER : WITHOUT_SCHEDULER;
    let time = this._until;
    let gil = gilTrack.indexAt(time);
    // Without the scheduler the CPU's steps make no difference: only the last one is looked at.
    let cpu = this._schedulerStates
      ? cpuTrack.indexAt(time)
      : cpuTrack.length - 1;
    let lock = lockTrack.indexAt(time);
    const track = this._track;
    while (time < until) {
      const phases = gilTrack.value[gil] * CPU_PHASES + cpuTrack.value[cpu];
      const state = states[phases * LOCK_PHASES + lockTrack.value[lock]];
      const asleep = cpuTrack.value[cpu] === CpuPhase.Off;
      const from = time;
      track.append(time, state);
      const nextGil =
        gil + 1 < gilTrack.length ? gilTrack.start[gil + 1] : Infinity;
      const nextCpu =
        cpu + 1 < cpuTrack.length ? cpuTrack.start[cpu + 1] : Infinity;
      const nextLock =
        lock + 1 < lockTrack.length ? lockTrack.start[lock + 1] : Infinity;
      time = Math.min(nextGil, nextCpu, nextLock);
      if (asleep && state === ThreadState.HoldingOffCpu) {
        this._heldAsleep += Math.min(time, until) - from;
      }
      if (nextGil === time) {
        gil++;
      }
      if (nextCpu === time) {
        cpu++;
      }
      if (nextLock === time) {
        lock++;
      }
    }
    this._until = until;
  }

  private readonly _track: StepTrack;
  private _heldAsleep: Nanoseconds = 0;
  /** The track is composed up to here. */
  private _until: Nanoseconds;
}

const WITH_SCHEDULER = stateTable(true);
const WITHOUT_SCHEDULER = stateTable(false);
