/**
 * A small model of CPython's GIL (take_gil and drop_gil of Python/ceval_gil.h, 3.11) with threads that take
 * and drop it at random. It knows who holds the GIL when, and stamps the probes' events as a capture
 * does: a request before the mutex is locked, a drop some time after the unlock.
 */
import { RecordKind } from '../../perfdata/records';
import { STORE_IPS, type Row, type SiteName } from './batches';

export const PID = 500;

export interface SimulatorOptions {
  seed: number;
  threads: number;
  /** Holds in all. */
  holds: number;
  /** Longest time between an unlock and the stamp of the drop, on the CPU, in ns. */
  maxDropDelay: number;
  /** Probability that a thread is pushed off its CPU between the unlock and the stamp. */
  preemptedDrops: number;
  /** Probability that a thread is pushed off its CPU between its request and the GIL's mutex. */
  preemptedRequests?: number;
  /** Whether each timed wait has an event of its own. */
  waitSite?: boolean;
  /** Whether watchpoints on the GIL have events, too. */
  watchpoints?: boolean;
  /** Probability that a thread that sleeps without the GIL waits for a lock. */
  lockWaits?: number;
  /** Process of the threads, and number of the first one; default: PID. */
  pid?: number;
  firstTid?: number;
  /** Their interpreter and its GIL; default: not told. */
  interp?: number;
  gil?: number;
  /** Records before this time are not in the capture. */
  recordedFrom: number;
}

export interface Simulated {
  rows: Row[];
  /** Truth: in order of time, within the capture. */
  holds: { thread: number; start: number; end: number }[];
  /** Truth: waits for a lock, in order of time. */
  lockWaits: { thread: number; start: number; end: number }[];
  /** Truth: per thread, time with the GIL, and that part of it spent off the CPU. */
  heldNs: number[];
  heldOffCpuNs: number[];
  forcedSwitches: number;
  /**
   * Sum of all differences between what happened and the first event that tells of it. Nobody can tell of a
   * thread that is preempted between unlock and stamp, unless a waiter's wake does.
   */
  displacement: number;
  end: number;
}

/** Switch interval: short, so that waiters time out often. */
const INTERVAL = 400;

type Doing = 'free' | 'entering' | 'sleeping' | 'holding' | 'yielding';

interface Thread {
  index: number;
  doing: Doing;
  /** When its next step is due. */
  next: number;
  acquired: number;
}

