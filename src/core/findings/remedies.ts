/** What a remedy may name: only what the interpreter that ran has. */
import type { CaptureInfo } from '../trace/document';

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

  has(distribution: string): boolean {
    return distribution in (this.capture.environment.packages ?? {});
  }

  /** Limits the threads of native libraries. */
  get oneNativeThread(): string {
    return this.has('threadpoolctl')
      ? 'with threadpoolctl.threadpool_limits(1):'
      : 'with threadpoolctl.threadpool_limits(1): (pip install threadpoolctl)';
  }

  private get minor(): string {
    return `3.${this.version % 100}`;
  }

  private readonly version: number;
}
