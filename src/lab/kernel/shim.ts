/** Sees to it that giltracer is loaded in kernels. */
import type { Kernel } from '@jupyterlab/services';
import {
  evaluate,
  NoAnswerError,
  stringValue,
  type ExpressionValue
} from './expressions';

/** What came of loading. */
export type ShimState =
  | { state: 'loaded' }
  /** Not installed where the kernel runs. */
  | { state: 'missing'; python: string | undefined }
  /** It is there, but Python can't import it. */
  | { state: 'broken'; message: string }
  /** The kernel gave no answer, or no Python runs in it. */
  | { state: 'unknown' };

/** `%load_ext giltracer`, but for what it prints if it was loaded before. */
const LOAD =
  "__import__('IPython').get_ipython().extension_manager.load_extension('giltracer')";
const PYTHON = "__import__('sys').executable";

/** Which kernels have giltracer loaded, as far as this page has seen to it. */
export class ShimLoader {
  /**
   * Load giltracer, unless that was done since the kernel started. The request is sent before this returns:
   * a cell that is run right afterwards finds it loaded.
   */
  load(kernel: Kernel.IKernelConnection): Promise<ShimState> {
    const known = this._kernels.get(kernel);
    if (known !== undefined) {
      return known;
    }
    const answer = this._load(kernel);
    this._kernels.set(kernel, answer);
    kernel.statusChanged.connect(this._onStatusChanged, this);
    kernel.disposed.connect(this._forget, this);
    return answer;
  }

  /** Whether a cell that is run now finds giltracer loaded, or being loaded. */
  has(kernel: Kernel.IKernelConnection): boolean {
    return this._kernels.has(kernel);
  }

  private async _load(kernel: Kernel.IKernelConnection): Promise<ShimState> {
    let state: ShimState = { state: 'unknown' };
    try {
      const { load, python } = await evaluate(kernel, {
        load: LOAD,
        python: PYTHON
      });
      state = readState(load, stringValue(python));
    } catch (error) {
      if (!(error instanceof NoAnswerError)) {
        throw error;
      }
    } finally {
      if (state.state !== 'loaded') {
        // Asked again with the next cell: it may be installed then.
        this._forget(kernel);
      }
    }
    return state;
  }

  private readonly _onStatusChanged = (
    kernel: Kernel.IKernelConnection,
    status: Kernel.Status
  ): void => {
    if (
      status === 'restarting' ||
      status === 'autorestarting' ||
      status === 'dead'
    ) {
      this._forget(kernel);
    }
  };

  private readonly _forget = (kernel: Kernel.IKernelConnection): void => {
    this._kernels.delete(kernel);
    kernel.statusChanged.disconnect(this._onStatusChanged, this);
    kernel.disposed.disconnect(this._forget, this);
  };

  private readonly _kernels = new Map<
    Kernel.IKernelConnection,
    Promise<ShimState>
  >();
}

function readState(
  load: ExpressionValue,
  python: string | undefined
): ShimState {
  if (load.status === 'ok') {
    return { state: 'loaded' };
  }
  if (
    load.name === 'ModuleNotFoundError' &&
    load.message.includes("'giltracer'")
  ) {
    return { state: 'missing', python };
  }
  return { state: 'broken', message: `${load.name}: ${load.message}` };
}
