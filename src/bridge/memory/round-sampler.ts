/** Starts and ends the reader of rounds (round-sampler-worker.ts) and hands on what it saw. */
import { Worker } from 'node:worker_threads';
import type { StackTable } from '../../core/threads/line-stacks';
import type { LineRecord } from '../../core/threads/result';
import type { SampledBatch } from '../../core/threads/sampled/batch';
import type { LineIndex, Nanoseconds } from '../../core/units';
import { errorMessage } from '../failure';
import { inTime } from './in-time';
import { RunStacks } from './run-stacks';
import { PERIODS, STOP, type RoundMessage, type RoundOrders } from './rounds';
import { workerFile } from './worker-file';

/** How long the reader may take to begin, which loads its code, and to end, in milliseconds. */
const BEGIN_TIMEOUT = 5000;
const END_TIMEOUT = 1000;

export class RoundSampler {
  /**
   * Begins to read.
   * @param launcher files, as co_filename has them, whose frames at the outer end of a stack are left out
   * @param _onBatch told each batch, its stacks numbered as `stacks` says
   */
  constructor(
    orders: Omit<RoundOrders, 'control'>,
    launcher: readonly string[],
    private readonly _onBatch: (batch: SampledBatch) => void
  ) {
    this._stacks = new RunStacks(line => this._intern(line), launcher);
    const control = new SharedArrayBuffer(8);
    this._control = new Int32Array(control);
    this._worker = new Worker(
      workerFile('round-sampler.cjs', 'round-sampler-worker.js'),
      { workerData: { ...orders, control } satisfies RoundOrders }
    );
    this._worker.unref();
    const started = new Promise<void>(resolve => {
      this._resolveStarted = resolve;
    });
    this.started = inTime(started, BEGIN_TIMEOUT).then(() => undefined);
    this._ended = new Promise(resolve => {
      const end = (): void => {
        this._resolveStarted?.();
        resolve();
      };
      this._worker.on('message', (message: RoundMessage) => {
        this._take(message);
        if (message.done) {
          end();
        }
      });
      this._worker.once('error', error => {
        this.failure = errorMessage(error);
        end();
      });
      this._worker.once('exit', end);
    });
  }

  /** Resolves when the first rounds have come, or none will, or they take too long: nothing is known until they come. */
  readonly started: Promise<void>;

  /** Why it ended before it was asked to. */
  failure: string | undefined;

  /** Why its readings are not complete. */
  problem: string | undefined;

  /** Time that reading took on a CPU so far. */
  cpuNs: Nanoseconds = 0;

  get stacks(): StackTable {
    return this._stacks.stacks;
  }

  /** Lines of the stacks. */
  readonly lines: LineRecord[] = [];

  /** From now on there are so many periods between two rounds. */
  usePeriods(periods: number): void {
    Atomics.store(this._control, PERIODS, periods);
  }

  /** Stops; resolves when the last rounds have come. */
  async stop(): Promise<void> {
    Atomics.store(this._control, STOP, 1);
    Atomics.notify(this._control, STOP);
    if (!(await inTime(this._ended, END_TIMEOUT))) {
      this.failure ??= 'the last readings did not come in time';
    }
    await this._worker.terminate();
  }

  private _take({ batch, stacks, cpuNs, problem }: RoundMessage): void {
    this.problem ??= problem;
    this._stacks.add(stacks);
    this.cpuNs = cpuNs;
    for (const { length, stack } of [batch.holders, batch.readings]) {
      for (let row = 0; row < length; row++) {
        stack[row] = this._stacks.of(stack[row]);
      }
    }
    this._onBatch(batch);
    this._resolveStarted?.();
  }

  private _intern(line: LineRecord): LineIndex {
    return this.lines.push(line) - 1;
  }

  private readonly _control: Int32Array;
  private readonly _worker: Worker;
  private readonly _ended: Promise<void>;
  private readonly _stacks: RunStacks;
  private _resolveStarted: (() => void) | undefined;
}
