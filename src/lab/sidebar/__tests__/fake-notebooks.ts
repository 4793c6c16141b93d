/** Notebooks and kernels, as far as the panel looks at them. */
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { KernelSpec } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { CurrentKernel } from '../current-kernel';

interface FakeKernel {
  id: string;
  name: string;
  status: string;
}

export class FakeSession {
  readonly kernelChanged = new Signal<this, void>(this);
  readonly statusChanged = new Signal<this, void>(this);
  readonly connectionStatusChanged = new Signal<this, void>(this);
  isReady = true;
  isDisposed = false;
  ready = Promise.resolve();
  session: { kernel: FakeKernel | null } | null;

  constructor(id?: string, name = 'python3') {
    this.session =
      id === undefined ? null : { kernel: { id, name, status: 'idle' } };
  }

  become(status: string): void {
    if (this.session?.kernel != null) {
      this.session.kernel.status = status;
    }
    this.statusChanged.emit();
  }
}

export class FakeNotebooks {
  readonly currentChanged = new Signal<this, void>(this);
  currentWidget: { sessionContext: FakeSession } | null = null;

  constructor(session?: FakeSession) {
    this.show(session);
  }

  show(session?: FakeSession): void {
    this.currentWidget =
      session === undefined ? null : { sessionContext: session };
    this.currentChanged.emit();
  }
}

const SPECS = {
  specsChanged: new Signal<object, void>({}),
  specs: {
    kernelspecs: {
      python3: { language: 'python' },
      xpython: { language: 'python' },
      ir: { language: 'R' }
    }
  }
};

export function currentKernel(notebooks: FakeNotebooks | null): CurrentKernel {
  return new CurrentKernel(
    notebooks as unknown as INotebookTracker | null,
    SPECS as unknown as KernelSpec.IManager
  );
}
