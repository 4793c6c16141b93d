/** The worker's side: loads one trace and hands its columns over. */
import { loadTraceSteps, transferOf } from '../../core/trace/load-trace';
import { TraceFileError } from '../../core/trace/read-trace-file';
import type { LoadRequest, WorkerMessage } from './worker-messages';

/** The part of a worker's global scope that is used. */
export interface IWorkerScope {
  onmessage: ((event: MessageEvent<LoadRequest>) => void) | null;
  postMessage(message: WorkerMessage, transfer: Transferable[]): void;
}

/** Loads each trace that comes. */
export function serveTraces(scope: IWorkerScope): void {
  const post = (message: WorkerMessage, transfer: Transferable[] = []): void =>
    scope.postMessage(message, transfer);
  scope.onmessage = ({ data }) => {
    try {
      const steps = loadTraceSteps(new Uint8Array(data.bytes));
      let step = steps.next();
      while (step.done !== true) {
        post({ kind: 'progress', part: step.value });
        step = steps.next();
      }
      const trace = step.value;
      post({ kind: 'loaded', trace }, transferOf(trace));
    } catch (error) {
      post({ kind: 'failed', message: messageOf(error) });
    }
  };
  post({ kind: 'ready' });
}

/** One line for the reader. */
export function messageOf(error: unknown): string {
  if (error instanceof TraceFileError) {
    return error.message;
  }
  return error instanceof RangeError
    ? 'this page has not enough memory for the trace'
    : `unexpected content (${String(error)})`;
}
