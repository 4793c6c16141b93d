import { binutils, pythonBuilds } from '../../binary/__tests__/pythons';
import type { PythonBuild } from '../../binary/__tests__/pythons';
import { GilError, findGil } from '../gil';
import type { GilSearch } from '../gil';
import { readWord } from '../memory';
import {
  ONE_THREAD,
  SUB_INTERPRETER,
  TWO_THREADS,
  startPython
} from './live-python';
import type { LivePython } from './live-python';

const builds = pythonBuilds();

console.info(
  builds.map(({ version, library }) => `gil: ${version} ${library}`).join('\n')
);

function runtimeSize(library: string): number {
  const match = / (\w+) OBJECT +GLOBAL +DEFAULT +\d+ _PyRuntime\b/.exec(
    binutils('readelf', '--dyn-syms', '-W', library)
  );
  return Number(match?.[1]);
}

function searchOf(
  build: PythonBuild,
  live: LivePython,
  interval: number
): GilSearch {
  return {
    readMemory: live.readMemory,
    runtime: { address: live.runtime, size: runtimeSize(build.library) },
    switchIntervalUs: 1e6 * interval,
    minor: build.minor
  };
}

function int32(live: LivePython, address: number): number {
  return new DataView(live.readMemory(address, 4).buffer).getInt32(0, true);
}

const pause = (ms: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, ms));

it('has a CPython 3.8 to 3.13 to test with', () => {
  expect(builds.length).toBeGreaterThan(0);
});

describe.each(builds)('$version $library', build => {
  async function run(
    script: string,
    interval: number,
    check: (live: LivePython) => Promise<void> | void
  ): Promise<void> {
    const live = await startPython(build.executable, script, interval);
    try {
      await check(live);
    } finally {
      live.stop();
    }
  }

  it.each([0.005, 0.0071, 0.5])(
    'finds the GIL that the running thread holds, interval %d s',
    interval =>
      run(ONE_THREAD, interval, async live => {
        const gil = findGil(searchOf(build, live, interval));
        expect(gil.foundBy).toBe(
          build.minor >= 13
            ? 'debug-offsets'
            : build.minor === 12
              ? 'scan'
              : 'known-offset'
        );
        for (let round = 0; round < 5; round++) {
          expect(readWord(live.readMemory, gil.lastHolder)).toBe(
            live.threadState
          );
          expect(int32(live, gil.locked)).toBe(1);
          await pause(2);
        }
        expect(readWord(live.readMemory, gil.address)).toBe(
          Math.round(1e6 * interval)
        );
      })
  );

  it('has the counter of switches, which grows as two threads take turns', () =>
    run(TWO_THREADS, 0.001, async live => {
      const gil = findGil(searchOf(build, live, 0.001));
      const before = readWord(live.readMemory, gil.switchNumber);
      const holders = new Set<number>();
      const deadline = Date.now() + 5000;
      while (holders.size < 2 && Date.now() < deadline) {
        holders.add(readWord(live.readMemory, gil.lastHolder));
        await pause(1);
      }
      expect(holders).toContain(live.threadState);
      expect(holders.size).toBe(2);
      expect(readWord(live.readMemory, gil.switchNumber)).toBeGreaterThan(
        before
      );
    }));

  // 3.13 has _Py_DebugOffsets and is never searched by pattern.
  if (build.minor < 13) {
    it('finds it by its pattern where no offset is known', () =>
      run(ONE_THREAD, 0.0071, live => {
        // 3.12 has no offset in the table; asked as 3.12, the others have none either.
        const search = { ...searchOf(build, live, 0.0071), minor: 12 };
        const gil = findGil(search);
        expect(gil.foundBy).toBe('scan');
        expect(readWord(live.readMemory, gil.lastHolder)).toBe(
          live.threadState
        );
        expect(int32(live, gil.locked)).toBe(1);
      }));
  }

  it('finds the main interpreter’s beside a sub-interpreter', () =>
    run(SUB_INTERPRETER, 0.005, live => {
      const gil = findGil(searchOf(build, live, 0.005));
      expect(readWord(live.readMemory, gil.lastHolder)).toBe(live.threadState);
      expect(int32(live, gil.locked)).toBe(1);
    }));

  it('does not take something else for it when the interval differs', () =>
    run(ONE_THREAD, 0.005, live => {
      const search = searchOf(build, live, 0.00123);
      if (build.minor >= 13) {
        // The offsets are exact without it.
        expect(readWord(live.readMemory, findGil(search).lastHolder)).toBe(
          live.threadState
        );
        return;
      }
      expect(() => findGil(search)).toThrow(
        /^The GIL was not found: .*1230 us/
      );
    }));
});

