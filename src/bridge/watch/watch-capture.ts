/** perf with watchpoints on a process's GIL, as an ordinary user may have it. */
import {
  mayWatch,
  readPrivileges,
  type Privileges
} from '../doctor/privileges';
import { BridgeFailure, errorMessage } from '../failure';
import { needsSystemWide } from '../perf/arguments';
import { EventCapture, type EventCaptureOptions } from '../perf/event-capture';
import { onlineCpus } from '../target/environment';
import { listThreads } from '../target/process';
import { readLockLimits, ringSizes } from './ring-limits';

/**
 * Attaches perf; nothing is recorded yet.
 * @throws BridgeFailure that says what a watchpoint lacks here; nothing is left behind then.
 */
export async function openWatchCapture(
  options: Omit<EventCaptureOptions, 'ringKib'>
): Promise<EventCapture> {
  const cpus = onlineCpus();
  const threads = listThreads(options.pid).length;
  if (needsSystemWide({ threads, cpus }, options.maxIds)) {
    // All processes have something at this address.
    throw new BridgeFailure(
      'perf-failed',
      `perf can't watch ${threads} threads on ${cpus} CPUs: use --mode sample`
    );
  }
  let refused: unknown;
  for (const ringKib of ringSizes(cpus, readLockLimits())) {
    const capture = new EventCapture({ ...options, ringKib });
    try {
      await capture.attach();
      return capture;
    } catch (error) {
      capture.kill();
      await capture.released();
      refused = error;
      if (!isOutOfMemory(error)) {
        break;
      }
    }
  }
  throw explained(refused);
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

/** perf's words where the kernel lets it lock no more memory (tools/perf/builtin-record.c, record__mmap_evlist). */
function isOutOfMemory(error: unknown): boolean {
  return /mapping pages|failed to mmap/.test(errorMessage(error));
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
  if (isOutOfMemory(error)) {
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
