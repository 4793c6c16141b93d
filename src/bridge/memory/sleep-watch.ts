/**
 * What threads sleep in, where the scheduler tells only that they do: now and then /proc is asked for their system calls. Ten
 * looks a second tell a pause from a read, which the verdict needs; they are not meant to time either.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { futexCall } from '../../core/threads/sampled/activity';
import { SLEEP_NAMES, SleepKinds } from '../../core/threads/sampled/sleep-kind';
import type { ThreadRecord } from '../../core/threads/result';
import { ThreadState } from '../../core/threads/states';

/** A look takes some 20 us a thread. */
const THREADS_PER_LOOK = 32;

/** 97.5th percentile of the normal distribution. */
const NORMAL_95 = 1.96;

/** As in src/core/threads/sampled/spread.ts: so many events may be missed that are seen once in the mean. */
const MOST_MISSED = 3.689;

export class SleepWatch {
  constructor(private readonly _pid: number) {}

  /** Looks at some of the threads, in turn if they are many. A thread that can't be read is left out. */
  look(): void {
    let tids: number[];
    try {
      tids = readdirSync(`/proc/${this._pid}/task`).map(Number);
    } catch {
      return;
    }
    const count = Math.min(tids.length, THREADS_PER_LOOK);
    for (let i = 0; i < count; i++) {
      this._lookAt(tids[(this._next + i) % tids.length]);
    }
    this._next = (this._next + count) % Math.max(1, tids.length);
  }

  /** The threads, each with what it slept in if that was seen: its time off the CPUs in parts as large as those of the looks. */
  describe(threads: readonly ThreadRecord[]): ThreadRecord[] {
    return threads.map(thread => {
      const seen = thread.pid === this._pid && this._seen.get(thread.tid);
      return seen ? { ...thread, ...sleepTimes(thread, seen) } : thread;
    });
  }

  private _lookAt(tid: number): void {
    let text: string;
    try {
      text = readFileSync(`/proc/${this._pid}/task/${tid}/syscall`, 'utf8');
    } catch {
      return;
    }
    // proc(5): "running", or number and arguments; -1 outside of a call.
    const [call, argument] = text.split(' ', 2).map(Number);
    if (!(call >= 0) || call === this._futex) {
      return;
    }
    let seen = this._seen.get(tid);
    if (seen === undefined) {
      seen = new Float64Array(SLEEP_NAMES.length);
      this._seen.set(tid, seen);
    }
    seen[this._kinds.of(call, argument)]++;
  }

  private readonly _kinds = new SleepKinds(process.arch);
  private readonly _futex = futexCall(process.arch);
  private readonly _seen = new Map<number, Float64Array>();
  private _next = 0;
}

function sleepTimes(
  { statesNs }: ThreadRecord,
  seen: Float64Array
): Pick<ThreadRecord, 'sleepNs' | 'sleepErrorNs'> {
  const asleep = statesNs[ThreadState.OffCpu];
  const looks = seen.reduce((sum, count) => sum + count, 0);
  return {
    sleepNs: seen.map(count => (asleep * count) / looks),
    sleepErrorNs: seen.map(count => {
      const part = count / looks;
      const spread = NORMAL_95 * Math.sqrt((part * (1 - part)) / looks);
      return asleep * Math.min(1, Math.max(spread, MOST_MISSED / looks));
    })
  };
}
