import type { Privileges } from '../privileges';
import { foretoldRefusal, watchRefusal } from '../watch-refusal';

const FILTERED: Privileges = {
  uid: 0,
  capabilities: [],
  seccomp: 2,
  no_new_privileges: true,
  initial_user_namespace: true
};
const GRANTED: Privileges = {
  ...FILTERED,
  capabilities: ['CAP_PERFMON', 'CAP_IPC_LOCK']
};

describe('a seccomp filter', () => {
  // moby's default profile lets perf_event_open pass with CAP_PERFMON only in newer versions.
  it('is foretold to be in the way in a container', () => {
    expect(foretoldRefusal(FILTERED, { container: 'docker' })?.fix).toContain(
      'lift-seccomp'
    );
  });

  it('is blamed on a machine of one’s own only when it has refused', () => {
    expect(foretoldRefusal(FILTERED, {})?.fix).toEqual([
      'grant-perfmon',
      'grant-ipc-lock'
    ]);
    expect(foretoldRefusal(GRANTED, {})).toBeUndefined();
    expect(watchRefusal(GRANTED, {}, 'refused').fix).toEqual(['lift-seccomp']);
  });
});
