/**
 * A small program with the structure of Python/ceval_gil.c, and the flags of distributions to build it
 * with: ways to build CPython that this machine's Pythons don't show.
 */
import { buildC } from './compiled';

// Structure, not text, of CPython 3.13's ceval_gil.c and condvar.h.
export const SOURCE = `
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#define STATIC_INLINE static inline
struct gil {
  unsigned long interval; void *last_holder; int locked; unsigned long switch_number;
  pthread_cond_t cond; pthread_mutex_t mutex;
  pthread_cond_t switch_cond; pthread_mutex_t switch_mutex;
};
typedef struct { void *prev, *next; struct gil *gil; volatile long eval_breaker; } Thread;
__attribute__((noinline, noreturn, cold)) void _Py_FatalErrorFunc(const char *func, const char *msg) { abort(); }
#define FATAL(msg) _Py_FatalErrorFunc(__func__, msg)
#define LOCK(m) do { if (pthread_mutex_lock(&(m))) FATAL("lock"); } while (0)
#define UNLOCK(m) do { if (pthread_mutex_unlock(&(m))) FATAL("unlock"); } while (0)
#define SIGNAL(c) do { if (pthread_cond_signal(&(c))) FATAL("signal"); } while (0)
STATIC_INLINE int PyCOND_TIMEDWAIT(pthread_cond_t *cond, pthread_mutex_t *mut, long long us) {
  struct timespec abs;
  clock_gettime(CLOCK_MONOTONIC, &abs);
  abs.tv_nsec += us * 1000;
  int err = pthread_cond_timedwait(cond, mut, &abs);
  if (err == ETIMEDOUT) return 1;
  return err ? -1 : 0;
}
STATIC_INLINE void drop_gil_impl(Thread *tstate, struct gil *gil) {
  LOCK(gil->mutex);
  __atomic_store_n(&gil->locked, 0, __ATOMIC_RELAXED);
  if (tstate) tstate->prev = 0;
  SIGNAL(gil->cond);
  UNLOCK(gil->mutex);
}
__attribute__((noinline)) static void drop_gil(struct gil *gil, Thread *tstate, int final_release) {
  if (!__atomic_load_n(&gil->locked, __ATOMIC_RELAXED)) FATAL("GIL is not locked");
  if (!final_release) __atomic_store_n(&gil->last_holder, tstate, __ATOMIC_RELAXED);
  drop_gil_impl(tstate, gil);
  if (!final_release && (tstate->eval_breaker & 1)) {
    LOCK(gil->switch_mutex);
    if (__atomic_load_n(&gil->last_holder, __ATOMIC_RELAXED) == tstate) {
      __atomic_fetch_and(&tstate->eval_breaker, ~1L, __ATOMIC_SEQ_CST);
      if (pthread_cond_wait(&gil->switch_cond, &gil->switch_mutex)) FATAL("wait");
    }
    UNLOCK(gil->switch_mutex);
  }
}
__attribute__((noinline)) static void take_gil(Thread *tstate) {
  int err = errno;
  struct gil *gil = tstate->gil;
  LOCK(gil->mutex);
  while (__atomic_load_n(&gil->locked, __ATOMIC_RELAXED)) {
    unsigned long saved = gil->switch_number;
    int r = PyCOND_TIMEDWAIT(&gil->cond, &gil->mutex, gil->interval);
    if (r < 0) FATAL("timedwait");
    if (r && __atomic_load_n(&gil->locked, __ATOMIC_RELAXED) && gil->switch_number == saved)
      __atomic_fetch_or(&((Thread *)gil->last_holder)->eval_breaker, 1L, __ATOMIC_SEQ_CST);
  }
  LOCK(gil->switch_mutex);
  __atomic_store_n(&gil->locked, 1, __ATOMIC_RELAXED);
  if (tstate != gil->last_holder) { gil->last_holder = tstate; gil->switch_number++; }
  SIGNAL(gil->switch_cond);
  UNLOCK(gil->switch_mutex);
  UNLOCK(gil->mutex);
  errno = err;
}
void PyEval_RestoreThread(Thread *t) { take_gil(t); }
void PyEval_SaveThread(Thread *t) { drop_gil(t->gil, t, 0); }
int main(int argc, char **argv) {
  Thread *t = (Thread *)argv;
  if (argc > 100) { PyEval_RestoreThread(t); PyEval_SaveThread(t); drop_gil(t->gil, 0, argc & 1); }
  return 0;
}
`;

export const SHARED = ['-fPIC', '-shared'];

/** By what they are. */
export const FLAGS: [string, string[]][] = [
  ['shared, -O2', ['-O2', ...SHARED]],
  [
    'shared, -O3, position independent calls through memory',
    ['-O3', '-fno-plt', ...SHARED]
  ],
  [
    'shared, CET stubs (.plt.sec)',
    ['-O2', '-fcf-protection=full', '-Wl,-z,ibtplt', '-Wl,-z,lazy', ...SHARED]
  ],
  [
    'shared, CET, calls through memory',
    ['-O2', '-fcf-protection=full', '-fno-plt', ...SHARED]
  ],
  ['shared, bound at start (.plt.got)', ['-O2', '-Wl,-z,now', ...SHARED]],
  [
    'shared, packed relocations',
    ['-O2', '-Wl,-z,pack-relative-relocs', ...SHARED]
  ],
  ['shared, frame pointers', ['-O2', '-fno-omit-frame-pointer', ...SHARED]],
  ['shared, small', ['-Os', ...SHARED]],
  ['executable at a fixed address', ['-O2', '-no-pie', '-fno-pie']],
  ['position independent executable', ['-O2', '-fPIE', '-pie']],
  ['static', ['-O2', '-static']],
  ['static, calls through memory', ['-O2', '-static', '-fno-plt']],
  ['static and position independent', ['-O2', '-static-pie', '-fPIE']],
  ['link-time optimised', ['-O2', '-flto', ...SHARED]]
];

/** Path of the built file. */
export function build(flags: readonly string[], source = SOURCE): string {
  return buildC(source, flags);
}
