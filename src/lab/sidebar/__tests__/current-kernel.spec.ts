import { currentKernel, FakeNotebooks, FakeSession } from './fake-notebooks';

it('is the kernel of the notebook that is shown', () => {
  const notebooks = new FakeNotebooks();
  const kernel = currentKernel(notebooks);
  const seen: unknown[] = [];
  kernel.changed.connect(() => seen.push(kernel.situation));
  expect(kernel.situation).toEqual({ kind: 'no-notebook' });
  const first = new FakeSession('one');
  notebooks.show(first);
  notebooks.show(new FakeSession('two', 'xpython'));
  // What the first one does is no longer of interest.
  first.become('dead');
  notebooks.show(new FakeSession('three', 'ir'));
  notebooks.show(new FakeSession('four', 'of-no-known-language'));
  notebooks.show(new FakeSession());
  notebooks.show();
  expect(seen).toEqual([
    { kind: 'ready', id: 'one' },
    { kind: 'ready', id: 'two' },
    { kind: 'foreign', language: 'R' },
    { kind: 'ready', id: 'four' },
    { kind: 'no-kernel' },
    { kind: 'no-notebook' }
  ]);
  kernel.dispose();
});

it('follows what becomes of it', () => {
  const session = new FakeSession();
  session.isReady = false;
  const kernel = currentKernel(new FakeNotebooks(session));
  const seen = [kernel.situation.kind];
  kernel.changed.connect(() => seen.push(kernel.situation.kind));
  session.session = {
    kernel: { id: 'one', name: 'python3', status: 'starting' }
  };
  session.kernelChanged.emit();
  for (const status of [
    'idle',
    'busy',
    'idle',
    'restarting',
    'starting',
    'idle',
    'dead'
  ]) {
    session.become(status);
  }
  expect(seen).toEqual([
    'starting',
    'ready',
    'restarting',
    'starting',
    'ready',
    'dead'
  ]);
  kernel.dispose();
  session.become('idle');
  expect(kernel.situation.kind).toBe('dead');
});

it('is none where there are no notebooks', () => {
  expect(currentKernel(null).situation).toEqual({ kind: 'no-notebook' });
});
