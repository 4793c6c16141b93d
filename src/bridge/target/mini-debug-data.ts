/**
 * Fedora and its relatives keep a short symbol table in the stripped file itself: the section `.gnu_debugdata` holds an
 * ELF file with the functions that are not exported, compressed by xz ("MiniDebugInfo" in GDB's manual).
 */
import { execFileSync } from 'node:child_process';
import { ElfError, ElfFile } from '../../core/binary/elf';

const SECTION = '.gnu_debugdata';

/** Fedora's libpython has some 200 KB of it. */
const MOST_BYTES = 64 << 20;

/** What a Python needs to start and unpack it on a busy machine, in milliseconds. */
const TIMEOUT = 10_000;

/** No xz is at hand in Node; the interpreter that is being traced has one, else xz itself may be there. */
const UNPACK =
  'import lzma, sys; sys.stdout.buffer.write(lzma.decompress(sys.stdin.buffer.read()))';

/**
 * Adds the symbols that a stripped file carries along. Damaged ones count as absent.
 *
 * @param elf is changed
 * @param python an interpreter, to unpack with
 * @throws ElfError if a table of `elf` is damaged.
 */
export function addMiniDebugSymbols(elf: ElfFile, python: string): void {
  if (elf.hasSymbolTable) {
    return;
  }
  const packed = elf.sectionBytes(SECTION);
  const bytes =
    packed &&
    (unpacked(packed, python, ['-I', '-S', '-c', UNPACK]) ??
      unpacked(packed, 'xz', ['--decompress', '--stdout']));
  if (bytes === undefined) {
    return;
  }
  try {
    const own = ElfFile.open(
      (offset, length) => bytes.subarray(offset, offset + length),
      `${elf.name} (${SECTION})`
    );
    elf.addSymbols(own);
  } catch (error) {
    if (!(error instanceof ElfError)) {
      throw error;
    }
  }
}

function unpacked(
  packed: Uint8Array,
  program: string,
  words: readonly string[]
): Uint8Array | undefined {
  try {
    return execFileSync(program, words, {
      input: packed,
      maxBuffer: MOST_BYTES,
      timeout: TIMEOUT,
      stdio: ['pipe', 'pipe', 'ignore']
    });
  } catch {
    // Not there, without lzma, or the data are damaged or huge.
    return undefined;
  }
}
