/** take_gil and drop_gil where nothing names them, or where other functions have copies of them. */
import { findGilSites } from '../sites';
import type { GilSites } from '../sites';
import { build, FLAGS, SHARED, SOURCE } from './ceval-gil-source';
import { hasCompiler } from './compiled';
import { binutils, listing, openElf } from './pythons';
import type { Line } from './pythons';
import { strip } from './stripped';

(hasCompiler() ? describe : describe.skip)('built here', () => {
  it.each(FLAGS.filter(([, flags]) => !flags.some(isStatic)))(
    '%s, stripped: the same sites',
    (_, flags) => {
      const file = build(flags);
      const copy = strip(file);
      expect(openElf(copy).hasSymbolTable).toBe(false);
      expect(places(copy)).toEqual(places(file));
    }
  );

  it('finds copies of drop_gil in other functions', () => {
    const flags = ['-O2', ...SHARED];
    const file = build(
      flags,
      SOURCE.replace(
        '__attribute__((noinline)) static void drop_gil',
        '__attribute__((always_inline)) static inline void drop_gil'
      )
    );
    expect(binutils('nm', file)).not.toContain('drop_gil');
    const sites = findGilSites(openElf(strip(file)));
    const copies = ['PyEval_SaveThread', 'main'].map(name =>
      listing(file, name)
    );
    expect(sites.drop.map(({ address }) => address).sort()).toEqual(
      copies.flatMap(lines => dropsIn(lines)).sort()
    );
    expect(sites.yield.map(({ address }) => address).sort()).toEqual(
      copies.flatMap(lines => callsIn(lines, 'pthread_cond_wait')).sort()
    );
  });

  // A function that has more to do than to take the GIL, and takes it twice.
  const ENSURE = `
    __attribute__((noinline)) static void other(void) { __asm__ volatile(""); }
    int PyGILState_Ensure(int busy, Thread *t) {
      if (busy) return 1;
      take_gil(t);
      other();
      if (t->next) { drop_gil(t->gil, t, 0); other(); take_gil(t->next); }
      return 0;
    }
    int main(`;

  it('finds copies of take_gil in other functions, with the thread state', () => {
    const file = build(
      ['-O2', ...SHARED],
      SOURCE.replace(
        '__attribute__((noinline)) static void take_gil',
        '__attribute__((always_inline)) static inline void take_gil'
      ).replace('int main(', ENSURE)
    );
    const { request, wake } = findGilSites(openElf(strip(file)));
    // Nothing but a take is in PyEval_RestoreThread: its entry will do.
    const entry = listing(file, 'PyEval_RestoreThread')[0].address;
    const lines = listing(file, 'PyGILState_Ensure');
    const [first, second] = locksBeforeWaits(lines);
    const inEnsure = request.filter(({ address }) =>
      lines.some(line => line.address === address)
    );
    expect(inEnsure).toMatchObject([
      { address: lines[first].address, instruction: 'call' },
      { address: lines[second].address, instruction: 'call' }
    ]);
    expect(request).toContainEqual(
      expect.objectContaining({ address: entry, threadState: 'di' })
    );
    expect(wake.length).toBeGreaterThan(2);
    // The register that was loaded from the argument (si), and the one that was loaded from t->next.
    const loads = (from: RegExp): string[] =>
      binutils('objdump', '-d', '--disassemble=PyGILState_Ensure', file)
        .split('\n')
        .flatMap(line => from.exec(line)?.slice(1, 2) ?? []);
    expect(loads(/mov +%rsi,%r(\w+)/)).toContain(inEnsure[0].threadState);
    expect(loads(/mov +0x8\(%r\w+\),%r(\w+)/)).toContain(
      inEnsure[1].threadState
    );
  });

  // As the short waits of Modules/_ssl.c or socketmodule.c look when everything is inlined.
  const BOTH = `
    __attribute__((noinline)) static void other(void) { __asm__ volatile(""); }
    int blocking_call(Thread *t) {
      drop_gil(t->gil, t, 0);
      other();
      take_gil(t);
      return 0;
    }
    int main(`;

  it('finds a drop and a take that one function has copies of', () => {
    const file = build(
      ['-O2', ...SHARED],
      SOURCE.replaceAll(
        '__attribute__((noinline)) static void',
        '__attribute__((always_inline)) static inline void'
      ).replace('int main(', BOTH)
    );
    const lines = listing(file, 'blocking_call');
    const within = (list: readonly { address: number }[]): number[] =>
      list
        .map(({ address }) => address)
        .filter(address => lines.some(line => line.address === address))
        .sort();
    const sites = findGilSites(openElf(strip(file)));
    // The second is take_gil's signal that there was a switch.
    const [drop, second, ...more] = dropsIn(lines);
    expect(second).toBeDefined();
    expect(more).toEqual([]);
    expect(within(sites.drop)).toEqual([drop]);
    expect(within(sites.yield)).toEqual(callsIn(lines, 'pthread_cond_wait'));
    expect(within(sites.wake)).toHaveLength(1);
    // The take begins behind the drop, not at the function's entry.
    const [take] = locksBeforeWaits(lines);
    expect(within(sites.request)).toEqual([lines[take].address]);
  });

  // As liblzma's workers do (python-build-standalone has it in the executable): the mutex is in front of
  // the condition, and a word that becomes 0 isn't where the GIL has it.
  const WORKER = `
    struct worker { volatile int state; pthread_mutex_t mutex; pthread_cond_t cond; struct timespec until; };
    void lzma_worker(struct worker *w) {
      pthread_mutex_lock(&w->mutex);
      w->state = 0;
      pthread_cond_signal(&w->cond);
      pthread_mutex_unlock(&w->mutex);
      pthread_mutex_lock(&w->mutex);
      while (w->state) pthread_cond_wait(&w->cond, &w->mutex);
      if (w->state) pthread_cond_timedwait(&w->cond, &w->mutex, &w->until);
      pthread_mutex_unlock(&w->mutex);
    }
    int main(`;

  it('is not misled by other code with mutexes and conditions', () => {
    const flags = ['-O2', ...SHARED];
    const file = build(flags, SOURCE.replace('int main(', WORKER));
    expect(listing(file, 'lzma_worker').map(({ callee }) => callee)).toEqual(
      expect.arrayContaining([
        'pthread_cond_signal',
        'pthread_cond_wait',
        'pthread_cond_timedwait'
      ])
    );
    const worker = listing(file, 'lzma_worker').map(({ address }) => address);
    const found = Object.values(findGilSites(openElf(strip(file))))
      .flat()
      .map(({ address }: { address: number }) => address);
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter(address => worker.includes(address))).toEqual([]);
  });

  // As C++'s condition variables in front of their mutex: nothing writes the word that would be gil->locked.
  const PAIR = `
    struct pair { long other; pthread_cond_t cond; pthread_mutex_t mutex; volatile int ready; struct timespec until; };
    int pair_wait(struct pair *p) {
      int r = 0;
      pthread_mutex_lock(&p->mutex);
      while (!p->ready && !r) r = pthread_cond_timedwait(&p->cond, &p->mutex, &p->until);
      p->ready = 0;
      pthread_mutex_unlock(&p->mutex);
      return r;
    }
    void pair_wait_for_ever(struct pair *p) {
      pthread_mutex_lock(&p->mutex);
      while (!p->ready) pthread_cond_wait(&p->cond, &p->mutex);
      pthread_mutex_unlock(&p->mutex);
    }
    int main(`;

  it('is not misled by a condition in front of its mutex', () => {
    const plain = build(['-O2', ...SHARED]);
    const file = build(['-O2', ...SHARED], SOURCE.replace('int main(', PAIR));
    for (const path of [file, strip(file)]) {
      const sites = findGilSites(openElf(path));
      const found = Object.values(sites)
        .flat()
        .map(({ address }: { address: number }) => address);
      const foreign = ['pair_wait', 'pair_wait_for_ever'].flatMap(name =>
        listing(file, name).map(({ address }) => address)
      );
      expect(foreign.length).toBeGreaterThan(20);
      expect(found.filter(address => foreign.includes(address))).toEqual([]);
      expect(counts(sites)).toEqual(counts(findGilSites(openElf(plain))));
    }
  });

  // A lock that looks like the GIL, but keeps no thread: where names tell, it is left out.
  const LOOKALIKE = `
    struct box { long a, b; int locked; long c; pthread_cond_t cond; pthread_mutex_t mutex; struct timespec until; };
    int box_take(struct box *p, int now) {
      if (now) return 1;
      pthread_mutex_lock(&p->mutex);
      while (p->locked) pthread_cond_timedwait(&p->cond, &p->mutex, &p->until);
      p->locked = 1;
      pthread_mutex_unlock(&p->mutex);
      return 0;
    }
    int main(`;

  it('leaves out what it does not recognise where take_gil is named', () => {
    const file = build(
      ['-O2', ...SHARED],
      SOURCE.replace('int main(', LOOKALIKE)
    );
    expect(counts(findGilSites(openElf(file)))).toEqual(
      counts(findGilSites(openElf(build(['-O2', ...SHARED]))))
    );
    expect(() => findGilSites(openElf(strip(file)))).toThrow(
      /the PyThreadState in a register/
    );
  });

  it.each([
    ['where functions begin', [...SHARED, '-fno-asynchronous-unwind-tables']],
    ['the names of what is called', ['-static']]
  ])('says that a stripped file without %s has none', (_, flags) => {
    const file = strip(build(['-O2', ...flags]));
    expect(() => findGilSites(openElf(file))).toThrow(
      /^\S+: no take_gil and no drop_gil was found, neither by name \(the file is stripped\) nor by .*; use .*$/
    );
  });
});

