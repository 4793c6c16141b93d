/**
 * A small model of CPython's GIL over glibc's condition variables, with threads that take and drop it at random. It knows
 * who holds the GIL when, and makes the calls of futex(2) that the kernel would see. Times are in ns.
 */
import { RecordKind } from '../../perfdata/records';
import type { Row } from './batches';

export const PID = 700;
export const GIL = 0x7f00_0000_0000;
export const SWITCH_INTERVAL = 5_000_000;

const MICROSECOND = 1000;

export interface SimulatedFutexes {
  rows: Row[];
  /** Truth, in order of time. */
  holds: { thread: number; start: number; end: number }[];
  /** Truth: from the first sleep of a request to the take. */
  waits: { thread: number; start: number; end: number }[];
  /** Truth: switch intervals after which a waiter found the GIL still locked. */
  rounds: number;
  end: number;
}

type Doing = 'free' | 'holding' | 'sleeping' | 'signalled' | 'yielding';

interface Thread {
  tid: number;
  doing: Doing;
  /** When it does what comes next. */
  next: number;
  /** Start of its wait, or of its hold. */
  since: number;
  /** Start of its present round. */
  round: number;
}

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function simulateFutexes(
  seed: number,
  count: number,
  until: number
): SimulatedFutexes {
  return new Model(seed, count).run(until);
}

class Model {
  constructor(seed: number, count: number) {
    this._random = randomFrom(seed);
    this._threads = Array.from({ length: count }, (_, index) => ({
      tid: PID + index,
      doing: 'free',
      next: this._between(0, 2000),
      since: 0,
      round: 0
    }));
  }

  run(until: number): SimulatedFutexes {
    for (;;) {
      const thread = this._threads.reduce((first, other) =>
        other.next < first.next ? other : first
      );
      this._now = Math.max(this._now, thread.next);
      if (this._now >= until) {
        break;
      }
      this._step(thread);
    }
    if (this._holder !== undefined) {
      const { tid, since } = this._holder;
      this._holds.push({ thread: tid, start: since, end: until });
    }
    this._rows.sort((a, b) => a.time - b.time);
    const { _rows: rows, _holds: holds, _waits: waits } = this;
    return { rows, holds, waits, rounds: this._rounds, end: until };
  }

  private _step(thread: Thread): void {
    switch (thread.doing) {
      case 'free':
        this._switch(thread, RecordKind.SwitchIn);
        this._request(thread);
        break;
      case 'holding':
        this._release(thread);
        break;
      case 'sleeping':
      case 'signalled':
        this._wake(thread);
        break;
      case 'yielding':
        this._switch(thread, RecordKind.SwitchIn);
        this._call(thread, 168, WAKE);
        this._request(thread);
        break;
    }
  }

  private _request(thread: Thread): void {
    if (this._holder === undefined) {
      this._take(thread);
    } else {
      thread.since = this._now;
      this._sleep(thread);
    }
  }

  private _sleep(thread: Thread): void {
    this._call(thread, 32 + 40, WAIT);
    this._switch(thread, RecordKind.SwitchOut);
    thread.doing = 'sleeping';
    thread.round = this._now;
    thread.next = this._now + SWITCH_INTERVAL + this._between(1, 60);
    this._queue.push(thread);
  }

  private _wake(thread: Thread): void {
    const timedOut = thread.doing === 'sleeping';
    this._queue = this._queue.filter(other => other !== thread);
    this._switch(thread, RecordKind.SwitchIn);
    this._now += this._between(1, 3);
    if (this._holder === undefined) {
      const { tid, since } = thread;
      this._take(thread);
      this._waits.push({ thread: tid, start: since, end: this._now });
      this._call(thread, 80, WAKE);
      return;
    }
    this._call(thread, 80, WAKE);
    if (timedOut) {
      this._rounds++;
      // The holder looks at its next instruction, or when its call returns.
      const holder = this._holder;
      const seen = this._now + this._between(1, 300);
      holder.next = Math.min(holder.next, seen);
      this._asked = true;
    }
    this._now += this._between(1, 4);
    this._sleep(thread);
  }

  private _take(thread: Thread): void {
    this._holder = thread;
    thread.doing = 'holding';
    thread.since = this._now;
    // Many short holds, some long ones.
    const longest = this._random() < 0.3 ? 12_000 : 200;
    thread.next = this._now + this._between(30, longest);
    this._asked = false;
    const yielding = this._yielding;
    if (yielding !== undefined) {
      this._call(thread, 120 + 40, WAKE);
      yielding.next = this._now + this._between(2, 60);
      this._yielding = undefined;
    }
  }

  private _release(thread: Thread): void {
    this._holds.push({
      thread: thread.tid,
      start: thread.since,
      end: this._now
    });
    this._holder = undefined;
    const first = this._queue.shift();
    if (first !== undefined) {
      this._call(thread, 32 + 40, WAKE);
      first.doing = 'signalled';
      first.next = this._now + this._between(2, 60);
    }
    if (this._asked && this._yielding === undefined) {
      this._now += MICROSECOND;
      this._call(thread, 120 + 40, WAIT);
      thread.doing = 'yielding';
      thread.next = Infinity;
      this._yielding = thread;
    } else {
      thread.doing = 'free';
      thread.next = this._now + this._between(30, 8000);
    }
    this._switch(thread, RecordKind.SwitchOut);
  }

  private _call({ tid }: Thread, place: number, op: number): void {
    this._rows.push({
      kind: RecordKind.Sample,
      time: this._now,
      pid: PID,
      tid,
      cpu: tid - PID,
      site: 'futex',
      args: [202, GIL + place, op]
    });
  }

  private _switch({ tid }: Thread, kind: RecordKind): void {
    this._rows.push({ kind, time: this._now, pid: PID, tid, cpu: tid - PID });
  }

  /** A time between two numbers of microseconds. */
  private _between(least: number, most: number): number {
    return Math.round(MICROSECOND * (least + this._random() * (most - least)));
  }

  private readonly _random: () => number;
  private readonly _threads: Thread[];
  private _now = 0;
  private _holder: Thread | undefined;
  private _yielding: Thread | undefined;
  private _asked = false;
  private _queue: Thread[] = [];
  private readonly _rows: Row[] = [];
  private readonly _holds: SimulatedFutexes['holds'] = [];
  private readonly _waits: SimulatedFutexes['waits'] = [];
  private _rounds = 0;
}

const WAIT = 128 + 9;
const WAKE = 128 + 1;
