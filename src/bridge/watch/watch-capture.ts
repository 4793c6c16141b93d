/** perf with watchpoints on a process's GIL, as an ordinary user may have it. */
import {
  mayWatch,
  readPrivileges,
  type Privileges
} from '../doctor/privileges';
import { BridgeFailure } from '../failure';
import { EventCapture, type EventCaptureOptions } from '../perf/event-capture';
import { usersRights } from '../perf/perf-rights';
import { isOutOfLockedMemory } from '../perf/ring-limits';

/**
 * Attaches perf; nothing is recorded yet.
 * @throws BridgeFailure that says what a watchpoint lacks here; nothing is left behind then.
 */
export async function openWatchCapture(
  options: Omit<EventCaptureOptions, 'rights'>
): Promise<EventCapture> {
  const capture = new EventCapture({ ...options, rights: usersRights(1) });
  try {
    await capture.attach();
    return capture;
  } catch (error) {
    capture.kill();
    await capture.released();
    throw explained(error);
  }
}

/** The highest kernel.perf_event_paranoid at which a user may watch own processes (perf_event_open(2); 3 and 4: Debian, Ubuntu). */
const HIGHEST_PARANOID = 2;

/** @throws BridgeFailure no-permission where a watchpoint will be refused for sure */
export function requirePermission(privileges: Privileges): void {
  const paranoid = privileges.perf_event_paranoid ?? 0;
  if (paranoid > HIGHEST_PARANOID && !mayWatch(privileges)) {
    throw new BridgeFailure(
      'no-permission',
      `kernel.perf_event_paranoid is ${paranoid}: a watchpoint needs ${HIGHEST_PARANOID} or less. An administrator sets it with: sysctl kernel.perf_event_paranoid=${HIGHEST_PARANOID}`
    );
  }
}

/** Whether a watchpoint could not be had because all are taken. */
export function isOutOfWatchpoints(error: unknown): boolean {
  return error instanceof BridgeFailure && error.code === 'no-watchpoint';
}

function explained(error: unknown): unknown {
  if (!(error instanceof BridgeFailure)) {
    return error;
  }
  const said = error.message;
  if (isOutOfLockedMemory(error)) {
    return new BridgeFailure(
      'perf-failed',
      `perf may lock no memory for its records: end other traces of this user, or raise kernel.perf_event_mlock_kb (${said})`
    );
  }
  // perf_event_open gives ENOSPC, older kernels EBUSY (kernel/events/hw_breakpoint.c).
  if (/No space left|resource busy/.test(said)) {
    return new BridgeFailure(
      'no-watchpoint',
      'all debug registers are in use: end the debugger or the other trace that has them, or use --mode sample'
    );
  }
  if (error.code === 'no-permission') {
    try {
      requirePermission(readPrivileges());
    } catch (foretold) {
      return foretold;
    }
    return new BridgeFailure(
      'no-permission',
      `the kernel refuses a watchpoint to this user (${said})`
    );
  }
  return error;
}
