/** Starts the worker that loads traces. All that bundlers must see of it is this one expression. */
export function startTraceWorker(): Worker {
  // Tests are CommonJS, where this does not exist: they have their own start-worker.
  // eslint-disable-next-line @typescript-eslint/ban-ts-comment
  // @ts-ignore
  return new Worker(new URL('./trace-worker.js', import.meta.url));
}
