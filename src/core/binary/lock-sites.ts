/**
 * threading.Lock, RLock and what else stands on PyThread_acquire_lock_timed: CPython 3.8 to 3.13
 * where locks are POSIX semaphores (Python/thread_pthread.h, USE_SEMAPHORES: Linux). A blocked
 * acquire calls sem_wait, or with a timeout sem_timedwait (3.8) or sem_clockwait (3.9 and later
 * with glibc 2.30), again after each signal (EINTR). Lock.acquire tries sem_trywait first, so that
 * these calls are its contended path (Modules/_threadmodule.c, acquire_timed). Locks that C code
 * takes by PyThread_acquire_lock come here without a try, uncontended too: a wait may be of no
 * length.
 *
 * From 3.14 on threading.Lock is a PyMutex (Python/lock.c, parking lot): no sites here.
 */
import { Callees } from './callees';
import type { ElfFile } from './elf';
import {
  callsOf,
  clonesOf,
  functionsNamed,
  readBody,
  roleOf,
  successors
} from './function-body';
import type { FunctionBody } from './function-body';
import type { ArgumentRegister } from './instruction';
import { machineOf } from './machine';
import { distinct, siteAt } from './probe-site';
import type { ProbeSite } from './probe-site';

export interface LockWaitSite extends ProbeSite {
  /** Holds the address of the semaphore, which is the lock's (PyThread_type_lock). */
  readonly lock: ArgumentRegister;
}

export interface LockSites {
  /**
   * A thread is about to wait for a lock, without the GIL: the call itself. `stepped` where it goes
   * through memory (-fno-plt): only there the register has the semaphore, and a wait costs more.
   */
  readonly lockWait: readonly LockWaitSite[];
  /**
   * That wait ended: lock taken, time out, or a signal and then the next wait. The jump (or
   * call) behind it, a conditional jump in the builds seen.
   */
  readonly lockWaitEnd: readonly ProbeSite[];
}

/** The second calls the first, unless link-time optimisation put a copy of the first into it. */
const ACQUIRE = clonesOf(
  'PyThread_acquire_lock_timed',
  'PyThread_acquire_lock'
);

/**
 * Finds where a thread waits for a lock. The functions are exported, so a stripped file has them too.
 *
 * @param elf - the file that holds take_gil
 * @returns undefined if the file has no such function, locks are built in another way, or the end of
 *   a wait is an instruction that each try runs too
 * @throws ElfError if the file is damaged
 */
export function findLockSites(elf: ElfFile): LockSites | undefined {
  const callees = new Callees(elf, name => roleOf(name) !== undefined);
  const [lock] = machineOf(elf).argumentRegisters;
  const lockWait: LockWaitSite[] = [];
  const lockWaitEnd: ProbeSite[] = [];
  for (const symbol of functionsNamed(elf, ACQUIRE)) {
    if (symbol.size === 0) {
      continue;
    }
    const body = readBody(elf, symbol, callees);
    const tried = new Set(
      callsOf(body, 'semtry').flatMap(call => pathBehind(body, call))
    );
    for (const call of callsOf(body, 'semwait')) {
      const end = pathBehind(body, call).find(
        index => body.code[index].probe !== 'stepped'
      );
      if (end === undefined || tried.has(end)) {
        return undefined;
      }
      lockWait.push({ ...siteAt(elf, body, call), lock });
      lockWaitEnd.push(siteAt(elf, body, end));
    }
  }
  return lockWait.length === 0
    ? undefined
    : { lockWait: distinct(lockWait), lockWaitEnd: distinct(lockWaitEnd) };
}

/**
 * What surely runs behind a call: up to the next call, conditional jump or end of the function.
 *
 * @returns indexes into `body.code`, in that order
 */
function pathBehind(body: FunctionBody, call: number): number[] {
  const path = new Set<number>();
  let next = [call + 1];
  while (next.length > 0 && next[0] < body.code.length && !path.has(next[0])) {
    const [index] = next;
    path.add(index);
    const { flow } = body.code[index];
    next = flow === 'next' || flow === 'jump' ? successors(body, index) : [];
  }
  return [...path];
}
