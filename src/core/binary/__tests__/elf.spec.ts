import * as fs from 'fs';
import fc from 'fast-check';
import { ElfError, ElfFile } from '../elf';
import type { ReadAt } from '../elf';
import {
  binutils,
  openElf,
  pythonBuilds,
  readAtOf,
  readelfSegments
} from './pythons';

const builds = pythonBuilds();

function readerOf(bytes: Uint8Array): ReadAt {
  return (offset, length) => bytes.subarray(offset, offset + length);
}

function failure(open: () => unknown): ElfError {
  try {
    open();
  } catch (error) {
    if (error instanceof ElfError) {
      return error;
    }
    throw error;
  }
  throw new Error('no error');
}

it('has a real file to test with', () => {
  expect(builds.length).toBeGreaterThan(0);
});

describe.each(builds)('$library', ({ library }) => {
  const elf = openElf(library);

  it('has the build id that readelf shows', () => {
    const shown = /Build ID: ([0-9a-f]+)/.exec(
      binutils('readelf', '-n', library)
    );
    expect(elf.buildId()).toBe(shown?.[1]);
  });

  it('has the symbols that readelf shows', () => {
    const pattern =
      /^(_PyRuntime|Py_Initialize|PyEval_\w+|take_gil\S*|drop_gil\S*|pthread_\w+)$/;
    const line =
      /^\s*\d+: ([0-9a-f]+)\s+(\w+)\s+(\w+)\s+\w+\s+\w+\s+(?:\[.*\]\s+)?(\w+) (\S+)/gm;
    const shown = Array.from(
      binutils('readelf', '-sW', library).matchAll(line),
      match => ({
        name: match[5].replace(/@.*/, ''),
        address: parseInt(match[1], 16),
        size: Number(match[2]),
        type:
          match[3] === 'FUNC' || match[3] === 'IFUNC'
            ? 'function'
            : match[3] === 'OBJECT'
              ? 'object'
              : 'other',
        defined: match[4] !== 'UND'
      })
    ).filter(({ name }) => pattern.test(name));
    const key = (symbol: object): string => JSON.stringify(symbol);
    const expected = [...new Set(shown.map(key))].sort();
    expect(expected.length).toBeGreaterThan(20);
    expect(
      elf
        .symbols(name => pattern.test(name))
        .map(({ name, address, size, type, defined }) =>
          key({ name, address, size, type, defined })
        )
        .sort()
    ).toEqual(expected);
  });

  it('maps addresses to file offsets and back', () => {
    const segments = readelfSegments(library);
    expect(segments.length).toBeGreaterThan(1);
    for (const { address, offset, fileSize } of segments) {
      for (const into of [0, fileSize >> 1, fileSize - 1]) {
        expect(elf.fileOffset(address + into)).toBe(offset + into);
        expect(elf.address(offset + into)).toBe(address + into);
      }
    }
    expect(elf.fileOffset(2 ** 46)).toBeUndefined();
    expect(elf.address(fs.statSync(library).size + 1)).toBeUndefined();
  });

  it('finds the load bias from a line of maps', () => {
    const bias = elf.fixedAddress ? 0 : 0x7f1234560000;
    for (const segment of readelfSegments(library)) {
      const { address, offset, executable } = segment;
      // The kernel maps whole pages, see elf_map() in fs/binfmt_elf.c.
      const into = offset % 4096;
      expect(
        elf.loadBias(bias + address - into, offset - into, executable)
      ).toBe(bias);
    }
  });

  it('reads only what is asked for', () => {
    const readAt = readAtOf(library);
    let bytes = 0;
    const counted = ElfFile.open((offset, length) => {
      bytes += length;
      return readAt(offset, length);
    }, library);
    counted.buildId();
    expect(bytes).toBeLessThan(16384);
  });
});

describe('bad input', () => {
  const library = builds[0].library;
  const whole = new Uint8Array(fs.readFileSync(library));
  const head = whole.slice(0, 64);

  it.each([
    ['empty', new Uint8Array(0), 'not-elf'],
    ['text', Uint8Array.from(Buffer.from('#!/bin/sh\n')), 'not-elf'],
    ['only the magic', head.slice(0, 16), 'truncated'],
    ['half a header', head.slice(0, 40), 'truncated'],
    ['the header alone', head, 'truncated'],
    ['without its end', whole.slice(0, whole.length - 100), 'truncated'],
    ['32-bit', changed(4, 1), 'not-64-bit'],
    ['big-endian', changed(5, 2), 'wrong-machine'],
    ['RISC-V', changed(18, 243), 'wrong-machine'],
    ['an object file', changed(16, 1), 'wrong-type'],
    ['program headers of a wrong size', changed(54, 8), 'corrupt'],
    ['section headers of a wrong size', changed(58, 8), 'corrupt'],
    ['section headers far outside', changed(46, 1), 'truncated']
  ])('%s', (_, bytes, code) => {
    const error = failure(() => ElfFile.open(readerOf(bytes), '/a/file'));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^\/a\/file: .+$/);
  });

  it('says it for every other damage too, and does not throw anything else', () => {
    const seed = Date.now() & 0x7fffffff;
    console.info(`elf.spec: fast-check seed ${seed}`);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { maxLength: 4 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = whole.slice(0, length);
          changes.forEach(([at, byte]) => {
            bytes[at] = byte;
          });
          try {
            const elf = ElfFile.open(readerOf(bytes), '/a/file');
            elf.buildId();
            elf.symbol('_PyRuntime');
            elf.relocations();
          } catch (error) {
            expect(error).toBeInstanceOf(ElfError);
          }
        }
      ),
      { seed, numRuns: 30 }
    );
  });

  function changed(at: number, byte: number): Uint8Array {
    const bytes = whole.slice();
    bytes[at] = byte;
    return bytes;
  }
});
