import { findLockSites } from '../lock-sites';
import { buildC, hasCompiler } from './compiled';
import { checkLockSites } from './listing-oracle';
import { binutils, openElf, pythonBuilds } from './pythons';

describe.each(pythonBuilds())('$version $library', ({ library, minor }) => {
  const sites = findLockSites(openElf(library));

  it('has each wait where objdump shows the calls, stripped or not', () => {
    expect(sites).toBeDefined();
    if (sites !== undefined) {
      checkLockSites(library, sites);
    }
  });

  it('is built as Python/thread_pthread.h says of the version', () => {
    const imports = binutils('nm', '-D', library);
    expect(imports).toMatch(/\bU sem_wait\b/);
    expect(imports.includes(' U sem_timedwait')).toBe(minor === 8);
    expect(imports.includes(' U sem_clockwait')).toBe(minor > 8);
  });
});

// Structure, not text, of CPython 3.13's Python/thread_pthread.h with USE_SEMAPHORES.
const SEMAPHORES = `
#define _GNU_SOURCE
#include <errno.h>
#include <semaphore.h>
#include <time.h>
static int fix_status(int status) { return status == -1 ? errno : status; }
int PyThread_acquire_lock_timed(void *lock, long long us, int intr) {
  struct timespec ts = { us / 1000000, us % 1000000 };
  int status;
  do {
    if (us > 0) status = fix_status(sem_clockwait(lock, CLOCK_MONOTONIC, &ts));
    else if (us == 0) status = fix_status(sem_trywait(lock));
    else status = fix_status(sem_wait(lock));
  } while (status == EINTR && !intr);
  return status == 0;
}
int main(int argc, char **argv) { return PyThread_acquire_lock_timed(argv, argc, 0); }
`;

// The same with USE_SEMAPHORES undefined: a mutex and a condition variable.
const MUTEX = `
#include <pthread.h>
struct lock { int locked; pthread_cond_t cond; pthread_mutex_t mutex; };
int PyThread_acquire_lock_timed(struct lock *lock, long long us, int intr) {
  pthread_mutex_lock(&lock->mutex);
  while (lock->locked) if (pthread_cond_wait(&lock->cond, &lock->mutex)) break;
  lock->locked = 1;
  pthread_mutex_unlock(&lock->mutex);
  return 1;
}
int main(int argc, char **argv) { return PyThread_acquire_lock_timed((struct lock *)argv, argc, 0); }
`;

// By hand: each wait and the try run into the same jump.
const JOINED = `
__asm__(".text\\n.globl PyThread_acquire_lock_timed\\n"
  ".type PyThread_acquire_lock_timed, @function\\nPyThread_acquire_lock_timed:\\n"
  "push %rbx\\ntest %rsi, %rsi\\nje 1f\\ncall sem_wait@plt\\n"
  "2: cmp $-1, %eax\\nje 3f\\npop %rbx\\nret\\n3: ud2\\n"
  "1: call sem_trywait@plt\\nnopw 0(%rax)\\njmp 2b\\n"
  ".size PyThread_acquire_lock_timed, .-PyThread_acquire_lock_timed\\n");
`;

const FLAGS: [string, string[]][] = [
  ['shared', ['-O2', '-fPIC', '-shared']],
  ['shared, without optimisation', ['-O0', '-fPIC', '-shared']],
  ['shared and stripped', ['-O2', '-fPIC', '-shared', '-s']],
  ['calls through memory', ['-O2', '-fno-plt', '-fPIC', '-shared']],
  ['CET', ['-O2', '-fcf-protection=full', '-Wl,-z,ibtplt', '-fPIC', '-shared']],
  ['static', ['-O2', '-static']]
];

(hasCompiler() ? describe : describe.skip)('built here', () => {
  it.each(FLAGS)('%s', (_, flags) => {
    const file = buildC(SEMAPHORES, flags);
    const sites = findLockSites(openElf(file));
    expect(sites).toBeDefined();
    if (sites !== undefined) {
      checkLockSites(file, sites);
    }
  });

  it('has none where the end of a wait is an instruction of each try too', () => {
    const flags = ['-fPIC', '-shared'];
    const file = buildC(JOINED, flags);
    expect(findLockSites(openElf(file))).toBeUndefined();
    const apart = buildC(JOINED.replace('jmp 2b', 'jmp 3b'), flags);
    expect(findLockSites(openElf(apart))?.lockWaitEnd).toMatchObject([
      { instruction: 'jcc' }
    ]);
  });

  it('has none where locks are no semaphores', () => {
    const file = buildC(MUTEX, ['-O2', '-fPIC', '-shared']);
    expect(findLockSites(openElf(file))).toBeUndefined();
  });

  it('has none in a file without the function', () => {
    const file = buildC('int x(void) { return 1; }', ['-fPIC', '-shared']);
    expect(findLockSites(openElf(file))).toBeUndefined();
  });
});
