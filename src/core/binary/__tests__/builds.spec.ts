/**
 * Ways to build CPython that this machine's Pythons don't show: a small program with the structure
 * of Python/ceval_gil.c, built with the flags of distributions.
 */
import * as fs from 'fs';
import { SiteError, findGilSites } from '../sites';
import { buildC, hasCompiler } from './compiled';
import { checkSites } from './listing-oracle';
import { listing, openElf } from './pythons';

// Structure, not text, of CPython 3.13's ceval_gil.c and condvar.h.
const SOURCE = `
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

const SHARED = ['-fPIC', '-shared'];

const FLAGS: [string, string[]][] = [
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

const build = (flags: readonly string[], source = SOURCE): string =>
  buildC(source, flags);

(hasCompiler() ? describe : describe.skip)('built here', () => {
  it.each(FLAGS)('%s', (_, flags) => {
    const file = build(flags);
    const sites = checkSites(file, openElf(file));
    expect(sites.request.map(({ threadState }) => threadState)).toEqual(['di']);
    expect(sites.wake).toHaveLength(1);
    expect(sites.drop.length).toBeGreaterThan(0);
    expect(sites.yieldEnd).toHaveLength(1);
  });

  it('without optimisation, where the inline functions are functions', () => {
    const file = build(['-O0', ...SHARED]);
    const sites = checkSites(file, openElf(file), 'PyCOND_TIMEDWAIT');
    expect(sites.wake).toHaveLength(1);
    expect(sites.drop.map(({ body }) => body)).toEqual(['drop_gil_impl']);
    expect(sites.yield.map(({ body }) => body)).toEqual(['drop_gil']);
  });

  it('shared, CET stubs with bnd, as binutils before 2.38 makes them', () => {
    const file = build([
      '-O2',
      '-fcf-protection=full',
      '-Wl,-z,ibtplt',
      '-Wl,-z,lazy',
      ...SHARED
    ]);
    // endbr64; jmp *slot; nopw → endbr64; bnd jmp *slot; nopl
    const bytes = fs.readFileSync(file);
    const stub = Buffer.from('f30f1efaff25', 'hex');
    let count = 0;
    for (
      let at = bytes.indexOf(stub);
      at >= 0;
      at = bytes.indexOf(stub, at + 1)
    ) {
      const displacement = bytes.readInt32LE(at + 6);
      bytes.set([0xf2, 0xff, 0x25], at + 4);
      bytes.writeInt32LE(displacement - 1, at + 7);
      bytes.set([0x0f, 0x1f, 0x44, 0, 0], at + 11);
      count++;
    }
    expect(count).toBeGreaterThan(5);
    fs.writeFileSync(file, bytes);
    expect(checkSites(file, openElf(file)).wake).toHaveLength(1);
  });

  it('starts the forced wait at a call through memory only where nothing cheaper runs with it', () => {
    const flags = ['-O2', '-fno-plt', ...SHARED];
    const plain = build(flags);
    const [wait] = listing(plain, 'drop_gil').filter(
      ({ callee }) => callee === 'pthread_cond_wait'
    );
    expect(wait.bytes.slice(0, 2)).toEqual([0xff, 0x15]);
    expect(checkSites(plain, openElf(plain)).yield).toMatchObject([
      { address: wait.address, instruction: 'stepped' }
    ]);

    const local = build(
      flags,
      SOURCE.replace(
        'if (pthread_cond_wait(',
        'tick(); if (pthread_cond_wait('
      ).replace(
        'STATIC_INLINE void drop',
        '__attribute__((noinline)) static void tick(void) { __asm__ volatile(""); }\n$&'
      )
    );
    const [call] = listing(local, 'drop_gil').filter(
      ({ callee }) => callee === 'tick'
    );
    expect(checkSites(local, openElf(local)).yield).toMatchObject([
      { address: call.address, instruction: 'call' }
    ]);
  });

  it('has no site at a wait through memory unless an emulated instruction runs with it', () => {
    const flags = ['-O2', '-fno-plt', ...SHARED];
    const plain = build(flags);
    const [wait] = listing(plain, 'take_gil').filter(
      ({ callee }) => callee === 'pthread_cond_timedwait'
    );
    expect(wait.bytes.slice(0, 2)).toEqual([0xff, 0x15]);
    const sites = checkSites(plain, openElf(plain));
    expect(sites.wait).toEqual([]);
    expect(sites.wake).toHaveLength(1);

    // As _PyThread_cond_after() of CPython, where it is bound to the file itself.
    const local = build(
      flags,
      SOURCE.replace('int err = pthread_cond', 'after(&abs); $&').replace(
        'STATIC_INLINE int PyCOND',
        '__attribute__((noinline)) static void after(void *abs) { __asm__ volatile("" :: "r"(abs) : "memory"); }\n$&'
      )
    );
    const [call] = listing(local, 'take_gil').filter(
      ({ callee }) => callee === 'after'
    );
    expect(checkSites(local, openElf(local)).wait).toMatchObject([
      { address: call.address, instruction: 'call' }
    ]);
  });

  it('tells the unlock of gil->mutex where a path leads to the other one too', () => {
    const file = build(
      ['-O2', ...SHARED],
      SOURCE.replace('FATAL("signal")', 'return')
    );
    const sites = checkSites(file, openElf(file));
    expect(sites.drop).toHaveLength(1);
  });

  it('refuses code that it does not know, by name', () => {
    const file = build(
      ['-O2', ...SHARED],
      SOURCE.replace('pthread_cond_timedwait(cond, mut, &abs)', 'usleep(us)')
    );
    expect(() => findGilSites(openElf(file))).toThrow(SiteError);
    expect(() => findGilSites(openElf(file))).toThrow(
      /^\S+: take_gil .*pthread_cond_timedwait.*$/
    );
  });

  it('names what a stripped file lacks', () => {
    const file = build(['-O2', '-s', ...SHARED]);
    expect(() => findGilSites(openElf(file))).toThrow(
      /no symbol take_gil and drop_gil \(the file is stripped\)/
    );
  });

  it('is not misled by the cold tail of a body', () => {
    const file = build(
      ['-O2', ...SHARED],
      SOURCE.replace(/drop_gil\b/g, 'drop')
    );
    expect(() => findGilSites(openElf(file))).toThrow(/no symbol drop_gil;/);
  });
});
