/**
 * What is read of a process's memory beside a capture that records its main GIL alone and tells no line: where threads
 * stand, and which of them used another GIL.
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { AttributionSources } from '../../core/threads/attribution';
import { NO_STACKS } from '../../core/threads/line-stacks';
import type { LineRecord, StackColumns } from '../../core/threads/result';
import {
  StackReadingRows,
  type StackReadings
} from '../../core/threads/stack-readings';
import type { UnwatchedSpan } from '../../core/threads/unwatched-spans';
import type { Nanoseconds } from '../../core/units';
import { NativeNames } from '../target/native-names';
import type { RunningInterpreter } from '../target/running-interpreter';
import { OwnGils } from './own-gils';
import { ProcessLines } from './process-lines';
import { ProcessMemory } from './process-memory';
import { StackSampler } from './stack-sampler';

/** Mean time between two readings of stacks. */
const STACK_PERIOD: Nanoseconds = 1_000_000;

/**
 * Threads that are read each time beside the holder: no event tells where a thread waits, so that each must be read within
 * its wait.
 */
const OTHERS = 4;

const NO_READINGS = new StackReadingRows();

export interface MemoryBesideOptions {
  /** Process to read. */
  pid: number;
  interpreter: RunningInterpreter;
  /** Absent if Python frames can't be read. */
  layout: FrameLayout | undefined;
  /** Most frames of a stack. */
  depth: number;
  switchInterval: Nanoseconds;
  /** Files of the code that starts the program; their frames are left out of stacks. */
  launcher: readonly string[];
}

/** All that was read. */
export interface ReadBeside {
  sources: AttributionSources;
  /** Readings of holders' stacks. */
  lineSamples: { count: number; period: Nanoseconds };
  /** When threads used GILs of their own, which are not recorded; undefined if none did. */
  unwatched: UnwatchedSpan[] | undefined;
}

export class MemoryBeside {
  /** @param _origin CLOCK_MONOTONIC at time 0 of all readings, in nanoseconds */
  constructor(
    private readonly _options: MemoryBesideOptions,
    private readonly _origin: bigint
  ) {
    const { pid, interpreter, layout } = _options;
    this.memory = new ProcessMemory(pid);
    this.lines = layout && new ProcessLines(pid, this.memory, layout);
    this._ownGils =
      layout && new OwnGils(this.memory.read, layout, interpreter.gil.address);
    this._names = new NativeNames(pid);
  }

  readonly memory: ProcessMemory;
  /** Absent if Python frames can't be read. */
  readonly lines: ProcessLines | undefined;

  /** Begins to read stacks. */
  start(): void {
    const { pid, interpreter, layout, depth, launcher } = this._options;
    if (layout === undefined || this.lines === undefined) {
      return;
    }
    this._sampler = new StackSampler(
      {
        pid,
        layout,
        runtime: interpreter.runtime.address,
        gil: interpreter.gil,
        origin: this._origin,
        period: STACK_PERIOD,
        depth,
        others: OTHERS
      },
      this.lines.codes,
      launcher
    );
  }

  /** Resolves when stacks are read. */
  async begun(): Promise<void> {
    await this._sampler?.begun();
  }

  /** What was read so far. */
  get readings(): StackReadings | undefined {
    return this._sampler?.readings;
  }

  /** Lines and stacks so far. */
  linesAndStacks(): { lines: readonly LineRecord[]; stacks: StackColumns } {
    return {
      lines: this.lines?.lines ?? [],
      stacks: this.readings?.stacks ?? NO_STACKS
    };
  }

  /** To be called every 100 ms or so: codes and interpreters may go. */
  look(): void {
    this.lines?.revalidate();
    this._lookAtGils();
  }

  /** Reads no more. */
  async stop(): Promise<void> {
    await this._sampler?.stop();
  }

  /** What was read, after `stop`. */
  finish(): ReadBeside {
    this._names.refresh();
    this._lookAtGils();
    const readings = this._sampler?.readings;
    return {
      sources: {
        readings,
        names: this._names,
        switchInterval: this._options.switchInterval
      },
      lineSamples: {
        count: readings?.samples.ofHolders ?? 0,
        period: readings?.period ?? 0
      },
      unwatched: this._ownGils?.spans(readings?.samples ?? NO_READINGS)
    };
  }

  close(): void {
    this.lines?.close();
    this.memory.close();
  }

  private _lookAtGils(): void {
    this._ownGils?.look(this._sampler?.readings.samples ?? NO_READINGS);
  }

  private readonly _ownGils: OwnGils | undefined;
  private readonly _names: NativeNames;
  private _sampler: StackSampler | undefined;
}
