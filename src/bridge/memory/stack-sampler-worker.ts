/**
 * Reads, a thousand times a second, the Python stack of the thread that holds the GIL, and in turn
 * those of the others, from the memory of the process. It runs in a thread of its own: the bridge's main thread
 * is busy for milliseconds at a time when records come in.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { TaskReader } from '../../core/cpython/asyncio-tasks';
import { CodeTable } from '../../core/cpython/code-table';
import { gilOfInterpreter, type GilLocation } from '../../core/cpython/gil';
import { BlockReader } from '../../core/cpython/memory';
import { StackReader } from '../../core/cpython/stack-reader';
import type { Address, Nanoseconds } from '../../core/units';
import { CodeStacks } from './code-stacks';
import { preferThisThread } from './prefer-thread';
import { ProcessMemory } from './process-memory';
import {
  PERIODS,
  STOP,
  type StackSampleMessage,
  type StackSamplerOrders
} from './stack-samples';

/** Rows of a message at most, and rounds between two messages. */
const MESSAGE_ROWS = 512;
const MESSAGE_ROUNDS = 50;

/** Rounds between two looks at the list of threads, and at whether codes are still what they were. */
const LIST_ROUNDS = 20;
const REVALIDATE_ROUNDS = 100;

/** A round may take so much of the time: else rounds become rarer. */
const LARGEST_DUTY = 0.35;

/** Rounds with one holder after which it is asked whether it runs at all; and then each so many. */
const STUCK_ROUNDS = 5;

/** Code objects that are remembered as told: beyond these they are told again. */
const MOST_ANNOUNCED = 20_000;

/** One GIL, and for how long the same thread has had it. */
interface WatchedGil extends GilLocation {
  holder: Address;
  turn: number;
  rounds: number;
}

class StackSampler {
  constructor(private readonly _orders: StackSamplerOrders) {
    const { pid, layout, runtime, gil, control } = _orders;
    this._memory = new ProcessMemory(pid);
    const read = this._memory.readInto;
    this._codes = new CodeTable(read, layout);
    this._stacks = new CodeStacks(
      this._codes,
      new TaskReader(read, layout),
      (code, instruction) => this._announce(code, instruction)
    );
    this._reader = new StackReader(read, layout, runtime);
    this._words = new BlockReader(read, 8);
    this._control = new Int32Array(control);
    this._watch(gil);
  }

  /** Samples until it is told to stop. */
  run(): void {
    const { period } = this._orders;
    const began = this._now();
    while (Atomics.load(this._control, STOP) === 0) {
      const start = this._now();
      this._round();
      this._elapsed = start - began;
      if (
        this._met.length > 0 ||
        this._length + this._gils.size + this._orders.others > MESSAGE_ROWS ||
        this._rounds % MESSAGE_ROUNDS === 1
      ) {
        this._send(false);
      }
      const spent = this._now() - start;
      // Drawn at random: a program that does something each millisecond must not always be met at the same point.
      const pause = period * this._periods * (0.75 + Math.random() / 2);
      const rest = Math.max(pause - spent, spent / LARGEST_DUTY - spent);
      Atomics.wait(this._control, STOP, 0, rest / 1e6);
    }
    this._send(true);
    this._memory.close();
  }

  private _round(): void {
    this._rounds++;
    if (this._rounds % LIST_ROUNDS === 1) {
      this._listThreads();
    }
    if (this._rounds % REVALIDATE_ROUNDS === 0) {
      this._codes.revalidate();
    }
    for (const gil of this._gils.values()) {
      if (
        this._words.read(gil.locked, 4) &&
        this._words.view.getInt32(0, true) === 1
      ) {
        const holder = this._words.word(gil.lastHolder);
        this._sample(holder, true);
        this._lookAtHolder(gil, holder);
      }
    }
    // The list may become a shorter one on the way.
    const others = Math.min(this._orders.others, this._states.length);
    for (let i = 0; i < others && this._states.length > 0; i++) {
      this._sample(this._states[this._turn++ % this._states.length], false);
    }
  }

  private _listThreads(): void {
    this._states.length = 0;
    for (const state of this._reader.threadStates()) {
      if (state.nativeId > 0) {
        this._states.push(state.threadState);
      }
      if (this._tids.get(state.threadState) !== state.nativeId) {
        // Its memory is used again.
        this._tids.delete(state.threadState);
      }
      if (!this._interpreters.has(state.interpreter)) {
        this._interpreters.add(state.interpreter);
        const own = gilOfInterpreter(
          this._memory.read,
          state.interpreter,
          this._orders.layout
        );
        if (own !== undefined) {
          this._watch(own);
        }
      }
    }
  }

  private _watch(gil: GilLocation): void {
    if (!this._gils.has(gil.address)) {
      this._gils.set(gil.address, { ...gil, holder: 0, turn: 0, rounds: 0 });
    }
  }

