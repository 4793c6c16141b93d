import { ringKib } from '../arguments';
import { ROOTS_RIGHTS, usersRights } from '../perf-rights';
import { readLockLimits, ringSizes } from '../ring-limits';

describe('rights of perf', () => {
  it('gives root all events, all processes and one size of rings', () => {
    expect(ROOTS_RIGHTS.waking).toEqual(['sched:sched_waking']);
    expect(ROOTS_RIGHTS.systemWide).toBe(true);
    expect(ROOTS_RIGHTS.rings(8)).toEqual([ringKib(8)]);
    expect(ROOTS_RIGHTS.cpuClock(4_000_000)).toBe(
      'cpu-clock/period=4000000,name=cpu-clock/'
    );
  });

  it('gives a user user code alone (perf_event_open(2), paranoid 2)', () => {
    const rights = usersRights(2, '/a/folder');
    expect(rights.modifier).toBe(':u');
    expect(rights.waking).toEqual([]);
    expect(rights.systemWide).toBe(false);
    expect(rights.cpuClock(4_000_000)).toMatch(/\/u$/);
    // tools/lib/api/fs/fs.c: TRACEFS_PATH comes before the mount point.
    expect(rights.environment).toEqual({ TRACEFS_PATH: '/a/folder' });
    expect(usersRights(1).environment).toEqual({});
  });

  it('divides what a user may lock among the perfs', () => {
    const limits = readLockLimits();
    expect(usersRights(1).rings(4)).toEqual(ringSizes(4, limits));
    const [alone] = usersRights(1).rings(4);
    const [shared] = usersRights(2).rings(4);
    expect(shared).toBeLessThanOrEqual(alone);
  });
});
