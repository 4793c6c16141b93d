import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElfFile } from '../../../core/binary/elf';
import { addMiniDebugSymbols } from '../mini-debug-data';
import { readAtOf } from '../read-at';

const SOURCE = `
  static __attribute__((noinline)) int hidden(int i) { return i * 3; }
  static int data = 5;
  int *where(void) { return &data; }
  int shown(int i) { return hidden(i) + hidden(i + 1); }`;

let folder: string;
let fds: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giltracer-minidebug-'));
  fds = [];
});

afterEach(() => {
  fds.forEach(closeSync);
  rmSync(folder, { recursive: true });
});

function run(program: string, ...words: string[]): string {
  return execFileSync(program, words, { cwd: folder, encoding: 'utf8' });
}

/** A stripped library and its packed symbols, made as GDB's manual tells ("MiniDebugInfo"); the address of `hidden`. */
function build(): number {
  writeFileSync(join(folder, 'a.c'), SOURCE);
  run('cc', '-O1', '-g', '-shared', '-fPIC', '-o', 'whole', 'a.c');
  const address = /^([0-9a-f]+) t hidden$/m.exec(run('nm', 'whole'))?.[1];
  writeFileSync(join(folder, 'keep'), 'hidden\n');
  run('objcopy', '--only-keep-debug', 'whole', 'debug');
  run('objcopy', '-S', '--keep-symbols=keep', 'debug', 'mini');
  run('strip', '--strip-all', '-o', 'bare', 'whole');
  pack();
  return parseInt(address ?? '', 16);
}

function pack(): void {
  const code =
    "import lzma; open('mini.xz', 'wb').write(lzma.compress(open('mini', 'rb').read()))";
  run('python3', '-c', code);
}

/** What is found in the stripped library with a section of `content`. */
function found(content: string, python = 'python3'): number | undefined {
  const section = `.gnu_debugdata=${content}`;
  run('objcopy', '--add-section', section, 'bare', 'shipped');
  const path = join(folder, 'shipped');
  const fd = openSync(path, 'r');
  fds.push(fd);
  const elf = ElfFile.open(readAtOf(fd), path);
  addMiniDebugSymbols(elf, python);
  return elf.symbol('hidden')?.address;
}

it('reads the functions that a stripped file carries along', () => {
  const address = build();
  expect(address).toBeGreaterThan(0);
  expect(found('mini.xz')).toBe(address);
});

it('unpacks them without that Python, too', () => {
  const address = build();
  expect(found('mini.xz', join(folder, 'no-such-python'))).toBe(address);
});

it('takes damaged ones for absent', () => {
  build();
  const packed = readFileSync(join(folder, 'mini.xz'));
  writeFileSync(join(folder, 'cut.xz'), packed.subarray(0, packed.length / 2));
  expect(found('cut.xz')).toBeUndefined();
  writeFileSync(join(folder, 'mini'), 'no ELF file');
  pack();
  expect(found('mini.xz')).toBeUndefined();
});
