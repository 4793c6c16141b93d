/**
 * Starts and ends the reader of stacks (stack-sampler-worker.ts) and gathers what it saw. Its numbers for
 * lines and stacks are made those of the run.
 */
import { Worker } from 'node:worker_threads';
import type { CodeTable } from '../../core/cpython/code-table';
import {
  StackReadingRows,
  type StackReadings,
  type StateReading
} from '../../core/threads/stack-readings';
import { inTime } from './in-time';
import { RunStacks } from './run-stacks';
import {
  PERIODS,
  STOP,
  type StackSampleMessage,
  type StackSamplerOrders
} from './stack-samples';
import { workerFile } from './worker-file';

/** How long the reader may take to begin or to end, in milliseconds. */
const TIMEOUT = 1000;

/** Beyond so many readings every second one is dropped, and from then on half as many are made: 34 bytes each. */
const MOST_ROWS = 2_000_000;

export class StackSampler {
  /**
   * Begins to read.
   * @param _codes the run's lines
   * @param launcher files, as co_filename has them, whose frames at the outer end of a stack are left out
   */
  constructor(
    orders: Omit<StackSamplerOrders, 'control'>,
    private readonly _codes: CodeTable,
    launcher: readonly string[]
  ) {
    this._stacks = new RunStacks(line => _codes.intern(line), launcher);
    const control = new SharedArrayBuffer(8);
    this._control = new Int32Array(control);
    this._worker = new Worker(
      workerFile('stack-sampler.cjs', 'stack-sampler-worker.js'),
      {
        workerData: { ...orders, control } satisfies StackSamplerOrders
      }
    );
    this._worker.unref();
    // Where it fails, lines are less sure; the run goes on.
    const failed = new Promise<void>(resolve => {
      this._worker.once('error', () => resolve());
      this._worker.once('exit', () => resolve());
    });
    const begun = new Promise<void>(resolve => {
      this._worker.once('message', () => resolve());
    });
    const ended = new Promise<void>(resolve => {
      this._worker.on('message', (message: StackSampleMessage) => {
        this._take(message);
        if (message.done) {
          resolve();
        }
      });
    });
    this._begun = Promise.race([begun, failed]);
    this._ended = Promise.race([ended, failed]);
  }

  /** Resolves when it reads. */
  async begun(): Promise<void> {
    await inTime(this._begun, TIMEOUT);
  }

  /** What was read so far. */
  get readings(): StackReadings {
    return {
      stacks: this._stacks.stacks,
      samples: this._samples,
      states: this._states,
      native: this._native,
      period: this._rounds > 0 ? this._elapsed / this._rounds : 0
    };
  }

  /** Stops; resolves when the last readings have come. */
  async stop(): Promise<void> {
    Atomics.store(this._control, STOP, 1);
    Atomics.notify(this._control, STOP);
    await inTime(this._ended, TIMEOUT);
    await this._worker.terminate();
  }

  private _take(message: StackSampleMessage): void {
    for (let at = 0; at + 1 < message.codes.length; at += 2) {
      this._codes.lineOf(message.codes[at], message.codes[at + 1]);
    }
    this._stacks.add(message);
    for (let row = 0; row < message.rows; row++) {
      const stack = this._stacks.of(message.node[row]);
      if (stack >= 0) {
        this._samples.push(
          message.tid[row],
          message.tstate[row],
          message.time[row],
          stack,
          message.complete[row] === 1,
          message.holding[row] === 1
        );
      }
    }
    if (this._samples.length > MOST_ROWS) {
      this._samples.thin();
      this._thinned *= 2;
      this._rounds /= 2;
      Atomics.store(this._control, PERIODS, this._thinned);
    }
    for (let at = 0; at + 2 < message.states.length; at += 3) {
      const [tstate, tid, time] = message.states.subarray(at, at + 3);
      this._states.push({ tstate, tid, time });
    }
    for (let at = 0; at + 2 < message.native.length; at += 3) {
      const [tid, time, ip] = message.native.subarray(at, at + 3);
      this._native.push({ tid, time, ip });
    }
    // As if all rounds had been as rare as those of now.
    this._rounds += (message.rounds * message.periods) / this._thinned;
    this._elapsed = message.elapsed;
  }

  private readonly _control: Int32Array;
  private readonly _worker: Worker;
  private readonly _begun: Promise<void>;
  private readonly _ended: Promise<void>;
  private readonly _stacks: RunStacks;
  private readonly _samples = new StackReadingRows();
  /** Rounds of the reader are so many times rarer than at the beginning, and so are the rows of that time. */
  private _thinned = 1;
  private readonly _states: StateReading[] = [];
  private readonly _native: StackReadings['native'][number][] = [];
  private _rounds = 0;
  private _elapsed = 0;
}
