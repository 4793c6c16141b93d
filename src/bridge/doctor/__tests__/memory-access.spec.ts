import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Privileges } from '../privileges';
import { explainRefusal, tryMemory } from '../memory-access';

const PRIVILEGES: Privileges = {
  uid: 1000,
  capabilities: [],
  seccomp: 0,
  no_new_privileges: false,
  initial_user_namespace: true
};
const OWN = { pid: 7, users: [1000, 1000, 1000], dumpable: true };

describe('tryMemory', () => {
  it('reads the memory of a child', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    try {
      expect(tryMemory(child.pid ?? 0, PRIVILEGES)).toMatchObject({
        available: true,
        fix: []
      });
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });

  it('says that a process is gone', () => {
    // No process has a higher number than PID_MAX_LIMIT (include/linux/threads.h).
    const { available, why } = tryMemory(2 ** 22 + 1, PRIVILEGES);
    expect(available).toBe(false);
    expect(why).toContain('ENOENT');
  });
});

// Yama's levels: Documentation/admin-guide/LSM/Yama.rst. None of them can be set on one machine for a test.
describe('explainRefusal', () => {
  it.each([
    [OWN, 1, 'could not make an exception', 'relax-yama'],
    [OWN, 2, 'only root', 'relax-yama'],
    [OWN, 3, 'until the machine is started again', 'restart-machine'],
    [OWN, undefined, 'capabilities', 'same-rights'],
    [{ ...OWN, dumpable: false }, 1, 'not dumpable', 'open-process'],
    [{ ...OWN, users: [0, 0, 0] }, 1, 'runs as user 0', 'same-user'],
    [{ ...OWN, users: [1000, 0, 0] }, undefined, 'tracer as', 'same-user']
  ])('%j under Yama %p', (process, yama, words, fix) => {
    const finding = explainRefusal(process, { ...PRIVILEGES, yama });
    expect(finding.why).toContain(words);
    expect(finding.fix).toEqual([fix]);
  });
});
