import { installLine } from '../install-line';
import { ShimLoader } from '../shim';
import { FakeKernel, raised, shown } from './fake-kernel';

const MISSING = raised('ModuleNotFoundError', "No module named 'giltracer'");

describe('ShimLoader', () => {
  it('asks silently, once, and again after a restart', async () => {
    const kernel = new FakeKernel();
    const shims = new ShimLoader();
    const first = shims.load(kernel.connection);
    expect(kernel.requests).toHaveLength(1);
    expect(kernel.requests[0].content).toMatchObject({
      code: '',
      silent: true,
      store_history: false
    });
    await kernel.requests[0].answer({ load: shown('None') });
    expect(await first).toEqual({ state: 'loaded' });
    void shims.load(kernel.connection);
    expect(kernel.requests).toHaveLength(1);
    kernel.statusChanged.emit('restarting');
    expect(shims.has(kernel.connection)).toBe(false);
    void shims.load(kernel.connection);
    expect(kernel.requests).toHaveLength(2);
  });

  it('tells where giltracer must be installed, and asks again', async () => {
    const kernel = new FakeKernel();
    const shims = new ShimLoader();
    const first = shims.load(kernel.connection);
    await kernel.requests[0].answer({
      load: MISSING,
      python: shown("'/opt/a b/python'")
    });
    const state = await first;
    expect(state).toEqual({ state: 'missing', python: '/opt/a b/python' });
    expect(shims.has(kernel.connection)).toBe(false);
    expect(installLine('/opt/a b/python')).toBe(
      "'/opt/a b/python' -m pip install giltracer"
    );
  });

  it('knows a giltracer that is broken from one that is missing', async () => {
    const kernel = new FakeKernel();
    const first = new ShimLoader().load(kernel.connection);
    await kernel.requests[0].answer({
      load: raised('ModuleNotFoundError', "No module named 'ast'")
    });
    expect(await first).toEqual({
      state: 'broken',
      message: "ModuleNotFoundError: No module named 'ast'"
    });
  });

  it('knows nothing of a kernel that gives no answer', async () => {
    const kernel = new FakeKernel();
    const shims = new ShimLoader();
    const first = shims.load(kernel.connection);
    await kernel.requests[0].giveUp();
    expect(await first).toEqual({ state: 'unknown' });
    const second = shims.load(kernel.connection);
    await kernel.requests[1].answer({}, 'aborted');
    expect(await second).toEqual({ state: 'unknown' });
  });
});
