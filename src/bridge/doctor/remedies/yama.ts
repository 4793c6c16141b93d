/** Yama's setting kernel.yama.ptrace_scope (Documentation/admin-guide/LSM/Yama.rst). */
import type { Privileges } from '../privileges';

/**
 * Lets a tracer read processes of its own user. At 2 the next lower level is enough, for the traced process names its
 * tracer (PR_SET_PTRACER); at 1 it could not.
 */
export function yamaCommand({ yama }: Pick<Privileges, 'yama'>): string {
  return `sysctl kernel.yama.ptrace_scope=${yama === 1 ? 0 : 1}`;
}
