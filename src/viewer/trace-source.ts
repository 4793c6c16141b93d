/** Where a view gets the whole trace of its run from. It knows nothing of who keeps it. */
import type { LoadedTrace } from '../core/trace/load-trace';

/** How far a trace is that is being loaded. */
export interface TraceProgress {
  /** `waiting`: the trace of a run that has just ended is still being written. */
  readonly phase: 'waiting' | 'fetching' | 'checking' | 'reading';
  /** From 0 to 1; undefined: not known. */
  readonly part?: number;
  /** Of the file, while it is fetched. */
  readonly bytes?: number;
}

export type TraceAnswer =
  | { readonly kind: 'loaded'; readonly trace: LoadedTrace }
  /** The file is larger than was asked for: nothing of it was loaded. */
  | { readonly kind: 'large'; readonly bytes: number }
  /** There is none, or it must not be used; one sentence says why. */
  | { readonly kind: 'absent'; readonly reason: string }
  | { readonly kind: 'cancelled' };

export interface TraceRequest {
  /** Largest file that is loaded, in bytes. */
  readonly mostBytes: number;
  readonly progress: (progress: TraceProgress) => void;
  readonly signal: AbortSignal;
}

/** The trace of one run. */
export interface ITraceSource {
  /** Size of the file; undefined until it is asked for. */
  readonly bytes?: number;
  /** Never rejects. */
  load(request: TraceRequest): Promise<TraceAnswer>;
}