export function simulate(options: SimulatorOptions): Simulated {
  const random = generator(options.seed);
  const between = (low: number, high: number): number =>
    low + Math.floor(random() * (high - low + 1));
  const { pid = PID, firstTid = pid, interp = 0, gil = 0 } = options;
  const rows: Row[] = [];
  const holds: Simulated['holds'] = [];
  const lockWaits: Simulated['lockWaits'] = [];
  const offCpu: { thread: number; start: number; end: number }[] = [];
  const threads: Thread[] = Array.from(
    { length: options.threads },
    (_, index) => ({ index, doing: 'free', next: between(1, 500), acquired: 0 })
  );
  let holder: Thread | undefined;
  let lastHolder: Thread | undefined;
  let dropRequested = false;
  let displacement = 0;
  let forcedSwitches = 0;
  const unstamped: { unlocked: number; preempted: boolean; known: number }[] =
    [];

  const emit = (
    thread: Thread,
    time: number,
    what: SiteName | RecordKind,
    args: number[] = []
  ): void => {
    const row = {
      time,
      pid,
      tid: firstTid + thread.index,
      cpu: thread.index % 4,
      args
    };
    rows.push(
      typeof what === 'string'
        ? { ...row, kind: RecordKind.Sample, site: what }
        : { ...row, kind: what }
    );
  };
  const stateOf = (thread: Thread): number =>
    0x5500_0000_0000 + firstTid + thread.index;
  const away = (
    thread: Thread,
    start: number,
    end: number,
    preempted: boolean
  ): void => {
    emit(
      thread,
      start,
      preempted ? RecordKind.SwitchOutPreempted : RecordKind.SwitchOut
    );
    emit(thread, end, RecordKind.SwitchIn);
    offCpu.push({ thread: thread.index, start, end });
  };

  const write = (
    thread: Thread,
    time: number,
    word: SiteName,
    what: keyof typeof STORE_IPS
  ): void => {
    if (options.watchpoints) {
      emit(thread, time, word, [STORE_IPS[what]]);
    }
  };

  const acquire = (thread: Thread, time: number): void => {
    if (thread.doing === 'sleeping') {
      // Its wake proves that whoever is off its CPU has unlocked the GIL.
      for (const late of unstamped) {
        if (late.preempted) {
          late.known = Math.min(late.known, time);
        }
      }
    }
    holder = thread;
    if (lastHolder !== thread) {
      lastHolder = thread;
      for (const other of threads) {
        if (other.doing === 'yielding') {
          other.next = Math.max(other.next, time + between(1, 20));
        }
      }
    }
    dropRequested = false;
    write(thread, time, 'gil_word', 'take');
    thread.doing = 'holding';
    thread.acquired = time;
    const length = random() < 0.2 ? between(1, 10) : between(10, 2000);
    thread.next = time + length;
    if (length > 100 && random() < 0.5) {
      const start = between(2, 40);
      away(thread, time + start, time + between(start + 1, 90), random() < 0.5);
    }
  };

  const sleepInWait = (thread: Thread, time: number): void => {
    thread.doing = 'sleeping';
    write(thread, time, 'wait_word', 'join');
    if (options.waitSite && holder) {
      const own = stateOf(thread);
      emit(thread, time, 'wait', [stateOf(holder), 0, 0, gil, own, 0, 0]);
    }
    thread.next = time + INTERVAL;
    emit(thread, time + 1, RecordKind.SwitchOut);
  };

  const drop = (thread: Thread, time: number): void => {
    holder = undefined;
    write(thread, time, 'gil_word', 'drop');
    holds.push({ thread: thread.index, start: thread.acquired, end: time });
    const waiters = threads.filter(
      other => other.doing === 'sleeping' && other.next > time + 60
    );
    if (waiters.length > 0) {
      write(thread, time, 'wait_word', 'signal');
      const woken = waiters[between(0, waiters.length - 1)];
      woken.next = time + between(2, 60);
    }
    let stamp = time + between(0, options.maxDropDelay);
    const preempted = random() < options.preemptedDrops;
    if (preempted) {
      // It leaves the CPU where its stamp would have been made.
      const back = stamp + 2 + between(50, 1500);
      away(thread, stamp + 1, back, true);
      stamp = back + 1;
    }
    unstamped.push({ unlocked: time, preempted, known: stamp });
    emit(thread, stamp, 'drop');
    if (dropRequested) {
      thread.doing = 'yielding';
      // Decided when the thread gets there: another may have taken it meanwhile.
      thread.next = stamp + 1;
      yieldAt.set(thread, stamp + 1);
    } else {
      rest(thread, stamp);
    }
  };
  const yieldAt = new Map<Thread, number>();

  const rest = (thread: Thread, time: number): void => {
    thread.doing = 'free';
    const long = random() < 0.5;
    thread.next = time + (long ? between(50, 3000) : between(1, 20));
    if (long && random() < 0.5) {
      const start = time + between(1, 10);
      const end = time + between(11, 49);
      const { lockWaits: share = 0 } = options;
      if (share > 0 && random() < share) {
        emit(thread, start, 'lock_wait', [0x10c]);
        if (end - start > 2) {
          away(thread, start + 1, end - 1, false);
        }
        emit(thread, end, 'lock_wait_end');
        lockWaits.push({ thread: thread.index, start, end });
      } else {
        away(thread, start, end, random() < 0.5);
      }
    }
  };

  const step = (thread: Thread): void => {
    const time = thread.next;
    switch (thread.doing) {
      case 'free': {
        emit(thread, time, 'request', [stateOf(thread), 0, 0, interp]);
        let entering = between(0, 8);
        const { preemptedRequests = 0 } = options;
        if (preemptedRequests > 0 && random() < preemptedRequests) {
          const back = time + entering + between(50, 1500);
          away(thread, time + entering, back, true);
          entering = back + 1 - time;
        }
        displacement += entering;
        thread.doing = 'entering';
        thread.next = time + entering;
        break;
      }
      case 'entering':
        if (holder) {
          sleepInWait(thread, time);
        } else {
          acquire(thread, time);
        }
        break;
      case 'sleeping': {
        emit(thread, time, RecordKind.SwitchIn);
        const seen = lastHolder ? stateOf(lastHolder) : 0;
        const locked = holder ? 1 : 0;
        emit(thread, time, 'wake', [locked, seen, 0, 0, gil, stateOf(thread)]);
        if (holder) {
          dropRequested = true;
          sleepInWait(thread, time);
        } else {
          acquire(thread, time);
        }
        break;
      }
      case 'holding':
        drop(thread, time);
        break;
      case 'yielding': {
        const reached = yieldAt.get(thread);
        if (reached !== undefined && time >= reached) {
          yieldAt.delete(thread);
          if (lastHolder !== thread) {
            thread.doing = 'free';
            thread.next = time + 1;
            break;
          }
          emit(thread, time, 'yield');
          write(thread, time, 'yield_word', 'join');
          forcedSwitches++;
          thread.next = Infinity;
          yielded.add(thread);
        } else if (yielded.delete(thread)) {
          emit(thread, time, 'yield_end');
          thread.doing = 'free';
          thread.next = time + between(1, 5);
        }
        break;
      }
      default:
    }
  };
  const yielded = new Set<Thread>();

  let end = 0;
  while (holds.length < options.holds) {
    // A thread that yields sleeps until another has taken the GIL.
    for (const thread of yielded) {
      if (lastHolder !== thread && thread.next === Infinity) {
        thread.next = end + between(1, 20);
      }
    }
    let first = threads[0];
    for (const thread of threads) {
      if (thread.next < first.next) {
        first = thread;
      }
    }
    if (first.next === Infinity) {
      break;
    }
    end = Math.max(end, first.next);
    step(first);
  }

  return {
    ...cut(rows, holds, offCpu, options),
    lockWaits,
    forcedSwitches,
    displacement: unstamped.reduce(
      (sum, { unlocked, known }) => sum + known - unlocked,
      displacement
    ),
    end
  };
}

