import { minorVersion, unsupportedPython } from '../version';

const python = (version: string, changes: object = {}): string | undefined =>
  unsupportedPython({
    implementation: 'CPython',
    version,
    freeThreaded: false,
    ...changes
  });

it.each([
  '3.8.18',
  '3.9.18',
  '3.10.13',
  '3.11.7',
  '3.12.1',
  '3.13.0',
  '3.13.0rc2+',
  '3.14.10',
  '3.15.0a5+'
])('takes %s', version => {
  expect(python(version)).toBeUndefined();
});

it.each(['2.7.18', '3.7.16', '3.16.0', '4.0.0', ''])('refuses %s', version => {
  expect(python(version)).toContain(`Python ${version} is not supported`);
});

it('refuses other implementations and free-threaded builds', () => {
  expect(python('3.10.14', { implementation: 'PyPy' })).toMatch(
    /^PyPy 3.10.14/
  );
  expect(python('3.13.0', { freeThreaded: true })).toMatch(/free-threaded/);
  expect(python('3.13.0', { implementation: 'cpython' })).toBeUndefined();
});

it('reads the minor version', () => {
  expect(minorVersion('3.11.7')).toBe(11);
  expect(minorVersion('3.9')).toBe(9);
  expect(minorVersion('3.x')).toBeUndefined();
});
