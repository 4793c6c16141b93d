/** Which rung of the ladder a run is recorded on. */
import { BridgeFailure } from '../failure';
import type {
  FailureCode,
  HelloRequest,
  StartRequest
} from '../protocol/messages';
import { ProbeRuns } from './probe-runs';
import type { CaptureFacts, RunRecording } from './run-recording';
import { FutexRuns } from '../futex/futex-runs';
import { WatchedRuns } from '../watch/watched-runs';
import { SampledRuns } from './sampled-runs';

type InsteadOf = NonNullable<CaptureFacts['instead_of']>;

/** Refusals of a rung that a lower one can do without. */
const NEXT_INSTEAD: ReadonlySet<FailureCode> = new Set([
  'no-perf',
  'no-tracefs',
  'no-permission',
  'no-symbols',
  'not-trusted',
  'no-watchpoint',
  'perf-failed',
  'unsupported-python'
]);

/** These stay as they are as long as the process runs, and take seconds to find out. */
const LASTING: ReadonlySet<FailureCode> = new Set([
  'no-symbols',
  'not-trusted'
]);

export class Rungs {
  /** @param onProgress told what is being done before a run can start */
  constructor(
    hello: HelloRequest,
    onProgress: (runId: string, phase: string) => void
  ) {
    this._probes = new ProbeRuns(hello, onProgress);
    this._futex = new FutexRuns(hello, onProgress);
    this._watched = new WatchedRuns(hello, onProgress);
    this._samples = new SampledRuns(hello);
  }

  /**
   * Starts to record on the rung that is asked for; for `auto` on the best one that works.
   * @throws BridgeFailure; nothing is left behind then.
   */
  start(request: StartRequest): Promise<RunRecording> {
    const { mode = 'auto' } = request;
    switch (mode) {
      case 'auto':
        return this._best(request);
      case 'full':
      case 'waits':
        return this._probes.start(request, mode);
      case 'futex':
        return this._futex.start(request);
      case 'watch':
        return this._watched.start(request);
      case 'sample':
        return this._samples.start(request);
      default:
        throw new BridgeFailure(
          'bad-request',
          `this bridge has no mode ${mode}: use auto, full, waits, futex, watch or sample`
        );
    }
  }

  /** After the last run. */
  close(): void {
    this._probes.close();
  }

  private async _best(request: StartRequest): Promise<RunRecording> {
    let insteadOf: InsteadOf | undefined;
    let code: FailureCode = 'internal';
    for (const { start, otherwise } of this._ladder) {
      try {
        return await start(request, insteadOf);
      } catch (error) {
        if (!(error instanceof BridgeFailure)) {
          throw error;
        }
        code = error.code;
        insteadOf = insteadOfBoth(insteadOf, error, otherwise);
        if (!NEXT_INSTEAD.has(code)) {
          break;
        }
      }
    }
    throw new BridgeFailure(code, insteadOf?.reason ?? '');
  }

  private readonly _probes: ProbeRuns;
  private readonly _futex: FutexRuns;
  private readonly _watched: WatchedRuns;
  private readonly _samples: SampledRuns;
  /** As `auto` tries them, the best first. */
  private readonly _ladder: readonly Step[] = [
    {
      start: unlessRefused(request => this._probes.start(request, 'full')),
      otherwise: ''
    },
    {
      start: unlessRefused((request, insteadOf) =>
        this._futex.start(request, insteadOf)
      ),
      otherwise: 'futex calls cannot be recorded either'
    },
    {
      start: unlessRefused((request, insteadOf) =>
        this._watched.start(request, insteadOf)
      ),
      otherwise: 'a watchpoint is not possible either'
    },
    {
      start: (request, insteadOf) => this._samples.start(request, insteadOf),
      otherwise: 'sampling is not possible either'
    }
  ];
}

type Start = (
  request: StartRequest,
  insteadOf?: InsteadOf
) => Promise<RunRecording>;

interface Step {
  readonly start: Start;
  /** Says that this one was refused, too. */
  readonly otherwise: string;
}

/** A rung that was refused for good is not tried again. */
function unlessRefused(start: Start): Start {
  let refusal: BridgeFailure | undefined;
  return async (request, insteadOf) => {
    if (refusal !== undefined) {
      throw refusal;
    }
    try {
      return await start(request, insteadOf);
    } catch (error) {
      if (
        error instanceof BridgeFailure &&
        LASTING.has(error.code) &&
        !error.passing
      ) {
        refusal = error;
      }
      throw error;
    }
  };
}

/** What the reader is told: why the best rung is not possible, and then those below it. */
function insteadOfBoth(
  before: InsteadOf | undefined,
  { message }: BridgeFailure,
  otherwise: string
): InsteadOf {
  if (before === undefined) {
    return { mode: 'full', reason: message };
  }
  return before.reason.includes(message)
    ? before
    : { ...before, reason: `${before.reason}; ${otherwise}: ${message}` };
}