describe('bad input', () => {
  const BASE = 0x10000;
  const memory = new Uint8Array(8192);
  const view = new DataView(memory.buffer);
  const search: GilSearch = {
    readMemory: (address, length) => {
      if (address < BASE || address + length > BASE + memory.length) {
        throw new Error('EIO');
      }
      return memory.slice(address - BASE, address - BASE + length);
    },
    runtime: { address: BASE, size: 4096 },
    switchIntervalUs: 5000,
    minor: 12
  };
  const words = (at: number, ...values: number[]): void =>
    values.forEach((value, index) =>
      view.setBigUint64(at + 8 * index, BigInt(value), true)
    );
  /** A GIL at `at` with a holder at 4096 whose interpreter is at 6000. */
  const gilAt = (at: number): void => {
    words(at, 5000, BASE + 4096, 1, 7);
    words(4096, 0, 0, BASE + 6000);
  };
  const code = (changes: Partial<GilSearch> = {}): string => {
    try {
      return findGil({ ...search, ...changes }).foundBy;
    } catch (error) {
      expect(error).toBeInstanceOf(GilError);
      expect((error as GilError).message).toMatch(/^The |^This /);
      return (error as GilError).code;
    }
  };
  beforeEach(() => memory.fill(0));

  it('finds one', () => {
    gilAt(1000);
    expect(findGil(search)).toEqual({
      address: BASE + 1000,
      lastHolder: BASE + 1008,
      locked: BASE + 1016,
      switchNumber: BASE + 1024,
      foundBy: 'scan'
    });
  });

  it('refuses two that look alike, unless a known offset tells', () => {
    gilAt(352);
    gilAt(2000);
    expect(code()).toBe('ambiguous');
    expect(code({ minor: 10 })).toBe('known-offset');
  });

  it.each([
    ['a wrong interval', 0, 5001],
    ['no holder', 8, 0],
    ['a holder that is no pointer', 8, 0x10001],
    ['a holder that can not be read', 8, 0x7f0000000000],
    ['locked 2', 16, 2],
    ['an absurd counter', 24, 2 ** 50]
  ])('does not take %s', (_, at, value) => {
    gilAt(1000);
    words(1000 + at, value);
    expect(code()).toBe('not-found');
  });

  it('does not read behind the end of _PyRuntime', () => {
    gilAt(4096 - 200);
    expect(code()).toBe('not-found');
  });

  it('names what it can not do', () => {
    expect(code()).toBe('not-found');
    expect(code({ runtime: { address: 0, size: 100 } })).toBe('unreadable');
    expect(code({ minor: 7 })).toBe('unsupported-python');
    expect(code({ minor: 16 })).toBe('unsupported-python');
  });

  it('checks what _Py_DebugOffsets say', () => {
    memory.set(Buffer.from('xdebugpy'), 0);
    words(8, 0x030d00f0);
    expect(code({ minor: 12 })).toBe('unsupported-python');
    expect(code({ minor: 13 })).toBe('not-found');
    words(16, 1);
    expect(code({ minor: 13 })).toBe('unsupported-python');
  });
});
