/**
 * The rung `sample`: no probe, no perf, no right but to read the memory of one's own process. What it tells is
 * computed in core/threads/sampled.
 */
import { release } from 'node:os';
import { readFileSync } from 'node:fs';
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { SampledBatch } from '../../core/threads/sampled/batch';
import { SampledAnalysis } from '../../core/threads/sampled/sampled-analysis';
import { futexCall } from '../../core/threads/sampled/activity';
import type { ClockPair } from '../../core/trace/trace-file';
import type { Nanoseconds } from '../../core/units';
import { stackLayout } from '../calibration/stack-layout';
import type { Fix } from '../doctor/finding';
import { tryMemory } from '../doctor/memory-access';
import { readPrivileges, type Privileges } from '../doctor/privileges';
import { yamaCommand } from '../doctor/remedies/yama';
import { BridgeFailure } from '../failure';
import { ProcessMemory } from '../memory/process-memory';
import { RoundSampler } from '../memory/round-sampler';
import type { LiveRecording } from '../live/live-recording';
import type { HelloRequest, StartRequest } from '../protocol/messages';
import { readEnvironment } from '../target/environment';
import {
  locateInterpreter,
  type RunningInterpreter
} from '../target/running-interpreter';
import { DEFAULT_DEPTH } from './run-recording';
import type { CaptureFacts, Recorded, RunRecording } from './run-recording';

/** Mean time between two rounds: more than a thousand a second, those left out by a busy machine included. */
const PERIOD: Nanoseconds = 950_000;

/** Beyond so many rows every second reading is dropped, and from then on half as many are made: some 100 bytes each in the end. */
const MOST_ROWS = 2_000_000;

/** Prepares once, then starts recording after recording of one kernel. */
export class SampledRuns {
  constructor(private readonly _hello: HelloRequest) {}

  /** @throws BridgeFailure no-permission, no-symbols, not-trusted or unsupported-python. */
  async start(
    request: StartRequest,
    insteadOf?: CaptureFacts['instead_of']
  ): Promise<RunRecording> {
    const { pid } = this._hello;
    const futex = futexCall(process.arch);
    if (futex === undefined) {
      throw new BridgeFailure(
        'unsupported-python',
        `sampling works on x86-64 and aarch64, not on ${process.arch}`
      );
    }
    requireMemory(pid);
    const interpreter = locateInterpreter(this._hello);
    const layout = await this._layoutOf(interpreter);
    const environment = readEnvironment(pid);
    const orders = {
      pid,
      layout,
      runtime: interpreter.runtime.address,
      gil: interpreter.gil,
      period: PERIOD,
      depth: request.depth ?? DEFAULT_DEPTH,
      cpus: Math.min(
        environment.cpus_usable ?? 1,
        environment.cpu_quota ?? Infinity
      ),
      futex
    };
    const run = new SampledRun(
      insteadOf,
      orders,
      request.source?.launcher ?? []
    );
    await run.begun();
    return run;
  }

  private async _layoutOf(
    interpreter: RunningInterpreter
  ): Promise<FrameLayout> {
    if (this._known?.identity !== interpreter.identity) {
      this._known = {
        identity: interpreter.identity,
        layout: await stackLayout(this._hello, interpreter)
      };
    }
    return this._known.layout;
  }

  private _known: { identity: string; layout: FrameLayout } | undefined;
}

class SampledRun implements RunRecording {
  constructor(
    private readonly _insteadOf: CaptureFacts['instead_of'],
    orders: Omit<ConstructorParameters<typeof RoundSampler>[0], 'origin'>,
    launcher: readonly string[]
  ) {
    this._sampler = new RoundSampler(
      { ...orders, origin: this._origin },
      launcher,
      batch => this._take(batch)
    );
  }

  readonly mode = 'sample';

  get live(): LiveRecording {
    return {
      analysis: this._analysis.live(),
      schedulerStates: true,
      origin: this._origin,
      lines: () => this._sampler,
      catchUp: () => Promise.resolve(this._analysis.readUntil),
      figures: () => {
        const { rounds, period, readings } = this._analysis.figures();
        return {
          events: readings,
          lost: 0,
          reader_cpu_percent: percent(this._sampler.cpuNs, rounds * period)
        };
      }
    };
  }

  /** @throws BridgeFailure if nothing can be read after all */
  async begun(): Promise<void> {
    await this._sampler.started;
    if (this._sampler.failure !== undefined) {
      await this.cancel();
      throw new BridgeFailure('internal', this._sampler.failure);
    }
  }

  async finish(began: bigint, ended: bigint): Promise<Recorded> {
    await this._sampler.stop();
    const origin = this._origin;
    const result = this._analysis.finish(
      { begin: Number(began - origin), end: Number(ended - origin) },
      this._sampler.stacks,
      this._sampler.lines
    );
    const unread = result.lossSpans.reduce(
      (sum, { start, end }) => sum + end - start,
      0
    );
    return {
      result,
      capture: this._facts(unread),
      origin,
      clock: this._clock,
      problem: this._sampler.failure ?? this._sampler.problem
    };
  }

  async removeProbes(): Promise<void> {
    // There are none.
  }

  async cancel(): Promise<void> {
    await this._sampler.stop();
  }

  private _take(batch: SampledBatch): void {
    this._analysis.consume(batch);
    if (this._analysis.rows > MOST_ROWS) {
      this._analysis.thin();
      this._periods *= 2;
      this._sampler.usePeriods(this._periods);
    }
  }

  private _facts(unread: Nanoseconds): CaptureFacts {
    const { rounds, period, readings, dropped, threadPeriod } =
      this._analysis.figures();
    return {
      mode: this.mode,
      kernel: release(),
      events: readings,
      lost: 0,
      lock_waits: true,
      collections: false,
      sampling: {
        rounds,
        period_ns: Math.round(period),
        thread_period_ns: Math.round(threadPeriod),
        readings,
        dropped,
        ...(unread > 0 && { unread_ns: Math.round(unread) }),
        cpu_percent: percent(this._sampler.cpuNs, rounds * period)
      },
      ...(this._insteadOf && { instead_of: this._insteadOf })
    };
  }

  private readonly _origin = process.hrtime.bigint();
  private readonly _clock: ClockPair = {
    monotonicNs: this._origin,
    wallNs: BigInt(Date.now()) * 1_000_000n
  };
  private readonly _analysis = new SampledAnalysis();
  private _periods = 1;
  private readonly _sampler: RoundSampler;
}

/** One decimal. */
function percent(part: Nanoseconds, whole: Nanoseconds): number {
  return whole > 0 ? Math.round((1000 * part) / whole) / 10 : 0;
}

/** What lifts a refusal; `giltracer doctor` knows more. */
function adviceFor(fix: Fix, privileges: Privileges): string[] {
  switch (fix) {
    case 'relax-yama':
      return [`root allows it with: ${yamaCommand(privileges)}`];
    case 'same-user':
      return ['run Jupyter as the user that owns the process'];
    default:
      return [];
  }
}

/** @throws BridgeFailure no-permission, naming what forbids it and what to do */
function requireMemory(pid: number): void {
  try {
    new ProcessMemory(pid).close();
    readFileSync(`/proc/${pid}/task/${pid}/syscall`);
  } catch {
    const privileges = readPrivileges();
    const { available, why, fix } = tryMemory(pid, privileges);
    if (available !== true) {
      const advice = fix.flatMap(each => adviceFor(each, privileges));
      throw new BridgeFailure('no-permission', [why, ...advice].join('; '));
    }
  }
}
