/** What is refused without opening a watchpoint. */
import type { Privileges } from '../../doctor/privileges';
import { requirePermission } from '../watch-capture';

const USER: Privileges = {
  uid: 1000,
  capabilities: [],
  seccomp: 0,
  no_new_privileges: false,
  initial_user_namespace: true
};

it.each([3, 4])('perf_event_paranoid %d forbids it to users', paranoid => {
  const privileges = { ...USER, perf_event_paranoid: paranoid };
  expect(() => requirePermission(privileges)).toThrow(
    `kernel.perf_event_paranoid is ${paranoid}`
  );
});

it.each([-1, 0, 1, 2, undefined])(
  'perf_event_paranoid %p does not',
  paranoid => {
    expect(() =>
      requirePermission({ ...USER, perf_event_paranoid: paranoid })
    ).not.toThrow();
  }
);

it('CAP_PERFMON allows it', () => {
  expect(() =>
    requirePermission({
      ...USER,
      perf_event_paranoid: 4,
      capabilities: ['CAP_PERFMON']
    })
  ).not.toThrow();
});
