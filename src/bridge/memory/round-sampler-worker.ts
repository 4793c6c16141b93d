/**
 * Reads, a thousand times a second, who has each GIL and where that thread stands, and what the others do: from the
 * memory of the process and from /proc/PID/task/TID. It runs in a thread of its own: nothing else may delay a round.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { TaskReader } from '../../core/cpython/asyncio-tasks';
import { CodeTable } from '../../core/cpython/code-table';
import { StackReader } from '../../core/cpython/stack-reader';
import { RUNNING } from '../../core/threads/sampled/activity';
import { NOBODY, SOMEBODY } from '../../core/threads/sampled/batch';
import type { Address, Nanoseconds } from '../../core/units';
import { CodeStacks } from './code-stacks';
import { preferThisThread, wakeAtOwnTimes } from './prefer-thread';
import { ProcessMemory } from './process-memory';
import { RandomTimes } from './random-times';
import { RoundBudget } from './round-budget';
import { PERIODS, STOP, type RoundMessage, type RoundOrders } from './rounds';
import { SampledBatches } from './sampled-batches';
import { ThreadReader } from './thread-reader';
import type { WatchedGil } from './watched-gils';
import { WatchedThreads, type WatchedThread } from './watched-threads';

/** Rounds between two messages. */
const MESSAGE_ROUNDS = 50;

/** Rounds between two looks at the list of threads if their number stays, and at whether codes are still what they were. */
const LIST_ROUNDS = 20;
const REVALIDATE_ROUNDS = 100;

class RoundSampler {
  constructor(private readonly _orders: RoundOrders) {
    const { pid, layout, runtime, gil, control, cpus } = _orders;
    this._memory = new ProcessMemory(pid);
    const read = this._memory.readInto;
    this._codes = new CodeTable(read, layout);
    const reader = new StackReader(read, layout, runtime);
    this._stacks = new CodeStacks(
      this._codes,
      new TaskReader(read, layout),
      () => undefined
    );
    this._threads = new WatchedThreads(
      pid,
      this._memory,
      layout,
      reader,
      this._batches,
      gil
    );
    this._readThread = new ThreadReader(
      this._threads,
      reader,
      this._stacks,
      this._batches,
      _orders.depth,
      _orders.futex,
      () => this._now()
    );
    this._budget = new RoundBudget(cpus);
    this._times = new RandomTimes(this._now(), _orders.period);
    this._control = new Int32Array(control);
  }

  /** Samples until it is told to stop. */
  run(): void {
    while (Atomics.load(this._control, STOP) === 0) {
      this._round();
      if (
        this._rounds % MESSAGE_ROUNDS === 1 ||
        this._batches.isFull(this._threads.all.length + LIST_ROUNDS)
      ) {
        this._send(false);
      }
      const periods = Math.max(1, Atomics.load(this._control, PERIODS));
      if (periods !== this._periods) {
        this._periods = periods;
        this._times.usePeriod(periods * this._orders.period, this._now());
      }
      const now = this._now();
      const next = this._times.after(now);
      Atomics.wait(this._control, STOP, 0, (next - now) / 1e6);
    }
    this._send(true);
    this._threads.close();
    this._memory.close();
  }

  private _round(): void {
    const start = this._now();
    this._listed = false;
    if (this._rounds % LIST_ROUNDS === 0 || this._threads.haveChanged(start)) {
      this._list(start);
    }
    if (this._rounds % REVALIDATE_ROUNDS === 0) {
      this._codes.revalidate();
    }
    this._rounds++;
    this._batches.rounds++;
    for (const gil of this._threads.gils) {
      this._readHolder(gil);
    }
    const from = this._now();
    const count = Math.min(this._threads.all.length, this._budget.threads);
    for (let read = 0; read < count; read++) {
      this._readNext();
    }
    this._budget.spent(this._now() - from, count);
  }

  private _readHolder(gil: WatchedGil): void {
    const time = this._now();
    if (!gil.read()) {
      return;
    }
    const { locked, holder, turn } = gil;
    if (!locked) {
      this._batches.holder(time, gil.index, NOBODY, true, -1);
      return;
    }
    const thread = holder === 0 ? undefined : this._threadOf(holder);
    if (thread === undefined) {
      this._batches.holder(time, gil.index, SOMEBODY, true, -1);
      return;
    }
    const running = thread.files.call === RUNNING;
    const { stack } = this._readThread.readStack(thread, holder);
    // What was read of it is of its hold only if that lasted meanwhile.
    const same = gil.read() && gil.locked && gil.turn === turn;
    this._batches.holder(
      time,
      gil.index,
      thread.index,
      running || !same,
      same ? stack : -1
    );
  }

  /** Whose call could be read just now. It may be new since the list was made, or have ended since. */
  private _threadOf(state: Address): WatchedThread | undefined {
    const thread = this._threads.userOf(state);
    if (thread?.files.readCall()) {
      return thread;
    }
    if (this._listed) {
      return undefined;
    }
    this._list(this._now());
    const listed = this._threads.userOf(state);
    return listed?.files.readCall() ? listed : undefined;
  }

  private _list(now: Nanoseconds): void {
    this._listed = true;
    this._threads.list(now);
  }

  /** The next thread in turn. Each turn has another order: no rhythm of the program meets the same one always. */
  private _readNext(): void {
    if (this._turn.length === 0) {
      this._budget.turnEnds(this._runningInTurn);
      this._runningInTurn = 0;
      this._turn.push(...this._threads.all);
      shuffle(this._turn);
    }
    const thread = this._turn.pop();
    if (thread === undefined || thread.ended) {
      return;
    }
    if (this._readThread.read(thread) === 'gone') {
      this._threads.remove(thread, this._now());
    } else if (!thread.asleep) {
      this._runningInTurn++;
    }
  }

  private _send(done: boolean): void {
    const message: RoundMessage = {
      batch: this._batches.take(),
      stacks: this._stacks.takeNew(),
      cpuNs: ownCpuTime() - this._cpuBefore,
      problem: this._threads.problem,
      done
    };
    parentPort?.postMessage(message);
  }

  private _now(): Nanoseconds {
    return Number(process.hrtime.bigint() - this._orders.origin);
  }

  /** What loading this code took counts before the run. */
  private readonly _cpuBefore = ownCpuTime();
  private readonly _memory: ProcessMemory;
  private readonly _codes: CodeTable;
  private readonly _stacks: CodeStacks;
  private readonly _batches = new SampledBatches();
  private readonly _threads: WatchedThreads;
  private readonly _readThread: ThreadReader;
  private readonly _budget: RoundBudget;
  private readonly _times: RandomTimes;
  private readonly _control: Int32Array;
  private _periods = 1;
  private _rounds = 0;
  /** Whether the list of threads was made in this round. */
  private _listed = false;
  /** Threads that are not read yet in this turn, and how many of those read were awake. */
  private readonly _turn: WatchedThread[] = [];
  private _runningInTurn = 0;
}

/** Fisher and Yates. */
function shuffle(threads: WatchedThread[]): void {
  for (let i = threads.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [threads[i], threads[j]] = [threads[j], threads[i]];
  }
}

/** Time that this thread has spent on a CPU; 0 where the kernel does not tell. */
function ownCpuTime(): Nanoseconds {
  try {
    return Number(
      readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]
    );
  } catch {
    return 0;
  }
}

preferThisThread();
wakeAtOwnTimes();
new RoundSampler(workerData as RoundOrders).run();
