/** Why the kernel does not let perf watch. */
import type { Fix } from './finding';
import type { Place } from './place';
import { mayWatch, type Privileges } from './privileges';

export interface WatchRefusal {
  why: string;
  fix: Fix[];
}

/** Of a perf_event_open for a probe or tracepoint, or of the rings that come after it. */
export function watchRefusal(
  privileges: Privileges,
  { container }: Pick<Place, 'container'>,
  perfSaid: string
): WatchRefusal {
  if (/mlock_kb|mmap_pages/.test(perfSaid)) {
    return {
      why: 'its buffers are larger than this process may lock into memory (no CAP_IPC_LOCK)',
      fix: ['grant-ipc-lock']
    };
  }
  return foretoldRefusal(privileges, { container }) ?? lastRefusal(privileges);
}

/** What will be refused for sure, and what else is in the way then; undefined if nothing is known to be. */
export function foretoldRefusal(
  privileges: Privileges,
  { container }: Pick<Place, 'container'>
): WatchRefusal | undefined {
  const { capabilities, initial_user_namespace } = privileges;
  const refusal = (why: string, ...fix: Fix[]): WatchRefusal => ({
    why,
    fix: [
      ...fix,
      ...(capabilities.includes('CAP_IPC_LOCK')
        ? []
        : ['grant-ipc-lock' as const]),
      // Filters of Docker and podman let perf_event_open pass with the capability, but not in all their versions.
      // Outside containers nothing is known of a filter before it refuses.
      ...(privileges.seccomp === 2 && container !== undefined
        ? ['lift-seccomp' as const]
        : [])
    ]
  });
  if (!initial_user_namespace) {
    return refusal(
      'this is a user namespace (a rootless container), where capabilities do not count for perf',
      'leave-user-namespace',
      'grant-perfmon'
    );
  }
  return mayWatch(privileges)
    ? undefined
    : refusal('this process has no CAP_PERFMON', 'grant-perfmon');
}

function lastRefusal({ seccomp }: Privileges): WatchRefusal {
  return seccomp === 2
    ? {
        why: 'a seccomp filter forbids perf_event_open',
        fix: ['lift-seccomp']
      }
    : {
        why: 'the kernel refuses although CAP_PERFMON is there',
        fix: ['other-kernel']
      };
}
