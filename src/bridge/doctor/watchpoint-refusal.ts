/** Why the kernel does not let a user have a watchpoint on a process of their own. */
import { BridgeFailure, errorMessage } from '../failure';
import { missing, type Finding, type Fix } from './finding';
import type { Place } from './place';
import { mayWatch, type Privileges } from './privileges';

/** The highest kernel.perf_event_paranoid at which a user may watch own processes (perf_event_open(2); 3 and 4: Debian, Ubuntu). */
const HIGHEST_PARANOID = 2;

/** What will be needed for sure, whatever else is missing. */
export function foretoldFixes(
  privileges: Privileges,
  { container }: Pick<Place, 'container'>
): Fix[] {
  if (mayWatch(privileges)) {
    return [];
  }
  return [
    ...(isTooParanoid(privileges) ? ['lower-paranoid' as const] : []),
    // Filters of Docker and podman let perf_event_open pass with CAP_PERFMON at most. Outside of containers nothing
    // is known of a filter before it refuses.
    ...(privileges.seccomp === 2 && container !== undefined
      ? ['lift-seccomp' as const]
      : [])
  ];
}

function isTooParanoid({ perf_event_paranoid = 0 }: Privileges): boolean {
  return perf_event_paranoid > HIGHEST_PARANOID;
}

/** @param error what opening one threw */
export function explainWatchpoint(
  error: unknown,
  privileges: Privileges,
  place: Pick<Place, 'container'>
): Finding {
  const said = errorMessage(error);
  switch (error instanceof BridgeFailure ? error.code : 'internal') {
    case 'no-permission':
      return explainPermission(said, privileges, place);
    case 'no-watchpoint':
      return missing(said, 'free-debug-register');
    default:
      // ENODEV and EOPNOTSUPP of perf_event_open(2): a virtual machine without debug registers, for example.
      return /No such device|not supported/i.test(said)
        ? missing(`no watchpoint here: ${said}`, 'other-machine')
        : missing(said);
  }
}

function explainPermission(
  said: string,
  privileges: Privileges,
  place: Pick<Place, 'container'>
): Finding {
  if (isTooParanoid(privileges) && !mayWatch(privileges)) {
    return missing(
      `kernel.perf_event_paranoid is ${privileges.perf_event_paranoid}: above ${HIGHEST_PARANOID} no user may watch, not even own processes`,
      ...foretoldFixes(privileges, place)
    );
  }
  return privileges.seccomp === 2
    ? missing('a seccomp filter forbids perf_event_open', 'lift-seccomp')
    : missing(said, 'grant-perfmon');
}
