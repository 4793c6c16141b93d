/**
 * Runs the programmes of threads on so many CPUs under a GIL as CPython's (Python/ceval_gil.c, 3.8 to 3.13):
 *
 * - Who finds the GIL free takes it. Who does not, waits on its condition for a switch interval at a time; if nobody else has
 *   taken it meanwhile, the holder is asked to drop it. It does so where it runs Python, not in a call.
 * - A drop wakes one waiter, which needs some time until it is there. Who asks sooner, the thread that dropped it too, takes the
 *   GIL before it; but a thread that was asked to drop it waits until another one has taken it (FORCE_SWITCHING).
 *
 * CPUs are shared evenly among threads that have work.
 */
import type { Nanoseconds, ThreadIndex } from '../../units';
import { KeyedHeap } from './keyed-heap';
import { needsGil, Piece, type Workload } from './programme';

export interface Machine {
  /** May be a fraction: a quota. */
  readonly cpus: number;
  /** How fast a CPU is while others of them work, too: they share caches, power and memory. 1: as fast as alone. */
  readonly parallelSpeed: number;
  /** No GIL at all: what needs it runs without. */
  readonly gil: boolean;
  readonly switchInterval: Nanoseconds;
  /** From a drop until the waiter that it wakes can take the GIL. */
  readonly handOff: Nanoseconds;
  /** Whom a drop wakes: who waits longest, or anyone. */
  readonly wakes: 'longest' | 'any';
}

/** What a thread's timer stands for. */
const Timer = { Asleep: 0, Interval: 1, Woken: 2, Yielded: 3 } as const;

const NOBODY = -1;

/**
 * @param mostSteps after which it gives up
 * @returns when the main thread was done; undefined if it never is, or the steps did not suffice
 */
export function simulate(
  workload: Workload,
  machine: Machine,
  mostSteps: number
): { duration: Nanoseconds; steps: number } | undefined {
  return new Simulation(workload, machine).run(mostSteps);
}

class Simulation {
  constructor(
    private readonly _workload: Workload,
    private readonly _machine: Machine
  ) {
    const threads = _workload.programmes.length;
    this._working = new KeyedHeap(threads);
    this._timers = new KeyedHeap(threads);
    this._timer = new Uint8Array(threads);
    this._at = new Int32Array(threads);
    this._left = new Float64Array(threads).fill(NaN);
    this._switchesSeen = new Float64Array(threads);
    this._nextAwaiting = new Int32Array(threads).fill(NOBODY);
    this._firstAwaiting = new Int32Array(_workload.events).fill(NOBODY);
    this._came = new Uint8Array(_workload.events);
    this._ready = Array.from({ length: threads }, (_, i) => threads - 1 - i);
  }

  run(mostSteps: number): ReturnType<typeof simulate> {
    const { _working: working, _timers: timers, _workload: workload } = this;
    const { cpus, parallelSpeed } = this._machine;
    const length = workload.programmes[workload.main].length;
    for (let steps = 1; steps <= mostSteps; steps++) {
      for (
        let thread = this._ready.pop();
        thread !== undefined;
        thread = this._ready.pop()
      ) {
        this._advance(thread);
      }
      if (this._at[workload.main] >= length) {
        return { duration: this._now, steps };
      }
      const count = working.size;
      const speed = Math.min(count, cpus) > 1 ? parallelSpeed : 1;
      const rate = count > cpus ? (speed * cpus) / count : speed;
      const worked = this._now + (working.first - this._virtual) / rate;
      const time = Math.min(worked, timers.first);
      if (time === Infinity) {
        return undefined;
      }
      this._virtual += (time - this._now) * rate;
      this._now = time;
      if (worked <= timers.first) {
        this._virtual = working.first;
        this._next(working.pop());
      } else {
        this._ring(timers.pop());
      }
    }
    return undefined;
  }

  /** The thread's piece is done. */
  private _next(thread: ThreadIndex): void {
    this._at[thread]++;
    this._left[thread] = NaN;
    this._ready.push(thread);
  }

  /** Begins the thread's piece, and goes on until one takes time. */
  private _advance(thread: ThreadIndex): void {
    const { kind, amount, length } = this._workload.programmes[thread];
    const endless = this._workload.endless[thread] === 1;
    const { gil } = this._machine;
    let begunAnew = false;
    for (; ; this._at[thread]++) {
      if (this._at[thread] >= length) {
        // Where a whole round takes no time it would never end.
        if (!endless || begunAnew || length === 0) {
          break;
        }
        begunAnew = true;
        this._at[thread] = 0;
      }
      const at = this._at[thread];
      const what = kind[at];
      if (what === Piece.Signal) {
        this._signal(amount[at]);
        continue;
      }
      const holds = this._holder === thread;
      if (gil && needsGil(what)) {
        if (holds && this._dropWanted) {
          this._drop(thread);
          return;
        }
        if (!holds && !this._request(thread)) {
          return;
        }
      } else if (holds && this._drop(thread)) {
        return;
      }
      if (what === Piece.Await) {
        if (this._came[amount[at]] === 1) {
          continue;
        }
        this._nextAwaiting[thread] = this._firstAwaiting[amount[at]];
        this._firstAwaiting[amount[at]] = thread;
        return;
      }
      const left = this._left[thread];
      const time = left >= 0 ? left : amount[at];
      this._left[thread] = NaN;
      if (time <= 0) {
        continue;
      }
      if (what === Piece.GilAsleep || what === Piece.Asleep) {
        this._timer[thread] = Timer.Asleep;
        this._timers.add(thread, this._now + time);
      } else {
        this._working.add(thread, this._virtual + time);
      }
      return;
    }
    if (this._holder === thread) {
      this._release();
    }
  }

