/** Stores told from the bytes before them, against objdump's listings of real interpreters and of libc. */
import { readFileSync } from 'fs';
import { STORE_CONTEXT, storeBefore } from '../stores';
import { binutils, pythonBuilds, readAtOf, readelfSegments } from './pythons';

/** One instruction as objdump prints it, in AT&T syntax: the destination comes last. */
interface Listed {
  readonly end: number;
  readonly text: string;
}

function listed(file: string, ...range: string[]): Listed[] {
  const line = /^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*\t(.*)$/gm;
  return Array.from(
    binutils('objdump', '-d', '--wide', ...range, file).matchAll(line),
    match => ({
      end: parseInt(match[1], 16) + match[2].trim().split(' ').length,
      text: match[3].replace(/\s+(#|<).*$/, '').trim()
    })
  );
}

/** What AT&T syntax says: a constant, an addition, a store of a register, no store; undefined if it is not looked at. */
function expected(text: string): string | undefined {
  const match =
    /^(lock )?(mov[lq]?|xadd|add[lq]?|inc[lq]?|sub[lq]?|xchg|lea|cmp[bwlq]?|test[bwlq]?|j\w+|nop\w*) +(.*)$/.exec(
      text
    );
  if (match === null) {
    return undefined;
  }
  const [, , mnemonic, operands] = match;
  if (/^(lea|cmp|test|j|nop)/.test(mnemonic)) {
    return 'none';
  }
  // Destinations that are neither a register nor memory at a register: not looked at.
  if (mnemonic === 'xchg' || operands.includes('%fs:')) {
    return undefined;
  }
  if (!operands.endsWith(')')) {
    return 'none';
  }
  if (/^(xadd|add|inc)/.test(mnemonic)) {
    return 'addition';
  }
  const immediate = /^\$(0x[0-9a-f]+),/.exec(operands);
  return immediate !== null && mnemonic.startsWith('mov')
    ? `constant ${Number(BigInt.asIntN(32, BigInt(immediate[1])))}`
    : 'store';
}

/** Compares each instruction of a listing whose meaning is plain; returns what was expected, counted. */
function compare(file: string, lines: readonly Listed[]): Map<string, number> {
  const readAt = readAtOf(file);
  const segments = readelfSegments(file);
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  for (const { end, text } of lines) {
    const plain = expected(text);
    const segment = segments.find(
      ({ address, fileSize }) => end > address && end <= address + fileSize
    );
    if (plain === undefined || segment === undefined) {
      continue;
    }
    const offset = end - segment.address + segment.offset;
    const from = Math.max(0, offset - STORE_CONTEXT);
    const store = storeBefore(readAt(from, offset - from));
    const found =
      store === undefined
        ? 'none'
        : store.kind === 'constant'
          ? `constant ${store.value}`
          : store.kind;
    counts.set(plain, (counts.get(plain) ?? 0) + 1);
    // A register may hold a constant or not: that it is a store is all that the line says.
    if (plain === 'store' ? found === 'none' : found !== plain) {
      wrong.push(`${text}: ${found}`);
    }
  }
  expect(wrong).toEqual([]);
  return counts;
}

const builds = pythonBuilds();

it('finds interpreters on this machine', () => {
  expect(builds.length).toBeGreaterThan(0);
});

describe.each(builds)('stores in $library', ({ library, hasSymbols }) => {
  it('are those that objdump lists', () => {
    // A stripped file has exported names only; this one takes and drops, too, where it was inlined.
    const names = hasSymbols
      ? Array.from(
          binutils('nm', library).matchAll(
            / [tT] ((?:take|drop|create|recreate)_gil\S*|_PyEval_ReInitThreads)$/gm
          ),
          match => match[1]
        )
      : ['PyEval_SaveThread', 'PyEval_RestoreThread', 'PyThreadState_Get'];
    const lines = names.flatMap(name =>
      listed(library, `--disassemble=${name}`)
    );
    const counts = compare(library, lines);
    expect(counts.get('none')).toBeGreaterThan(20);
    if (hasSymbols) {
      expect(counts.get('constant 0')).toBeGreaterThan(0);
      expect(counts.get('constant 1')).toBeGreaterThan(0);
    }
  });
});

it('tells the additions of condition variables', () => {
  const libc = /\S*\/libc\.so\.6/.exec(
    readFileSync('/proc/self/maps', 'latin1')
  )?.[0];
  // A C library without the name has another place for them.
  expect(libc).toBeDefined();
  if (libc !== undefined) {
    // The function that both waits share has no exported name; it lies before them.
    const [, address, size] =
      /^([0-9a-f]+) .*\.text\s+([0-9a-f]+)\s+GLIBC_\S+ pthread_cond_timedwait$/m.exec(
        binutils('objdump', '-T', libc)
      ) ?? [];
    const first = parseInt(address, 16) - 2048;
    const lines = listed(
      libc,
      `--start-address=${first}`,
      `--stop-address=${parseInt(address, 16) + parseInt(size, 16)}`
    );
    // objdump, too, begins between two instructions.
    const inStep = lines.filter(({ end }) => end > first + 64);
    expect(compare(libc, inStep).get('addition')).toBeGreaterThan(0);
  }
});

describe('a register', () => {
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
  const padding = Array.from({ length: 32 }, () => 0x90);

  it.each([
    [
      'mov $1,%eax; mov %eax,0x10(%rbx)',
      [0xb8, 1, 0, 0, 0, 0x89, 0x43, 0x10],
      1
    ],
    ['xor %eax,%eax; xchg %eax,0x10(%rbx)', [0x31, 0xc0, 0x87, 0x43, 0x10], 0],
    [
      'or -1: mov $-1,%ecx; mov %ecx,(%rdi)',
      [0xb9, 0xff, 0xff, 0xff, 0xff, 0x89, 0x0f],
      -1
    ],
    ['andl $0,0x10(%rbx)', [0x83, 0x63, 0x10, 0], 0]
  ])('%s', (_, code, value) => {
    expect(storeBefore(bytes(...padding, ...code))).toEqual({
      kind: 'constant',
      value
    });
  });

  it.each([
    [
      'a call may change %eax',
      [0xb8, 1, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x89, 0x43, 0x10]
    ],
    [
      'a jump comes from elsewhere',
      [0xb8, 1, 0, 0, 0, 0xeb, 0, 0x89, 0x43, 0x10]
    ],
    ['%eax is loaded', [0x8b, 0x07, 0x89, 0x43, 0x10]]
  ])('%s', (_, code) => {
    expect(storeBefore(bytes(...padding, ...code))).toEqual({ kind: 'other' });
  });

  it('a call keeps %ebx', () => {
    const code = [0xbb, 1, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x89, 0x58, 0x10];
    expect(storeBefore(bytes(...padding, ...code))).toEqual({
      kind: 'constant',
      value: 1
    });
  });
});

it('takes any bytes', () => {
  expect(storeBefore(new Uint8Array(0))).toBeUndefined();
  expect(storeBefore(Uint8Array.of(0x06))).toBeUndefined();
});
