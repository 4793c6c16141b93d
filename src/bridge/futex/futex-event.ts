/** The kernel's tracepoint of futex(2) calls, and which of them are recorded. */
import { readFileSync } from 'node:fs';
import { GIL_SIZE } from '../../core/cpython/gil';
import type { Address } from '../../core/units';
import { BridgeFailure, errorCode } from '../failure';
import { findTracefs } from '../probes/tracefs';

/** As perf-record(1) takes it after -e. */
export const FUTEX_EVENT = 'syscalls:sys_enter_futex';

const PLACES = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/**
 * Makes sure that this user may have the tracepoint.
 * @throws BridgeFailure no-tracefs or no-permission.
 */
export function checkFutexEvent(): void {
  for (const place of PLACES) {
    try {
      readFileSync(`${place}/events/syscalls/sys_enter_futex/id`);
      return;
    } catch (error) {
      if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') {
        break;
      }
    }
  }
  // Says what is wrong with tracefs itself.
  findTracefs();
  throw new BridgeFailure(
    'no-tracefs',
    `this kernel has no tracepoint ${FUTEX_EVENT} (CONFIG_FTRACE_SYSCALLS), or it is closed to this user`
  );
}

/** The kernel's filter for calls on words of one GIL; the text is that of Documentation/trace/events.rst. */
export function futexFilter(gil: Address): string {
  const hex = (address: Address): string => `0x${address.toString(16)}`;
  return `uaddr >= ${hex(gil)} && uaddr < ${hex(gil + GIL_SIZE)}`;
}