  private _signal(event: number): void {
    this._came[event] = 1;
    let thread = this._firstAwaiting[event];
    this._firstAwaiting[event] = NOBODY;
    for (; thread !== NOBODY; thread = this._nextAwaiting[thread]) {
      this._ready.push(thread);
    }
  }

  /** @returns whether the thread has the GIL now */
  private _request(thread: ThreadIndex): boolean {
    if (this._holder === NOBODY) {
      this._take(thread);
      return true;
    }
    this._wait(thread);
    return false;
  }

  private _wait(thread: ThreadIndex): void {
    this._waiters.push(thread);
    this._switchesSeen[thread] = this._switches;
    this._timer[thread] = Timer.Interval;
    this._timers.add(thread, this._now + this._machine.switchInterval);
  }

  private _take(thread: ThreadIndex): void {
    this._holder = thread;
    this._dropWanted = false;
    if (this._lastHolder !== thread) {
      this._lastHolder = thread;
      this._switches++;
      const { _yielder: yielder } = this;
      if (yielder !== NOBODY) {
        this._yielder = NOBODY;
        this._timer[yielder] = Timer.Yielded;
        this._timers.add(yielder, this._now + this._machine.handOff);
      }
    }
  }

  /** @returns whether the thread must wait until another one has taken the GIL */
  private _drop(thread: ThreadIndex): boolean {
    const forced = this._dropWanted;
    this._release();
    if (forced) {
      this._yielder = thread;
    }
    return forced;
  }

  private _release(): void {
    this._holder = NOBODY;
    if (this._waiters.length > 0) {
      const any = this._machine.wakes === 'any';
      const place = any ? this._lot(this._waiters.length) : 0;
      const [woken] = this._waiters.splice(place, 1);
      this._timers.remove(woken);
      this._timer[woken] = Timer.Woken;
      this._timers.add(woken, this._now + this._machine.handOff);
    }
  }

  /** A thread's timer has run down. */
  private _ring(thread: ThreadIndex): void {
    switch (this._timer[thread]) {
      case Timer.Asleep:
        this._next(thread);
        return;
      case Timer.Yielded:
        this._ready.push(thread);
        return;
      case Timer.Interval:
        this._waiters.splice(this._waiters.indexOf(thread), 1);
        if (
          this._holder !== NOBODY &&
          this._switches === this._switchesSeen[thread]
        ) {
          this._askHolder();
        }
        break;
      default:
    }
    if (this._holder === NOBODY && this._yielder !== thread) {
      this._take(thread);
      this._ready.push(thread);
    } else {
      this._wait(thread);
    }
  }

  /** The holder drops the GIL at once if it runs Python, else when its call is done. */
  private _askHolder(): void {
    const holder = this._holder;
    const { kind } = this._workload.programmes[holder];
    this._dropWanted = true;
    if (kind[this._at[holder]] === Piece.Gil && this._working.has(holder)) {
      this._left[holder] = this._working.keyOf(holder) - this._virtual;
      this._working.remove(holder);
      this._ready.push(holder);
    }
  }

  /** Drawn evenly (Numerical Recipes' generator); the same in each run. */
  private _lot(choices: number): number {
    this._seed = (Math.imul(this._seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this._seed / 2 ** 32) * choices);
  }

  private _now: Nanoseconds = 0;
  /** CPU time that each thread with work has had since the begin. */
  private _virtual: Nanoseconds = 0;
  /** By `_virtual` at which their work is done. */
  private readonly _working: KeyedHeap;
  private readonly _timers: KeyedHeap;
  private readonly _timer: Uint8Array;
  /** Piece of each thread, and what is left of it; NaN: all. */
  private readonly _at: Int32Array;
  private readonly _left: Float64Array;
  /** To be advanced now. */
  private readonly _ready: ThreadIndex[];
  private _holder: ThreadIndex = NOBODY;
  private _lastHolder: ThreadIndex = NOBODY;
  private _dropWanted = false;
  private _switches = 0;
  /** `_switches` when each waiter's interval began. */
  private readonly _switchesSeen: Float64Array;
  private readonly _waiters: ThreadIndex[] = [];
  /** Was asked to drop the GIL, and waits until another one takes it. */
  private _yielder: ThreadIndex = NOBODY;
  /** By event: whether it came, and the threads that wait for it. */
  private readonly _came: Uint8Array;
  private readonly _firstAwaiting: Int32Array;
  private readonly _nextAwaiting: Int32Array;
  private _seed = 1;
}
