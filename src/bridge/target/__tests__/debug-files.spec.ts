import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ElfFile } from '../../../core/binary/elf';
import { addDebugSymbols } from '../debug-files';
import { readAtOf } from '../read-at';

const tools = ['cc', 'objcopy'].every(tool => {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

const SOURCE = (body: string): string =>
  `static __attribute__((noinline)) int hidden(int i) { ${body} }
   int shown(int i) { return hidden(i) + hidden(i + 1); }`;

let folder: string;
let fds: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giltracer-debug-'));
  fds = [];
});

afterEach(() => {
  fds.forEach(closeSync);
  rmSync(folder, { recursive: true });
});

function run(program: string, ...words: string[]): string {
  return execFileSync(program, words, { cwd: folder, encoding: 'utf8' });
}

/** Builds a library, and splits it. */
function split(name: string, body: string, ...flags: string[]): void {
  writeFileSync(join(folder, `${name}.c`), SOURCE(body));
  const output = ['-o', name, `${name}.c`];
  run('cc', '-O1', '-g', '-shared', '-fPIC', ...flags, ...output);
  run('objcopy', '--only-keep-debug', name, `${name}.debug`);
  run('objcopy', '--strip-all', `--add-gnu-debuglink=${name}.debug`, name);
}

function open(path: string): ElfFile {
  const fd = openSync(path, 'r');
  fds.push(fd);
  return ElfFile.open(readAtOf(fd), path);
}

/** Where nm says the function is; it is asked about the debug file itself. */
function addressIn(debug: string): number {
  const match = /^([0-9a-f]+) t hidden$/m.exec(run('nm', debug));
  return parseInt(match?.[1] ?? '', 16);
}

/** Address of the local function, after the debug file was looked for. */
function found(name: string): number | undefined {
  const path = join(folder, name);
  const elf = open(path);
  addDebugSymbols(elf, path, join(folder, 'installed'));
  const symbol = elf.symbol('hidden');
  expect(elf.hasSymbolTable).toBe(symbol !== undefined);
  return symbol?.address;
}

function move(from: string, to: string): void {
  const target = join(folder, to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(folder, from), target);
  rmSync(join(folder, from));
}

(tools ? describe : describe.skip)('a stripped library', () => {
  const NO_ID = '-Wl,--build-id=none';

  it('has no names without its debug file', () => {
    split('a', 'return i * 3;');
    rmSync(join(folder, 'a.debug'));
    expect(found('a')).toBeUndefined();
  });

  it('has those of the file that is installed for its build', () => {
    split('a', 'return i * 3;', '-Wl,--build-id=0xabcdef0123');
    const address = addressIn('a.debug');
    move('a.debug', 'installed/.build-id/ab/cdef0123.debug');
    expect(found('a')).toBe(address);
  });

  it.each([['beside it'], ['.debug'], ['installed']])(
    'has those of the file that it names: %s',
    place => {
      split('a', 'return i * 3;', NO_ID);
      const address = addressIn('a.debug');
      if (place === '.debug') {
        move('a.debug', '.debug/a.debug');
      } else if (place === 'installed') {
        move('a.debug', join('installed', folder, 'a.debug'));
      }
      expect(found('a')).toBe(address);
    }
  );

  it.each([['-Wl,--build-id'], [NO_ID]])(
    'has none of the file of another build (%s)',
    flag => {
      split('a', 'return i * 3;', flag);
      split('b', 'return i * i * 5 + i;', flag);
      move('b.debug', 'a.debug');
      expect(found('a')).toBeUndefined();
    }
  );

  it('has none of a damaged file', () => {
    split('a', 'return i * 3;');
    truncateSync(join(folder, 'a.debug'), 100);
    expect(found('a')).toBeUndefined();
    writeFileSync(join(folder, 'a.debug'), 'no ELF file');
    expect(found('a')).toBeUndefined();
  });
});
