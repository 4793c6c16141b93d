/** Ways to build CPython that this machine's Pythons don't show: the flags of distributions. */
import * as fs from 'fs';
import { SiteError, findGilSites } from '../sites';
import { build, FLAGS, SHARED, SOURCE } from './ceval-gil-source';
import { hasCompiler } from './compiled';
import { checkSites } from './listing-oracle';
import { listing, openElf } from './pythons';

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
});
