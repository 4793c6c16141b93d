/** Searches structures of a running interpreter for values that are known to be in them. */
import type { Address } from '../units';
import { LayoutError } from './frame-layout';
import { isPointer, untagged, wordAt } from './memory';
import type { ReadMemory } from './memory';

/** How much is searched; structures that are smaller lie in memory that goes on behind them. */
export const THREAD_STATE_BYTES = 512;
export const CODE_BYTES = 256;
export const FRAME_BYTES = 128;
/** Until 3.12 the wanted fields lie early in PyInterpreterState and _PyRuntime. */
export const INTERPRETER_BYTES = 4096;
export const RUNTIME_BYTES = 2048;

const WORD = 8;
const INT = 4;

/** A structure as it was read. */
export class Block {
  constructor(
    readonly address: Address,
    bytes: Uint8Array
  ) {
    this._view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get length(): number {
    return this._view.byteLength;
  }

  word(at: number): number {
    return at + WORD <= this.length ? wordAt(this._view, at) : NaN;
  }

  int(at: number): number {
    return at + INT <= this.length ? this._view.getInt32(at, true) : NaN;
  }

  byte(at: number): number {
    return at < this.length ? this._view.getUint8(at) : NaN;
  }

  private readonly _view: DataView;
}

/** A structure, or as much of it as can be read; empty if nothing can. */
export function readBlock(
  read: ReadMemory,
  address: Address,
  length: number
): Block {
  for (let size = length; size >= WORD && isPointer(address); size /= 2) {
    try {
      return new Block(address, read(address, size));
    } catch {
      // The mapping ends before: less of it.
    }
  }
  return new Block(address, new Uint8Array(0));
}

/** Offsets at which every block has the word that belongs to it. */
export function wordOffsets(
  blocks: readonly Block[],
  expected: readonly number[]
): number[] {
  return offsets(blocks, WORD, at =>
    blocks.every((block, index) => block.word(at) === expected[index])
  );
}

/** The same for ints. */
export function intOffsets(
  blocks: readonly Block[],
  expected: readonly number[]
): number[] {
  return offsets(blocks, INT, at =>
    blocks.every((block, index) => block.int(at) === expected[index])
  );
}

/**
 * The only one.
 * @throws LayoutError
 */
export function only(found: readonly number[], what: string): number {
  if (found.length !== 1) {
    throw new LayoutError(
      found.length === 0
        ? `${what} was not found in this build`
        : `${what} can't be told from other data in this build: it fits at ${found.join(', ')}`
    );
  }
  return found[0];
}

function offsets(
  blocks: readonly Block[],
  step: number,
  fits: (at: number) => boolean
): number[] {
  const end = Math.min(...blocks.map(block => block.length));
  const found: number[] = [];
  for (let at = 0; at + step <= end; at += step) {
    if (fits(at)) {
      found.push(at);
    }
  }
  return found;
}

/** One frame of a chain that is looked for. */
export interface ExpectedFrame {
  /** Address of its code object. */
  readonly code: Address;
  /** Bytes of its bytecode. */
  readonly size: number;
  /** Bytes from the start of the bytecode to the instruction; null if not known. */
  readonly lasti: number | null;
}

/** Offsets in _PyInterpreterFrame. */
export interface ChainOffsets {
  readonly code: number;
  readonly previous: number;
  readonly instruction: number;
  /** In PyCodeObject. */
  readonly bytecode: number;
}

/** Frames of C between two Python frames of the chain. */
const MOST_BETWEEN = 3;

/** co_code_adaptive lies behind some twenty fields. */
const BYTECODE_FROM = 96;
const BYTECODE_TO = 400;

/** Where the fields of a frame may be. */
const FIELDS_END = 72;

/**
 * All ways to read the chain of frames that starts at `frame`.
 *
 * @param expected - innermost first
 * @returns each with the frames' blocks in the same order
 */
export function findChains(
  read: ReadMemory,
  frame: Address,
  expected: readonly ExpectedFrame[]
): { offsets: ChainOffsets; frames: Block[] }[] {
  const first = readBlock(read, frame, FRAME_BYTES);
  const found: { offsets: ChainOffsets; frames: Block[] }[] = [];
  for (let code = 0; code < FIELDS_END; code += WORD) {
    if (untagged(first.word(code)) !== expected[0].code) {
      continue;
    }
    for (let previous = 0; previous < FIELDS_END; previous += WORD) {
      const frames =
        previous === code
          ? undefined
          : walk(read, first, code, previous, expected);
      if (frames !== undefined) {
        for (const rest of instructions(frames, expected)) {
          found.push({ offsets: { code, previous, ...rest }, frames });
        }
      }
    }
  }
  return found;
}

function walk(
  read: ReadMemory,
  first: Block,
  code: number,
  previous: number,
  expected: readonly ExpectedFrame[]
): Block[] | undefined {
  const frames = [first];
  let between = 0;
  let block = first;
  while (frames.length < expected.length) {
    block = readBlock(read, block.word(previous), FRAME_BYTES);
    if (untagged(block.word(code)) === expected[frames.length].code) {
      frames.push(block);
      between = 0;
    } else if (block.length === 0 || ++between > MOST_BETWEEN) {
      return undefined;
    }
  }
  return frames;
}

/** Words that point into the bytecode, the same distance from its start as f_lasti says. */
function instructions(
  frames: readonly Block[],
  expected: readonly ExpectedFrame[]
): { instruction: number; bytecode: number }[] {
  const found: { instruction: number; bytecode: number }[] = [];
  for (let at = 0; at < FIELDS_END; at += WORD) {
    const starts = frames.flatMap((frame, index) => {
      const { code, lasti } = expected[index];
      return lasti === null ? [] : [frame.word(at) - code - lasti];
    });
    const [start] = starts;
    const inside = frames.every((frame, index) => {
      const { code, size } = expected[index];
      const offset = frame.word(at) - code - start;
      return offset >= 0 && offset < size;
    });
    if (
      start >= BYTECODE_FROM &&
      start <= BYTECODE_TO &&
      starts.every(other => other === start) &&
      inside
    ) {
      found.push({ instruction: at, bytecode: start });
    }
  }
  return found;
}
