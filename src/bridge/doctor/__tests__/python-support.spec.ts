import type { HelloRequest } from '../../protocol/messages';
import { tryPython } from '../python-support';

const HELLO: HelloRequest = {
  id: 1,
  op: 'hello',
  protocol: 1,
  pid: process.pid,
  python: '/usr/bin/python3',
  python_version: '3.12.1',
  implementation: 'CPython',
  free_threaded: false,
  gil_enabled: true,
  switch_interval_ns: 5_000_000,
  run_store: '/nonexistent',
  environment: {}
};

describe('tryPython', () => {
  it.each([
    [{ implementation: 'PyPy' }, 'PyPy 3.12.1 is not supported'],
    [{ python_version: '3.7.17' }, 'Python 3.7.17 is not supported'],
    [{ free_threaded: true }, 'free-threaded']
  ])('says of %j what it is', (other, words) => {
    const { finding, interpreter } = tryPython({ ...HELLO, ...other });
    expect(interpreter).toBeUndefined();
    expect(finding.available).toBe(false);
    expect(finding.why).toContain(words);
    expect(finding.fix).toEqual(['other-python']);
  });
});
