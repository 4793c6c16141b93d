/** What a remedy may name: only what the interpreter that ran has. */
import type { CaptureInfo } from '../trace/document';

/** Libraries that threadpoolctl does not know, and their own way. */
const LIMITS: readonly (readonly [RegExp, string])[] = [
  [/arrow/i, 'pyarrow.set_cpu_count(1)'],
  [/torch|libc10/i, 'torch.set_num_threads(1)'],
  [/polars/i, 'set POLARS_MAX_THREADS=1 before polars is imported']
];

/** What threadpoolctl 3 can limit (its README.md). */
const THREADPOOLCTL = /openblas|mkl|blis|flexiblas|iomp|libomp|gomp/i;

export class Available {
  constructor(private readonly capture: CaptureInfo) {
    const [major = 3, minor = 0] = capture.python.split('.').map(Number);
    this.version = major * 100 + minor;
  }

  /** Ways to run Python code side by side. */
  get withoutSharedGil(): string {
    const ways = ['processes (concurrent.futures.ProcessPoolExecutor)'];
    if (this.version >= 314) {
      ways.push('interpreters (concurrent.futures.InterpreterPoolExecutor)');
    }
    if (this.version >= 313) {
      ways.push(`the free-threaded build of Python ${this.minor}`);
    }
    return ways.length === 1
      ? ways[0]
      : `${ways.slice(0, -1).join(', ')} or ${ways[ways.length - 1]}`;
  }

  /**
   * How to limit the threads of a native library to one for each call.
   *
   * @param library its file; undefined if that is not known
   */
  oneNativeThread(library?: string): string {
    const own = LIMITS.find(([pattern]) => pattern.test(library ?? ''));
    if (own !== undefined) {
      return own[1];
    }
    // The packages that are named were imported when the run began: that one is not among them says little.
    const loaded = 'threadpoolctl' in (this.capture.environment.packages ?? {});
    const limit = `with threadpoolctl.threadpool_limits(1):${
      loaded ? '' : ' (pip install threadpoolctl, if it is not there yet)'
    }`;
    return library === undefined || THREADPOOLCTL.test(library)
      ? limit
      : `look in its manual; if its threads are those of BLAS or OpenMP, ${limit}`;
  }

  private get minor(): string {
    return `3.${this.version % 100}`;
  }

  private readonly version: number;
}
