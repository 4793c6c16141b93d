/** What a view of a run must know of the run's kernel. */
import type { ISignal } from '@lumino/signaling';

export type WatchedKernelState =
  /** Not known yet: the notebook is just being opened. */
  | 'starting'
  | 'running'
  /** It was restarted since: what ran in it has ended. */
  | 'restarted'
  | 'died'
  /** The output belongs to a notebook with another kernel, or with none. */
  | 'foreign';

export interface IKernelWatch {
  readonly state: WatchedKernelState;
  readonly changed: ISignal<unknown, void>;
  dispose(): void;
}

/** Finds the kernel of the notebook that an output stands in. */
export interface IKernels {
  /**
   * @param node of the output, in the page
   * @param kernelId the kernel that the output says it comes from
   */
  watch(node: Node, kernelId: string): IKernelWatch;
}