  private _sample(threadState: Address, holding: boolean): void {
    const tid = this._tids.get(threadState) ?? this._threadOf(threadState);
    if (tid < 0) {
      return;
    }
    const from = this._now();
    const frames = this._reader.read(threadState, this._orders.depth);
    const to = this._now();
    if (holding || frames > 0) {
      // Until a thread has started, its state bears the number of the one that starts it (3.8 to 3.11).
      this._found(threadState, tid, to);
    }
    const complete = this._stacks.validate(this._reader, frames);
    const node = this._stacks.stackOf(
      this._reader,
      complete ? frames : Math.min(frames, 1)
    );
    if (node >= 0) {
      const row = this._length++;
      this._tid[row] = tid;
      this._state[row] = threadState;
      this._time[row] = (from + to) / 2;
      this._node[row] = node;
      this._complete[row] = complete ? 1 : 0;
      this._holding[row] = holding ? 1 : 0;
    }
  }

  /** Number of the thread that uses a thread state now, -1 if not known: its memory may be used again. */
  private _threadOf(threadState: Address): number {
    const state = this._reader.threadStateAt(threadState);
    if (state === undefined || state.nativeId < 0) {
      return -1;
    }
    if (!this._interpreters.has(state.interpreter)) {
      // It has started since the list was read.
      this._listThreads();
      if (!this._interpreters.has(state.interpreter)) {
        return -1;
      }
    }
    return state.nativeId;
  }

  private _found(threadState: Address, tid: number, time: Nanoseconds): void {
    if (this._tids.get(threadState) !== tid) {
      this._tids.set(threadState, tid);
      this._newStates.push(threadState, tid, time);
    }
  }

  private _announce(code: Address, instruction: number): void {
    if (!this._announced.has(code)) {
      if (this._announced.size === MOST_ANNOUNCED) {
        this._announced.clear();
      }
      this._announced.add(code);
      this._met.push(code, instruction);
    }
  }

  /** A holder that keeps the GIL for long may sleep with it: where, says the kernel. */
  private _lookAtHolder(gil: WatchedGil, holder: Address): void {
    const turn = this._words.word(gil.switchNumber);
    if (holder !== gil.holder || turn !== gil.turn) {
      gil.holder = holder;
      gil.turn = turn;
      gil.rounds = 0;
      return;
    }
    const tid = this._tids.get(holder);
    if (tid === undefined || ++gil.rounds % STUCK_ROUNDS !== 0) {
      return;
    }
    try {
      // proc(5): "running", or number, six arguments, stack pointer, program counter.
      const words = readFileSync(
        `/proc/${this._orders.pid}/task/${tid}/syscall`,
        'latin1'
      ).split(' ');
      if (words.length === 9) {
        this._native.push(tid, this._now(), Number(words[8]));
      }
    } catch {
      // The thread has ended, or this is not for us to read.
    }
  }

  private _send(done: boolean): void {
    const rows = this._length;
    const message: StackSampleMessage = {
      codes: Float64Array.from(this._met),
      ...this._stacks.takeNew(),
      rows,
      tid: this._tid.slice(0, rows),
      tstate: this._state.slice(0, rows),
      time: this._time.slice(0, rows),
      node: this._node.slice(0, rows),
      complete: this._complete.slice(0, rows),
      holding: this._holding.slice(0, rows),
      states: Float64Array.from(this._newStates),
      native: Float64Array.from(this._native),
      rounds: this._rounds - this._sentRounds,
      periods: this._periods,
      elapsed: this._elapsed,
      done
    };
    parentPort?.postMessage(message);
    this._periods = Math.max(1, Atomics.load(this._control, PERIODS));
    this._sentRounds = this._rounds;
    this._length = 0;
    this._newStates.length = 0;
    this._native.length = 0;
    this._met.length = 0;
  }

  private _now(): Nanoseconds {
    return Number(process.hrtime.bigint() - this._orders.origin);
  }

  private readonly _memory: ProcessMemory;
  private readonly _codes: CodeTable;
  private readonly _reader: StackReader;
  private readonly _words: BlockReader;
  private readonly _stacks: CodeStacks;
  private readonly _control: Int32Array;
  private readonly _gils = new Map<Address, WatchedGil>();
  private readonly _interpreters = new Set<Address>();
  /** Thread states of running threads. */
  private readonly _states: Address[] = [];
  /** The threads that were found to use them. */
  private readonly _tids = new Map<Address, number>();
  /** Whose turn it is of those that hold no GIL. */
  private _turn = 0;
  private _rounds = 0;
  private _elapsed: Nanoseconds = 0;
  private _periods = 1;
  private _sentRounds = 0;
  /** The rows of the next message. */
  private _length = 0;
  private readonly _tid = new Int32Array(MESSAGE_ROWS);
  private readonly _state = new Float64Array(MESSAGE_ROWS);
  private readonly _time = new Float64Array(MESSAGE_ROWS);
  private readonly _node = new Int32Array(MESSAGE_ROWS);
  private readonly _complete = new Uint8Array(MESSAGE_ROWS);
  private readonly _holding = new Uint8Array(MESSAGE_ROWS);
  /** Of the next message, like those below. */
  private readonly _newStates: number[] = [];
  private readonly _native: number[] = [];
  /** Code objects that were told, and those of the next message. */
  private readonly _announced = new Set<Address>();
  private readonly _met: number[] = [];
}

preferThisThread();
new StackSampler(workerData as StackSamplerOrders).run();
