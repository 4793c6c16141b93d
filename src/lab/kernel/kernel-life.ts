/** What the many statuses of a kernel mean for a run in it. */
import type { Kernel } from '@jupyterlab/services';

export type KernelLife = 'starting' | 'alive' | 'restarting' | 'dead';

export function kernelLife(status: Kernel.Status): KernelLife {
  switch (status) {
    case 'starting':
      return 'starting';
    case 'restarting':
    case 'autorestarting':
      return 'restarting';
    case 'dead':
    case 'terminating':
      return 'dead';
    default:
      return 'alive';
  }
}
