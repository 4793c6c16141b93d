import { execFileSync } from 'child_process';
import fc from 'fast-check';
import { NativeSymbols } from '../native-symbols';
import { buildC, hasCompiler, newFile } from './compiled';
import { binutils, openElf, pythonBuilds } from './pythons';

interface Named {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Functions with a size, as nm shows them. */
function functionsOf(file: string, ...options: string[]): Named[] {
  const line = /^([0-9a-f]+) ([0-9a-f]+) [tTwWi] ([^@\s]+)/gm;
  return Array.from(
    binutils('nm', '-S', '--defined-only', ...options, file).matchAll(line),
    match => ({
      start: parseInt(match[1], 16),
      end: parseInt(match[1], 16) + parseInt(match[2], 16),
      name: match[3].replace(
        /(\.(constprop|isra|part|lto_priv|cold)(\.\d+)?)+$/,
        ''
      )
    })
  ).filter(({ start, end }) => end > start);
}

/** The stubs as objdump labels them. */
function stubsOf(file: string): { address: number; name: string }[] {
  return Array.from(
    binutils(
      'objdump',
      '-d',
      '--section=.plt',
      '--section=.plt.sec',
      '--section=.plt.got',
      file
    ).matchAll(/^([0-9a-f]+) <([^>+*]+@plt)>:$/gm),
    match => ({ address: parseInt(match[1], 16), name: match[2] })
  );
}

const builds = pythonBuilds();

describe.each(builds)('$version $library', ({ library, hasSymbols }) => {
  const symbols = NativeSymbols.fromElf(openElf(library));
  const functions = functionsOf(library, ...(hasSymbols ? [] : ['-D']));

  it('knows whether it has all functions', () => {
    expect(symbols.complete).toBe(hasSymbols);
  });

  it('names the first and the last byte of each function that nm shows', () => {
    expect(functions.length).toBeGreaterThan(1000);
    const names = new Map<number, Set<string>>();
    for (const { start, name } of functions) {
      names.set(start, (names.get(start) ?? new Set()).add(name));
    }
    const wrong = functions.filter(
      ({ start, end }) =>
        !names.get(start)?.has(symbols.nameAt(start) ?? '') ||
        symbols.nameAt(end - 1) === undefined
    );
    expect(wrong).toEqual([]);
  });

  it('names any address as nm does, and none between functions', () => {
    const seed = Date.now() & 0x7fffffff;
    console.info(`native-symbols.spec: fast-check seed ${seed}`);
    const low = Math.min(...functions.map(({ start }) => start));
    const high = Math.max(...functions.map(({ end }) => end));
    const stubs = stubsOf(library).map(({ address }) => address);
    const firstStub = Math.min(...stubs);
    const lastStub = Math.max(...stubs) + 16;
    fc.assert(
      fc.property(fc.integer({ min: low - 64, max: high + 64 }), address => {
        if (address >= firstStub && address < lastStub) {
          return;
        }
        const allowed = functions
          .filter(({ start, end }) => address >= start && address < end)
          .map(({ name }): string | undefined => name);
        expect(allowed.length === 0 ? [undefined] : allowed).toContain(
          symbols.nameAt(address)
        );
      }),
      { seed, numRuns: 400 }
    );
  });

  it('names the stubs as objdump does', () => {
    const stubs = stubsOf(library);
    expect(stubs.length).toBeGreaterThan(50);
    expect(stubs.map(({ address }) => symbols.nameAt(address + 5))).toEqual(
      stubs.map(({ name }) => name)
    );
  });
});

const SOURCE = `
#include <stdlib.h>
__attribute__((noinline, noclone)) static int hidden(int x) { return atoi(getenv("A")) + x; }
int shown(int x) { return hidden(x) * 3; }
int _alias(int x) __attribute__((alias("shown")));
int weaker(int x) __attribute__((weak, alias("shown")));
__asm__(".text\\n.type clone, @function\\n"
  ".globl clone.lto_priv.0\\n.type clone.lto_priv.0, @function\\nclone.lto_priv.0: nop; nop; nop; nop\\n.size clone.lto_priv.0, 4\\n"
  ".type half.constprop.0.cold, @function\\nhalf.constprop.0.cold: nop; nop\\n.size half.constprop.0.cold, 2\\n"
  ".type outer, @function\\nouter: nop; nop\\n.type inner, @function\\ninner: nop\\n.size inner, 1\\nafter_inner: nop; nop\\n.size outer, 5\\n"
  ".type unsized, @function\\nunsized: nop; nop\\n");
`;

(hasCompiler() ? describe : describe.skip)('built here', () => {
  const addressOf = (file: string, name: string): number => {
    const line = new RegExp(
      `^([0-9a-f]+) \\w ${name.replace(/\./g, '\\.')}$`,
      'm'
    );
    const match = line.exec(binutils('nm', file));
    expect(match).not.toBeNull();
    return parseInt(match?.[1] ?? '', 16);
  };
  const build = (...flags: string[]): string =>
    buildC(SOURCE, ['-O2', '-fPIC', '-shared', ...flags]);

  it('shows one name of several, and the function of a clone', () => {
    const file = build();
    const symbols = NativeSymbols.fromElf(openElf(file));
    expect(symbols.nameAt(addressOf(file, 'weaker'))).toBe('shown');
    expect(symbols.nameAt(addressOf(file, 'clone.lto_priv.0'))).toBe('clone');
    expect(symbols.nameAt(addressOf(file, 'half.constprop.0.cold'))).toBe(
      'half'
    );
  });

  it('finds the outer function behind one that lies in it, and nothing without a size', () => {
    const file = build();
    const symbols = NativeSymbols.fromElf(openElf(file));
    const outer = addressOf(file, 'outer');
    expect([0, 1, 2, 3, 4].map(into => symbols.nameAt(outer + into))).toEqual([
      'outer',
      'outer',
      'inner',
      'outer',
      'outer'
    ]);
    expect(symbols.nameAt(addressOf(file, 'unsized'))).toBeUndefined();
  });

  it.each([
    ['lazy', ['-Wl,-z,lazy']],
    ['bound at start', ['-Wl,-z,now']],
    ['CET', ['-fcf-protection=full', '-Wl,-z,ibtplt', '-Wl,-z,lazy']],
    [
      'CET, bound at start',
      ['-fcf-protection=full', '-Wl,-z,ibtplt', '-Wl,-z,now']
    ]
  ])('names stubs: %s', (_, flags) => {
    const file = build(...flags);
    const symbols = NativeSymbols.fromElf(openElf(file));
    const stubs = stubsOf(file).filter(({ name }) =>
      /^(atoi|strtol|getenv)@/.test(name)
    );
    expect(stubs).toHaveLength(2);
    for (const { address, name } of stubs) {
      expect(symbols.nameAt(address)).toBe(name);
    }
  });

  describe('stripped', () => {
    const strip = (): { whole: string; stripped: string; debug: string } => {
      const whole = build('-Wl,--build-id=sha1');
      const [stripped, debug] = [newFile(), newFile()];
      execFileSync('objcopy', ['--only-keep-debug', whole, debug]);
      execFileSync('strip', ['-o', stripped, whole]);
      return { whole, stripped, debug };
    };

    it('names exported functions within their size only', () => {
      const { whole, stripped } = strip();
      const symbols = NativeSymbols.fromElf(openElf(stripped));
      expect(symbols.complete).toBe(false);
      expect(symbols.nameAt(addressOf(whole, 'shown'))).toBe('shown');
      expect(symbols.nameAt(addressOf(whole, 'hidden'))).toBeUndefined();
    });

    it('has the names that were added from its debug file', () => {
      const { whole, stripped, debug } = strip();
      const elf = openElf(stripped);
      elf.addSymbols(openElf(debug));
      const symbols = NativeSymbols.fromElf(elf);
      expect(symbols.complete).toBe(true);
      expect(symbols.nameAt(addressOf(whole, 'hidden'))).toBe('hidden');
      expect(symbols.nameAt(addressOf(whole, 'shown'))).toBe('shown');
    });
  });
});
