/**
 * The code objects that were seen in one process, and the lines of their instructions.
 *
 * A code object is read once and kept: the process may free it, and its address may become another
 * one's, which `revalidate` finds out.
 */
import type { LineRecord } from '../threads/result';
import type { Address, LineIndex } from '../units';
import { CodeReader } from './code-object';
import type { CodeImage } from './code-object';
import type { FrameLayout } from './frame-layout';
import { untagged } from './memory';
import type { ReadInto } from './memory';

const UNKNOWN = -1;

/** Entry of `KnownCode.indices` that was not asked for yet. */
const NOT_RESOLVED = -2;

/** An address that gave no code object is tried again after 1, 2, 4, … calls of `revalidate`. */
const LONGEST_PATIENCE = 64;

/** Beyond these, all is forgotten and read anew when seen: programs that make code without end. */
const MOST_FAILURES = 20_000;
const MOST_UNITS = 16_000_000;

interface KnownCode {
  readonly address: Address;
  readonly image: CodeImage;
  /** Address of the first instruction; where instructions are no pointers: 0. */
  readonly start: Address;
  /** LineIndex per code unit, from the one before the first on. */
  readonly indices: Int32Array;
  /** LineIndex per line number. */
  readonly byLine: Map<number, LineIndex>;
  /** Addresses that it is found by: its own, and this with tag bits. */
  readonly keys: Address[];
  /** Whether it is in the list of those seen since the last `revalidate`. */
  used: boolean;
}

interface Failure {
  tries: number;
  retryAt: number;
}

export class CodeTable {
  readonly lines: LineRecord[] = [];

  constructor(read: ReadInto, layout: FrameLayout) {
    this._reader = new CodeReader(read, layout);
    const { instructionKind } = layout.frame;
    this._pointers = instructionKind === 'pointer';
    this._unitsPerStep = instructionKind === 'units' ? 1 : 0.5;
    this._bytecode = this._pointers ? layout.code.bytecode : 0;
  }

  /**
   * Line of an instruction of a code object.
   *
   * @param code its address (tag bits may be set)
   * @param instruction as the FrameLayout says: address of an instruction, or f_lasti
   * @returns -1 if the code can't be read or is not one
   */
  lineOf(code: Address, instruction: number): LineIndex {
    let known = this._last;
    if (code !== this._lastCode || known === undefined) {
      known = this._codes.get(code) ?? this._meet(code);
      if (known === undefined) {
        return UNKNOWN;
      }
      this._last = known;
      this._lastCode = code;
    }
    if (!known.used) {
      known.used = true;
      this._used.push(known);
    }
    const unit = this._unit(known, instruction);
    const index = known.indices[unit];
    if (index >= 0) {
      return index;
    }
    return index === NOT_RESOLVED
      ? this._resolve(known, unit)
      : this._outside(code, known, instruction);
  }

  /** The index of a line, also of one that was resolved elsewhere, and of a task. */
  intern({ file, line, func, task }: LineRecord): LineIndex {
    const key = `${file}\0${func}\0${task ?? '\0'}`;
    let lines = this._interned.get(key);
    if (lines === undefined) {
      lines = new Map();
      this._interned.set(key, lines);
    }
    let index = lines.get(line);
    if (index === undefined) {
      const record = { file, line, func, ...(task !== undefined && { task }) };
      index = this.lines.push(record) - 1;
      lines.set(line, index);
    }
    return index;
  }

  /**
   * To be called every 100 ms or so: drops code objects that were replaced by others, among those
   * that were seen since the last call, and lets bad addresses be tried again.
   */
  revalidate(): void {
    this._tick++;
    if (this._failures.size > MOST_FAILURES) {
      this._failures.clear();
    }
    for (const known of this._used) {
      known.used = false;
      if (!this._reader.isSame(known.address, known.image)) {
        this._forget(known);
      }
    }
    this._used.length = 0;
  }

