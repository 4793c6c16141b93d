/** Is tracefs there, and may probes be defined in it? */
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { BridgeFailure, errorCode, errorMessage } from '../failure';
import { HelpedUprobes } from '../probes/helped-uprobes';
import { HELPER, helperIsInstalled } from '../probes/helper-process';
import { findTracefs, RootsUprobes } from '../probes/tracefs';
import type { Uprobes } from '../probes/uprobes';
import { available, missing, type Finding, type Fix } from './finding';
import type { Privileges } from './privileges';

export interface TracefsAccess {
  finding: Finding;
  /** Absent if probes can't be defined; `close` them. */
  uprobes?: Uprobes;
}

/**
 * Opens `uprobe_events` as it is opened to define a probe, and reads the format of an event as perf does; where that is
 * closed to this user, starts the probe helper.
 */
export async function tryTracefs(
  privileges: Privileges
): Promise<TracefsAccess> {
  const access = tryOwnAccess(privileges);
  if (access.uprobes !== undefined || !helperIsInstalled()) {
    return access;
  }
  const { finding } = access;
  try {
    return {
      uprobes: await HelpedUprobes.open(),
      finding: available(`probes are defined by ${HELPER}`)
    };
  } catch (error) {
    return {
      finding: {
        ...finding,
        why: `${finding.why}; ${errorMessage(error)}`
      }
    };
  }
}

function tryOwnAccess(privileges: Privileges): TracefsAccess {
  let path: string;
  try {
    path = findTracefs();
  } catch (error) {
    return { finding: refusal(error, privileges) };
  }
  try {
    closeSync(
      openSync(`${path}/uprobe_events`, constants.O_WRONLY | constants.O_APPEND)
    );
    readFileSync(`${path}/events/sched/sched_waking/id`);
  } catch (error) {
    return { finding: closed(path, error, privileges) };
  }
  return {
    uprobes: new RootsUprobes(path),
    finding: available(`${path}: probes may be defined here`)
  };
}

function refusal(error: unknown, privileges: Privileges): Finding {
  if (!(error instanceof BridgeFailure)) {
    throw error;
  }
  if (error.code === 'no-permission') {
    return missing(
      `tracefs is mounted, but closed to user ${privileges.uid}`,
      'open-tracefs'
    );
  }
  if (error.message.includes('CONFIG_FTRACE')) {
    return missing(error.message, 'other-kernel');
  }
  // As it is mounted, it belongs to root.
  const closed: Fix[] = privileges.uid === 0 ? [] : ['open-tracefs'];
  return missing('tracefs is not mounted', 'mount-tracefs', ...closed);
}

function closed(
  path: string,
  error: unknown,
  { uid, lockdown }: Privileges
): Finding {
  switch (errorCode(error)) {
    case 'EROFS':
      return missing(
        `${path} is mounted read-only: no probe can be defined`,
        'write-tracefs'
      );
    case 'EPERM':
      // security_locked_down(LOCKDOWN_TRACEFS) in tracing_check_open_get_tr (kernel/trace/trace.c).
      return lockdown === 'confidentiality'
        ? missing(
            'the kernel is locked down (lockdown=confidentiality): it lets nobody trace',
            'other-kernel'
          )
        : missing(`${path} is closed to user ${uid}`, 'open-tracefs');
    case 'EACCES':
      return missing(
        `${path}/uprobe_events may not be written by user ${uid}`,
        'open-tracefs'
      );
    default:
      return missing(`${path}: ${errorMessage(error)}`, 'other-kernel');
  }
}