/** Leaves out what was before the capture or after the end of the last hold. */
function cut(
  rows: Row[],
  holds: Simulated['holds'],
  offCpu: Simulated['holds'],
  { recordedFrom, threads }: SimulatorOptions
): Pick<Simulated, 'rows' | 'holds' | 'heldNs' | 'heldOffCpuNs'> {
  const kept = holds
    .map(hold => ({ ...hold, start: Math.max(hold.start, recordedFrom) }))
    .filter(hold => hold.start < hold.end);
  const heldNs = new Array<number>(threads).fill(0);
  const heldOffCpuNs = new Array<number>(threads).fill(0);
  for (const { thread, start, end } of kept) {
    heldNs[thread] += end - start;
  }
  for (const away of offCpu) {
    for (const hold of kept) {
      if (hold.thread === away.thread) {
        heldOffCpuNs[away.thread] += Math.max(
          0,
          Math.min(away.end, hold.end) - Math.max(away.start, hold.start)
        );
      }
    }
  }
  return {
    // Array.sort is stable: rows of one time stay in the order in which they were made.
    rows: rows
      .filter(row => row.time >= recordedFrom)
      .sort((a, b) => a.time - b.time),
    holds: kept,
    heldNs,
    heldOffCpuNs
  };
}

/** Mulberry32, a small generator of random numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