  /** Place in `indices`; anything out of range, or NaN, where the instruction isn't one of this code. */
  private _unit(known: KnownCode, instruction: number): number {
    // -1 (one before the first) is a frame that has not started.
    const unit = this._pointers
      ? (instruction - known.start) / 2
      : instruction < 0
        ? instruction
        : instruction * this._unitsPerStep;
    return unit + 1;
  }

  private _resolve(known: KnownCode, unit: number): LineIndex {
    const { image, byLine } = known;
    // As PyCode_Addr2Line: a frame that has not started is on the first line.
    const line = unit === 0 ? image.firstLine : lineBefore(image, unit - 1);
    let index = byLine.get(line);
    if (index === undefined) {
      index = this.intern({ file: image.file, line, func: image.func });
      byLine.set(line, index);
    }
    known.indices[unit] = index;
    return index;
  }

  /** The instruction lies outside the bytecode: another object may have taken the address. */
  private _outside(
    code: Address,
    known: KnownCode,
    instruction: number
  ): LineIndex {
    if (
      this._checkedAt.get(known) === this._tick ||
      this._reader.isSame(known.address, known.image)
    ) {
      this._checkedAt.set(known, this._tick);
      return UNKNOWN;
    }
    this._forget(known);
    const other = this._meet(code);
    if (other === undefined) {
      return UNKNOWN;
    }
    const unit = this._unit(other, instruction);
    return other.indices[unit] === NOT_RESOLVED
      ? this._resolve(other, unit)
      : UNKNOWN;
  }

  /** Reads a code object whose address, as given, is not in the table. */
  private _meet(code: Address): KnownCode | undefined {
    const failure = this._failures.get(code);
    if (failure !== undefined && failure.retryAt > this._tick) {
      return undefined;
    }
    const address = untagged(code);
    const known = this._codes.get(address) ?? this._load(address);
    if (known === undefined) {
      const tries = (failure?.tries ?? 0) + 1;
      const patience = Math.min(2 ** (tries - 1), LONGEST_PATIENCE);
      this._failures.set(code, { tries, retryAt: this._tick + patience });
      return undefined;
    }
    this._failures.delete(code);
    if (code !== address) {
      known.keys.push(code);
      this._codes.set(code, known);
    }
    return known;
  }

  private _load(address: Address): KnownCode | undefined {
    const image = this._reader.read(address);
    if (image === undefined) {
      return undefined;
    }
    if (this._units > MOST_UNITS) {
      this._codes.clear();
      this._used.length = 0;
      this._last = undefined;
      this._units = 0;
    }
    this._units += image.lines.length;
    const known: KnownCode = {
      address,
      image,
      start: address + this._bytecode,
      indices: new Int32Array(image.lines.length + 1).fill(NOT_RESOLVED),
      byLine: new Map(),
      keys: [address],
      used: false
    };
    this._codes.set(address, known);
    return known;
  }

  private _forget(known: KnownCode): void {
    for (const key of known.keys) {
      this._codes.delete(key);
    }
    this._units -= known.image.lines.length;
    if (this._last === known) {
      this._last = undefined;
    }
  }

  private readonly _reader: CodeReader;
  private readonly _pointers: boolean;
  private readonly _unitsPerStep: number;
  private readonly _bytecode: number;
  private readonly _codes = new Map<Address, KnownCode>();
  private readonly _failures = new Map<Address, Failure>();
  private readonly _interned = new Map<string, Map<number, LineIndex>>();
  private readonly _checkedAt = new WeakMap<KnownCode, number>();
  /** Seen since the last `revalidate`. */
  private readonly _used: KnownCode[] = [];
  private _last: KnownCode | undefined;
  private _lastCode = -1;
  private _units = 0;
  private _tick = 0;
}

/**
 * The line of a code unit. Some have none of their own (jumps that the compiler made, PEP 626): they go with
 * the code before them, whose line runs on.
 */
function lineBefore({ lines }: CodeImage, unit: number): number {
  let at = unit;
  while (at > 0 && lines[at] === 0) {
    at--;
  }
  return lines[at];
}
