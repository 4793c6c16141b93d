import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { IKernelWatch } from '../kernel-watch';
import { NotebookKernels } from '../notebook-kernels';

/** What of a notebook's session is looked at. */
class FakeSession {
  readonly kernelChanged = new Signal<this, void>(this);
  readonly statusChanged = new Signal<this, void>(this);
  readonly connectionStatusChanged = new Signal<this, void>(this);
  isReady = true;
  ready = Promise.resolve();
  session: { kernel: { id: string; status: string } | null } | null;

  constructor(id?: string) {
    this.session = id === undefined ? null : { kernel: { id, status: 'busy' } };
  }

  become(status: string): void {
    if (this.session?.kernel != null) {
      this.session.kernel.status = status;
    }
    this.statusChanged.emit();
  }
}

class FakeKernels {
  readonly runningChanged = new Signal<this, void>(this);
  isReady = true;
  ready = Promise.resolve();

  constructor(public ids: string[] = []) {}

  running(): { id: string }[] {
    return this.ids.map(id => ({ id }));
  }
}

interface FakePanel {
  node: HTMLElement;
  sessionContext: FakeSession;
}

function panel(id?: string): FakePanel {
  return {
    node: document.createElement('div'),
    sessionContext: new FakeSession(id)
  };
}

function watch(
  panels: FakePanel[] | null,
  node: Node,
  kernels = new FakeKernels()
): IKernelWatch {
  const tracker =
    panels === null
      ? null
      : { find: (is: (one: FakePanel) => boolean) => panels.find(is) };
  return new NotebookKernels(
    tracker as unknown as INotebookTracker | null,
    kernels as unknown as Kernel.IManager
  ).watch(node, 'mine');
}

it('is the kernel of the notebook around the output, and no other', () => {
  const mine = panel('mine');
  const other = panel('other');
  expect(watch([other, mine], mine.node).state).toBe('running');
  // Another notebook has the kernel; this one's output says it comes from it.
  expect(watch([other, mine], other.node).state).toBe('foreign');
  expect(watch([panel('other'), mine], document.body).state).toBe('running');
});

it('waits for a notebook that is just being opened', () => {
  const opened = panel();
  opened.sessionContext.isReady = false;
  const kernel = watch([opened], opened.node);
  const seen: string[] = [];
  kernel.changed.connect(() => seen.push(kernel.state));
  expect(kernel.state).toBe('starting');
  opened.sessionContext.session = { kernel: { id: 'mine', status: 'busy' } };
  opened.sessionContext.kernelChanged.emit();
  opened.sessionContext.become('idle');
  expect(seen).toEqual(['running']);
});

it.each([
  ['restarting', 'restarted'],
  ['autorestarting', 'restarted'],
  ['dead', 'died'],
  ['terminating', 'died']
])('sees that a kernel is %s', (status, state) => {
  const mine = panel('mine');
  const kernel = watch([mine], mine.node);
  mine.sessionContext.become(status);
  expect(kernel.state).toBe(state);
  // A kernel keeps its id when it is restarted; the run in it has ended all the same.
  mine.sessionContext.become('idle');
  expect(kernel.state).toBe(state);
});

it('sees that the notebook has another kernel now', () => {
  const mine = panel('mine');
  const kernel = watch([mine], mine.node);
  mine.sessionContext.session = { kernel: { id: 'new', status: 'idle' } };
  mine.sessionContext.kernelChanged.emit();
  expect(kernel.state).toBe('died');
});

it('asks the list of kernels where no notebook is open', () => {
  const kernels = new FakeKernels(['mine']);
  const kernel = watch(null, document.body, kernels);
  expect(kernel.state).toBe('running');
  kernels.ids = [];
  kernels.runningChanged.emit();
  expect(kernel.state).toBe('died');
  expect(watch([], document.body, new FakeKernels(['x'])).state).toBe(
    'foreign'
  );
});

it('hears nothing more once it is disposed', () => {
  const mine = panel('mine');
  const kernel = watch([mine], mine.node);
  kernel.dispose();
  mine.sessionContext.become('dead');
  expect(kernel.state).toBe('running');
});