/** Stripping takes the names of the pthread functions that are linked in. */
function isStatic(flag: string): boolean {
  return flag.startsWith('-static');
}

function counts(sites: GilSites): unknown {
  return Object.entries(sites).map(([kind, list]) => [
    kind,
    (list as unknown[]).length
  ]);
}

/** The sites of a file without the names of the functions they lie in. */
function places(file: string): unknown {
  return Object.entries(findGilSites(openElf(file))).map(([kind, list]) => [
    kind,
    (list as { body: string }[]).map(({ body: _, ...site }) => site)
  ]);
}

function callsIn(lines: readonly Line[], name: string): number[] {
  return lines
    .filter(({ callee }) => callee === name)
    .map(({ address }) => address);
}

/** The jumps behind the unlocks that follow a signal without a lock between; in the order of addresses. */
function dropsIn(lines: readonly Line[]): number[] {
  const calls = lines.filter(
    ({ callee }) =>
      callee !== undefined &&
      callee.startsWith('pthread_') &&
      callee !== 'pthread_cond_wait'
  );
  return calls.flatMap((call, index) =>
    call.callee === 'pthread_mutex_unlock' &&
    calls[index - 1]?.callee === 'pthread_cond_signal'
      ? lines
          .slice(lines.indexOf(call))
          .filter(({ mnemonic }) => mnemonic.startsWith('j'))
          .slice(0, 1)
          .map(({ address }) => address)
      : []
  );
}

/** Indexes of the locks that the next timed wait belongs to: the first lock of each copy of take_gil. */
function locksBeforeWaits(lines: readonly Line[]): number[] {
  return lines.flatMap(({ callee }, index) => {
    const next = lines
      .slice(index + 1)
      .find(line => /^pthread_(mutex|cond)/.test(line.callee ?? ''));
    return callee === 'pthread_mutex_lock' &&
      next?.callee === 'pthread_cond_timedwait'
      ? [index]
      : [];
  });
}
