import * as fs from 'fs';
import { ElfFile } from '../elf';
import { UnwindTable } from '../unwind-table';
import { buildC, hasCompiler } from './compiled';
import { binutils, openElf, pythonBuilds } from './pythons';

/** What readelf says the entries of .eh_frame cover. */
function ranges(file: string): { address: number; size: number }[] {
  const entry = / FDE cie=\w+ pc=([0-9a-f]+)\.\.([0-9a-f]+)/g;
  return Array.from(
    binutils('readelf', '--wide', '--debug-dump=frames', file).matchAll(entry),
    match => {
      const address = parseInt(match[1], 16);
      return { address, size: parseInt(match[2], 16) - address };
    }
  ).sort((left, right) => left.address - right.address);
}

/** Every n-th of a long list, with its first and last. */
function some<T>(list: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(list.length / count));
  return list.filter(
    (_, index) => index % step === 0 || index === list.length - 1
  );
}

const [newest] = pythonBuilds().slice(-1);

it('finds the ranges of a real Python that readelf shows', () => {
  const { library } = newest;
  const table = UnwindTable.of(openElf(library));
  const shown = ranges(library);
  expect(shown.length).toBeGreaterThan(1000);
  for (const range of some(shown, 2000)) {
    const { address, size } = range;
    expect(table?.rangeAt(address)).toEqual(range);
    expect(table?.rangeAt(address + size - 1)).toEqual(range);
  }
  const [first] = shown;
  const last = shown[shown.length - 1];
  expect(table?.rangeAt(first.address - 1)).toBeUndefined();
  expect(table?.rangeAt(last.address + last.size)).toBeUndefined();
});

(hasCompiler() ? describe : describe.skip)('built here', () => {
  const source = `
    int x(int i) { return i * 3; }
    void __attribute__((noinline)) bad(void) { __builtin_trap(); }
    int y(int i) { if (__builtin_expect(i > 9, 0)) { bad(); bad(); } return x(i) + 1; }
    int main(int argc, char **argv) { return y(argc); }`;

  it.each([
    ['position independent', ['-fPIC', '-shared']],
    ['at a fixed address', ['-no-pie', '-fno-pie']],
    ['large', ['-fPIC', '-shared', '-mcmodel=large']]
  ])('%s', (_, flags) => {
    const file = buildC(source, ['-O2', ...flags]);
    const table = UnwindTable.of(openElf(file));
    const shown = ranges(file);
    expect(shown.length).toBeGreaterThan(2);
    for (const range of shown) {
      expect(table?.rangeAt(range.address)).toEqual(range);
    }
  });

  it('is absent where the linker made no search table', () => {
    const file = buildC(source, ['-shared', '-fPIC', '-Wl,--no-eh-frame-hdr']);
    expect(UnwindTable.of(openElf(file))).toBeUndefined();
  });

  it('knows nothing where the search table and the entries differ', () => {
    const file = buildC(source, ['-O2', '-fPIC', '-shared']);
    const from = parseInt(
      /\.eh_frame_hdr\s+PROGBITS\s+\w+ (\w+)/.exec(
        binutils('readelf', '-SW', file)
      )?.[1] ?? '',
      16
    );
    const bytes = new Uint8Array(fs.readFileSync(file));
    // Behind the header's 12 bytes: pairs of the start of the code and of its entry.
    const table = new DataView(bytes.buffer, from + 12);
    table.setInt32(0, table.getInt32(0, true) + 1, true);
    const elf = ElfFile.open(
      (offset, length) => bytes.subarray(offset, offset + length),
      file
    );
    const [{ address, size }, second] = ranges(file);
    const unwind = UnwindTable.of(elf);
    expect(size).toBeGreaterThan(1);
    expect(unwind?.rangeAt(address + 1)).toBeUndefined();
    expect(unwind?.rangeAt(second.address)).toEqual(second);
  });

  it('knows nothing, and throws nothing, where the entries are damaged', () => {
    const file = buildC(source, ['-O2', '-fPIC', '-shared']);
    const section = /\.eh_frame\s+PROGBITS\s+\w+ (\w+) (\w+)/.exec(
      binutils('readelf', '-SW', file)
    );
    const [from, size] = [section?.[1], section?.[2]].map(hex =>
      parseInt(hex ?? '', 16)
    );
    const bytes = new Uint8Array(fs.readFileSync(file));
    const shown = ranges(file);
    for (const value of [0, 0xff]) {
      bytes.fill(value, from, from + size);
      const elf = ElfFile.open(
        (offset, length) => bytes.subarray(offset, offset + length),
        file
      );
      const table = UnwindTable.of(elf);
      for (const range of shown) {
        expect(table?.rangeAt(range.address)).not.toEqual(range);
      }
    }
  });
});
