/** What a page and its worker for traces say to each other. */
import type { LoadedTrace } from '../../core/trace/load-trace';

/** Page to worker: the bytes of a trace file, which the worker owns from then on. */
export interface LoadRequest {
  readonly bytes: ArrayBuffer;
}

/** Worker to page. */
export type WorkerMessage =
  /** It has started: only now bytes are handed to it, since they would be lost with it. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly part: number }
  /** Columns are handed over, and methods are not: see receiveTrace. */
  | { readonly kind: 'loaded'; readonly trace: LoadedTrace }
  | { readonly kind: 'failed'; readonly message: string };
