import { SleepKind, SleepKinds } from '../sleep-kind';

/** Numbers by name, from ausyscall --dump of both machines. */
const CALLS: [string, string, number, number, SleepKind][] = [
  ['x64', 'clock_nanosleep', 230, 1, SleepKind.Pause],
  ['x64', 'select of no file', 23, 0, SleepKind.Pause],
  ['x64', 'select of files', 23, 9, SleepKind.InputOutput],
  ['x64', 'epoll_wait', 232, 5, SleepKind.InputOutput],
  ['x64', 'read', 0, 5, SleepKind.InputOutput],
  ['x64', 'wait4', 61, 0, SleepKind.Process],
  ['x64', 'futex', 202, 0, SleepKind.Other],
  ['x64', 'none', -1, 0, SleepKind.Other],
  ['arm64', 'clock_nanosleep', 115, 1, SleepKind.Pause],
  ['arm64', 'read', 63, 5, SleepKind.InputOutput],
  ['arm64', 'wait4', 260, 0, SleepKind.Process],
  ['s390x', 'read', 3, 0, SleepKind.Other]
];

it.each(CALLS)('%s: %s', (machine, _, call, argument, kind) => {
  expect(new SleepKinds(machine).of(call, argument)).toBe(kind);
});
