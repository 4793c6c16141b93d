/** Gathers what rounds saw into batches for the bridge's main thread. */
import type {
  SampledBatch,
  SampledThread
} from '../../core/threads/sampled/batch';
import type { Address, Nanoseconds, StackIndex } from '../../core/units';

/** Rows of a batch at most. */
const ROWS = 4096;

export class SampledBatches {
  /** Whether the next round might not find room. */
  isFull(rowsOfRound: number): boolean {
    return (
      this._holders.length + rowsOfRound > ROWS ||
      this._readings.length + rowsOfRound > ROWS
    );
  }

  holder(
    time: Nanoseconds,
    gil: number,
    thread: number,
    running: boolean,
    stack: StackIndex
  ): void {
    const row = this._holders.length++;
    this._holders.time[row] = time;
    this._holders.gil[row] = gil;
    this._holders.thread[row] = thread;
    this._holders.running[row] = running ? 1 : 0;
    this._holders.stack[row] = stack;
  }

  reading(
    time: Nanoseconds,
    thread: number,
    state: number,
    lock: Address,
    sleep: number,
    stack: StackIndex,
    cpu: Nanoseconds
  ): void {
    const row = this._readings.length++;
    this._readings.time[row] = time;
    this._readings.thread[row] = thread;
    this._readings.state[row] = state;
    this._readings.lock[row] = lock;
    this._readings.sleep[row] = sleep;
    this._readings.stack[row] = stack;
    this._readings.cpu[row] = cpu;
  }

  queued(
    thread: number,
    start: Nanoseconds,
    end: Nanoseconds,
    within: Nanoseconds
  ): void {
    this._queued.push(thread, start, end, within);
  }

  ended(thread: number, time: Nanoseconds): void {
    this._ended.push(thread, time);
  }

  thread(thread: SampledThread): void {
    this._threads.push(thread);
  }

  gil(address: Address): void {
    this._gils.push(address);
  }

  /** All since the last call. */
  take(): SampledBatch {
    const { _holders: holders, _readings: readings } = this;
    const batch: SampledBatch = {
      threads: this._threads,
      gils: this._gils,
      rounds: this.rounds,
      dropped: this.dropped,
      holders: {
        length: holders.length,
        time: holders.time.slice(0, holders.length),
        gil: holders.gil.slice(0, holders.length),
        thread: holders.thread.slice(0, holders.length),
        running: holders.running.slice(0, holders.length),
        stack: holders.stack.slice(0, holders.length)
      },
      readings: {
        length: readings.length,
        time: readings.time.slice(0, readings.length),
        thread: readings.thread.slice(0, readings.length),
        state: readings.state.slice(0, readings.length),
        lock: readings.lock.slice(0, readings.length),
        sleep: readings.sleep.slice(0, readings.length),
        stack: readings.stack.slice(0, readings.length),
        cpu: readings.cpu.slice(0, readings.length)
      },
      queued: Float64Array.from(this._queued),
      ended: Float64Array.from(this._ended)
    };
    this._threads = [];
    this._gils = [];
    this._queued.length = 0;
    this._ended.length = 0;
    holders.length = 0;
    readings.length = 0;
    this.rounds = 0;
    this.dropped = 0;
    return batch;
  }

  rounds = 0;
  /** Readings that were given up. */
  dropped = 0;
  private _threads: SampledThread[] = [];
  private _gils: Address[] = [];
  private readonly _queued: number[] = [];
  private readonly _ended: number[] = [];
  private readonly _holders = {
    length: 0,
    time: new Float64Array(ROWS),
    gil: new Uint16Array(ROWS),
    thread: new Int32Array(ROWS),
    running: new Uint8Array(ROWS),
    stack: new Int32Array(ROWS)
  };
  private readonly _readings = {
    length: 0,
    time: new Float64Array(ROWS),
    thread: new Int32Array(ROWS),
    state: new Uint8Array(ROWS),
    lock: new Float64Array(ROWS),
    sleep: new Uint8Array(ROWS),
    stack: new Int32Array(ROWS),
    cpu: new Float64Array(ROWS)
  };
}
