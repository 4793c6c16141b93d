import { findCollectorSites } from '../collector-sites';
import { buildC, hasCompiler } from './compiled';
import { binutils, listing, openElf, pythonBuilds } from './pythons';

const builds = pythonBuilds();

describe.each(builds.filter(({ hasSymbols }) => hasSymbols))(
  '$version $library',
  ({ library, minor }) => {
    const sites = findCollectorSites(openElf(library));

    it('stands at the entries that nm shows, emulated', () => {
      const name = minor < 10 ? 'collect' : 'gc_collect_main';
      const entries = Array.from(
        binutils('nm', library).matchAll(/^([0-9a-f]+) [tT] (\S+)$/gm),
        match => ({ address: parseInt(match[1], 16), body: match[2] })
      ).filter(({ body }) => body.replace(/\.constprop\.\d+$/, '') === name);
      expect(entries.length).toBeGreaterThan(0);
      expect(sites.map(({ address, body }) => ({ address, body }))).toEqual(
        entries.sort((a, b) => a.address - b.address)
      );
      expect(new Set(sites.map(({ instruction }) => instruction))).toEqual(
        new Set(['push'])
      );
    });

    it('has the generation where the whole function has its arguments', () => {
      for (const { body, generation } of sites) {
        expect(generation).toBe(body.includes('.') ? undefined : 'si');
      }
    });
  }
);

it.each(builds.filter(({ hasSymbols }) => !hasSymbols))(
  'has none in the stripped $library',
  ({ library }) => {
    expect(findCollectorSites(openElf(library))).toEqual([]);
  }
);

const SHARED = ['-O2', '-fPIC', '-shared'];

(hasCompiler() ? describe : describe.skip)('built here', () => {
  // Enough work around a call to save registers on the stack first.
  const source = (name: string, report: string): string => `
    void ${report}(void *); long work(void *, int);
    __attribute__((noinline)) static long ${name}(void *state, int generation) {
      long sum = work(state, generation);
      for (int i = 0; i < generation; i++) sum += work(state, i);
      if (sum < 0) ${report}(state);
      return sum;
    }
    long PyGC_Collect(void *state, int generation) { return ${name}(state, generation) + 1; }`;

  it('stands behind endbr64, where the stack is still that of the entry', () => {
    const file = buildC(source('gc_collect_main', 'abort'), [
      ...SHARED,
      '-fcf-protection=full',
      // gcc leaves the marker out of a static function that is only called directly.
      '-fno-optimize-sibling-calls',
      '-Dstatic='
    ]);
    const [first, second] = listing(file, 'gc_collect_main');
    expect(first.mnemonic).toBe('endbr64');
    expect(second.mnemonic).toBe('push');
    expect(findCollectorSites(openElf(file))).toMatchObject([
      { address: second.address, instruction: 'push', generation: 'si' }
    ]);
  });

  it('tells the collector from another function named collect', () => {
    const ours = buildC(source('collect', 'PyErr_WriteUnraisable'), SHARED);
    expect(findCollectorSites(openElf(ours))).toMatchObject([
      { body: 'collect' }
    ]);
    const other = buildC(source('collect', 'perror'), SHARED);
    expect(findCollectorSites(openElf(other))).toEqual([]);
  });
});
