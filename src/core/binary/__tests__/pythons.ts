/** Real CPython builds of this machine, and what binutils says of files: the tests' oracle. */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ElfFile } from '../elf';
import type { ReadAt } from '../elf';

export interface PythonBuild {
  /** sys.executable */
  readonly executable: string;
  /** The file that holds take_gil: libpython, or the executable. */
  readonly library: string;
  readonly version: string;
  readonly minor: number;
  readonly hasSymbols: boolean;
}

const SUPPORTED = /^3\.([89]|1[0-3])\./;

// A shared library is not always what the executable uses (Debian has both), so its own map decides.
const ASK = `
import os, platform, sysconfig
print(platform.python_version())
print(platform.python_implementation())
print(bool(sysconfig.get_config_var('Py_GIL_DISABLED')))
paths = [line.split(None, 5)[5].strip() for line in open('/proc/self/maps') if '/' in line]
shared = [path for path in paths if os.path.basename(path).startswith('libpython')]
print((shared + [os.readlink('/proc/self/exe')])[0])
`;

/** GIL builds of CPython 3.8 to 3.13: pyenv's, the one on PATH, the system's. Each file once. */
export function pythonBuilds(): PythonBuild[] {
  const versions = path.join(os.homedir(), '.pyenv', 'versions');
  const names = fs.existsSync(versions) ? fs.readdirSync(versions).sort() : [];
  const candidates = [
    ...names.map(name => path.join(versions, name, 'bin', 'python3')),
    'python3',
    '/usr/bin/python3'
  ];
  const builds = new Map<string, PythonBuild>();
  for (const candidate of candidates) {
    const build = describeBuild(candidate);
    if (build !== undefined && !builds.has(build.library)) {
      builds.set(build.library, build);
    }
  }
  return [...builds.values()];
}

function describeBuild(executable: string): PythonBuild | undefined {
  let answer: string[];
  try {
    answer = execFileSync(executable, ['-I', '-c', ASK], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    }).split('\n');
  } catch {
    return undefined;
  }
  const [version, implementation, freeThreaded, file] = answer;
  if (
    implementation !== 'CPython' ||
    freeThreaded === 'True' ||
    !SUPPORTED.test(version) ||
    !fs.existsSync(file)
  ) {
    return undefined;
  }
  const library = fs.realpathSync(file);
  return {
    executable,
    library,
    version,
    minor: Number(version.split('.')[1]),
    hasSymbols: binutils('nm', '-a', library).includes(' t take_gil')
  };
}

/** Output of a binutils program; empty if it found nothing to say (nm on a stripped file). */
export function binutils(program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore']
  });
}

export function readAtOf(file: string): ReadAt {
  return (offset, length) => {
    const handle = fs.openSync(file, 'r');
    try {
      const bytes = new Uint8Array(length);
      const got = fs.readSync(handle, bytes, 0, length, offset);
      return bytes.subarray(0, got);
    } finally {
      fs.closeSync(handle);
    }
  };
}

export function openElf(file: string): ElfFile {
  return ElfFile.open(readAtOf(file), file);
}

export interface Loaded {
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly executable: boolean;
}

/** LOAD lines of `readelf -lW`. */
export function readelfSegments(file: string): Loaded[] {
  const line =
    /^\s*LOAD\s+0x(\w+)\s+0x(\w+)\s+0x\w+\s+0x(\w+)\s+0x\w+\s+(R?)\s*(W?)\s*(E?)\s+0x/gm;
  return Array.from(binutils('readelf', '-lW', file).matchAll(line), match => ({
    offset: parseInt(match[1], 16),
    address: parseInt(match[2], 16),
    fileSize: parseInt(match[3], 16),
    executable: match[6] === 'E'
  }));
}

/** One line of `objdump -d`. */
export interface Line {
  readonly address: number;
  readonly bytes: readonly number[];
  readonly mnemonic: string;
  /** Name of what a call reaches: a symbol, a PLT entry or a GOT slot's import. */
  readonly callee: string | undefined;
}

/** objdump's listing of one function. */
export function listing(file: string, symbol: string): Line[] {
  const slots = gotSlots(file);
  const text = binutils(
    'objdump',
    '-d',
    '--wide',
    `--disassemble=${symbol}`,
    file
  );
  return text.split('\n').flatMap(line => {
    const match = /^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*\t(.*)$/.exec(line);
    if (match === null) {
      return [];
    }
    const words = match[3].split(/\s+/);
    const prefixes = /^(bnd|notrack|cs|ds|data16|addr32|lock|rep\w*|rex\S*)$/;
    return [
      {
        address: parseInt(match[1], 16),
        bytes: match[2]
          .trim()
          .split(' ')
          .map(byte => parseInt(byte, 16)),
        mnemonic: words.find(word => !prefixes.test(word)) ?? '',
        callee: /\bcall/.test(match[3]) ? calleeOf(match[3], slots) : undefined
      }
    ];
  });
}

function calleeOf(
  text: string,
  slots: ReadonlyMap<number, string>
): string | undefined {
  const indirect = /call\w*\s+\*.*#\s+([0-9a-f]+)/.exec(text);
  const name =
    indirect === null
      ? /<([^>+]+)>/.exec(text)?.[1]
      : slots.get(parseInt(indirect[1], 16));
  return name?.replace(/@.*$/, '').replace(/^_+/, '');
}

function gotSlots(file: string): Map<number, string> {
  const line =
    /^([0-9a-f]+)\s+[0-9a-f]+\s+R_X86_64_(?:GLOB_DAT|JUMP_SLOT?)\w*\s+[0-9a-f]+\s+(\S+)/gm;
  return new Map(
    Array.from(binutils('readelf', '-rW', file).matchAll(line), match => [
      parseInt(match[1], 16),
      match[2]
    ])
  );
}
