/** Stands for start-worker in tests: jest's pages have no workers. */
export function startTraceWorker(): Worker {
  throw new Error('no workers here');
}
