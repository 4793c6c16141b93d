/**
 * Separate debug files: distributions strip programs and keep the symbols in packages of their own
 * (Debian's python3.11-dbg). Where they lie: "Debugging Information in Separate Files" in GDB's manual.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ElfError, ElfFile, type DebugLink } from '../../core/binary/elf';
import { readAtOf } from './read-at';

const DEBUG_FOLDER = '/usr/lib/debug';

/**
 * Adds the symbols of a stripped file's debug file, if it is installed. A debug file of another build
 * counts as absent.
 *
 * @param elf is changed
 * @param path of that file
 * @param folder where debug files are installed
 * @throws ElfError if a table of `elf` is damaged.
 */
export function addDebugSymbols(
  elf: ElfFile,
  path: string,
  folder = DEBUG_FOLDER
): void {
  if (elf.hasSymbolTable) {
    return;
  }
  const buildId = elf.buildId();
  const link = elf.debugLink();
  const files = [
    ...(buildId === undefined ? [] : [fileOfBuild(folder, buildId)]),
    ...(link === undefined ? [] : filesBeside(path, folder, link))
  ];
  for (const file of files) {
    if (addSymbolsOf(elf, file, link)) {
      return;
    }
  }
}

function fileOfBuild(folder: string, id: string): string {
  return `${folder}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`;
}

function filesBeside(
  path: string,
  folder: string,
  { name }: DebugLink
): string[] {
  const own = dirname(path);
  // It is a name, not a path: what it says is not followed out of these folders.
  const file = basename(name);
  return [
    join(own, file),
    join(own, '.debug', file),
    join(folder, own, file)
  ].filter(candidate => candidate !== path);
}

/** @returns true if the file is the one that belongs to `elf`, and its symbols were added. */
function addSymbolsOf(
  elf: ElfFile,
  path: string,
  link: DebugLink | undefined
): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // Not there, or not to be read.
    return false;
  }
  try {
    if (!fstatSync(fd).isFile()) {
      return false;
    }
    const debug = ElfFile.open(readAtOf(fd), path);
    const buildId = elf.buildId();
    const belongs =
      buildId !== undefined
        ? debug.buildId() === buildId
        : crc32(readFileSync(path)) === link?.checksum;
    if (belongs) {
      elf.addSymbols(debug);
    }
    return belongs;
  } catch (error) {
    if (error instanceof ElfError) {
      return false;
    }
    throw error;
  } finally {
    closeSync(fd);
  }
}
