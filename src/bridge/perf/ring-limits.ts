/**
 * How large perf's rings may be for this user: the kernel lets a user lock perf_event_mlock_kb a CPU, and each process
 * RLIMIT_MEMLOCK beyond that (perf_mmap, kernel/events/core.c).
 */
import { readFileSync } from 'node:fs';
import { errorMessage } from '../failure';
import { ringKib } from './arguments';

/** Of capabilities(7): may lock memory without limit. */
const CAP_IPC_LOCK = 14n;

/** The page that stands before a ring, in KiB. */
const HEADER_KIB = 4;

/** In a smaller one some thousand records would have no place. */
const SMALLEST_KIB = 64;

export interface LockLimits {
  /** kernel.perf_event_mlock_kb. */
  readonly userKibPerCpu: number;
  /** RLIMIT_MEMLOCK in KiB; Infinity if there is none, or it does not count. */
  readonly processKib: number;
}

/** Those of this process, which perf inherits. */
export function readLockLimits(): LockLimits {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(
    readText('/proc/self/status')
  );
  const privileged =
    effective !== null &&
    ((BigInt(`0x${effective[1]}`) >> CAP_IPC_LOCK) & 1n) === 1n;
  const [, soft = ''] =
    /^Max locked memory\s+(\S+)/m.exec(readText('/proc/self/limits')) ?? [];
  return {
    userKibPerCpu:
      Number(readText('/proc/sys/kernel/perf_event_mlock_kb')) || 0,
    processKib:
      privileged || soft === 'unlimited' ? Infinity : Number(soft) / 1024 || 0
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/**
 * Ring sizes of one CPU to try, in KiB, the largest first: powers of two. Another perf of the same user may have
 * taken some of what is allowed.
 */
export function ringSizes(cpus: number, limits: LockLimits): number[] {
  const { userKibPerCpu, processKib } = limits;
  const share = userKibPerCpu + processKib / cpus - HEADER_KIB;
  const sizes: number[] = [];
  for (let size = ringKib(cpus); size >= SMALLEST_KIB; size /= 2) {
    if (size <= share || size === SMALLEST_KIB) {
      sizes.push(size);
    }
  }
  return sizes;
}

/** perf's words where the kernel lets it lock no more memory (tools/perf/builtin-record.c, record__mmap_evlist). */
export function isOutOfLockedMemory(error: unknown): boolean {
  return /mapping pages|failed to mmap/.test(errorMessage(error));
}
