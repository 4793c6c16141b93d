/** Loads traces in a worker; where none can be started, on the page, in slices. */
import {
  type LoadedTrace,
  loadTraceSteps,
  receiveTrace
} from '../../core/trace/load-trace';
import { messageOf } from './trace-work';
import type { WorkerMessage } from './worker-messages';

/** A worker that has not started by then is forbidden or lost, in milliseconds. */
const START_MS = 10_000;

export type LoadAnswer =
  | { readonly kind: 'loaded'; readonly trace: LoadedTrace }
  /** One line: why the file can't be shown. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cancelled' };

export class TraceLoader {
  /** @param _start starts a worker; may throw, as where the page's policy forbids workers */
  constructor(private readonly _start: () => Worker) {}

  /**
   * Load a trace.
   *
   * @param bytes of the file; they are handed over and can't be used afterwards
   * @param progress called with the part that is done, from 0 to 1
   */
  async load(
    bytes: ArrayBuffer,
    progress: (part: number) => void,
    signal: AbortSignal
  ): Promise<LoadAnswer> {
    const worker = this._forbidden ? undefined : await this._started(signal);
    if (signal.aborted) {
      worker?.terminate();
      return { kind: 'cancelled' };
    }
    if (worker === undefined) {
      this._forbidden = true;
      return loadInSlices(bytes, progress, signal);
    }
    try {
      return await loadInWorker(worker, bytes, progress, signal);
    } finally {
      // It keeps what it unpacked: memory comes back with its end only.
      worker.terminate();
    }
  }

  /** A worker that is ready; undefined if there can't be one. */
  private _started(signal: AbortSignal): Promise<Worker | undefined> {
    let worker: Worker;
    try {
      worker = this._start();
    } catch {
      return Promise.resolve(undefined);
    }
    return new Promise(resolve => {
      const answer = (ready: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        if (!ready) {
          worker.terminate();
        }
        resolve(ready ? worker : undefined);
      };
      const onAbort = (): void => answer(false);
      const timer = setTimeout(() => answer(false), START_MS);
      signal.addEventListener('abort', onAbort);
      worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) =>
        answer(data.kind === 'ready');
      // A policy that forbids workers tells it here, not to who starts one.
      worker.onerror = () => answer(false);
    });
  }

  private _forbidden = false;
}

function loadInWorker(
  worker: Worker,
  bytes: ArrayBuffer,
  progress: (part: number) => void,
  signal: AbortSignal
): Promise<LoadAnswer> {
  return new Promise(resolve => {
    signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }));
    worker.onerror = event =>
      resolve({ kind: 'failed', message: event.message });
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      switch (data.kind) {
        case 'progress':
          progress(data.part);
          break;
        case 'loaded':
          resolve({ kind: 'loaded', trace: receiveTrace(data.trace) });
          break;
        case 'failed':
          resolve(data);
      }
    };
    worker.postMessage({ bytes }, [bytes]);
  });
}

async function loadInSlices(
  bytes: ArrayBuffer,
  progress: (part: number) => void,
  signal: AbortSignal
): Promise<LoadAnswer> {
  try {
    const steps = loadTraceSteps(new Uint8Array(bytes));
    let step = steps.next();
    while (step.done !== true) {
      progress(step.value);
      // A task of its own: the page draws and takes input between.
      await new Promise(resolve => setTimeout(resolve));
      if (signal.aborted) {
        return { kind: 'cancelled' };
      }
      step = steps.next();
    }
    return { kind: 'loaded', trace: step.value };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  }
}
