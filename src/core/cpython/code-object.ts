/** Reads code objects: what a line needs to be told, checked. */
import type { Address } from '../units';
import type { FrameLayout } from './frame-layout';
import { decodeLines } from './line-table';
import { BlockReader, isCounted, isPointer, wordAt } from './memory';
import type { ReadInto } from './memory';
import { ObjectReader } from './python-objects';

/** Bytecode of more units than this (8 MB) is taken for garbage. */
const MOST_UNITS = 2 ** 22;

/** PyVarObject.ob_size, from the object's type on: units of bytecode since 3.11. */
const SIZE_AFTER_TYPE = 8;

/** A code object as it was when it was read. */
export interface CodeImage {
  /** co_filename. */
  readonly file: string;
  /** co_qualname (3.11 and later), else co_name. */
  readonly func: string;
  /** co_firstlineno. */
  readonly firstLine: number;
  /** Line of each code unit of the bytecode, 0 where there is none. */
  readonly lines: Int32Array;
  /** The fields by which another object at the same address is told. */
  readonly fingerprint: Float64Array;
}

const FINGERPRINT_FIELDS = 6;

/** Reads code objects of one process. Nothing here throws. */
export class CodeReader {
  constructor(
    read: ReadInto,
    private readonly _layout: FrameLayout
  ) {
    const { code, objectType } = _layout;
    this._headSize =
      Math.max(
        code.filename,
        code.name,
        code.lineTable,
        code.firstLine,
        this._inline() ? objectType + SIZE_AFTER_TYPE : code.bytecode
      ) + 8;
    this._objects = new ObjectReader(read, _layout);
    this._head = new BlockReader(read, this._headSize);
  }

  /** Undefined if there is no code object at that address, or none of Python code. */
  read(address: Address): CodeImage | undefined {
    const fingerprint = new Float64Array(FINGERPRINT_FIELDS);
    if (!this._readFingerprint(address, fingerprint)) {
      return undefined;
    }
    const [type, filename, name, table, firstLine, bytecode] = fingerprint;
    if (!this._objects.isType(type, 'code') || !isCounted(this._head.view)) {
      return undefined;
    }
    const units = this._inline()
      ? bytecode
      : (this._objects.bytesLength(bytecode) ?? 0) / 2;
    const bytes = this._objects.readBytes(table);
    const file = this._objects.readText(filename);
    const func = this._objects.readText(name);
    if (
      file === undefined ||
      func === undefined ||
      bytes === undefined ||
      !Number.isInteger(units) ||
      units <= 0 ||
      units > MOST_UNITS
    ) {
      return undefined;
    }
    const lines = decodeLines(
      this._layout.code.lineTableKind,
      bytes,
      firstLine,
      units
    );
    // It may have been freed while its parts were read.
    if (
      !this.isSame(address, { file, func, firstLine, lines, fingerprint }) ||
      !isCounted(this._head.view)
    ) {
      return undefined;
    }
    // The interpreter's own glue (_Py_InitCleanup, the interpreter's trampoline: 3.12 and later)
    // has bytecode, but no line anywhere.
    if (lines.every(line => line === 0)) {
      return undefined;
    }
    return { file, func, firstLine, lines, fingerprint };
  }

  /** Whether the same object is still at that address. */
  isSame(address: Address, image: CodeImage): boolean {
    const now = this._again;
    return (
      this._readFingerprint(address, now) &&
      image.fingerprint.every((value, index) => value === now[index])
    );
  }

  /** Type, filename, name, line table, first line, bytecode (its size where it is in the object). */
  private _readFingerprint(address: Address, into: Float64Array): boolean {
    if (!isPointer(address) || !this._head.read(address, this._headSize)) {
      return false;
    }
    const { code, objectType } = this._layout;
    const { view } = this._head;
    into[0] = wordAt(view, objectType);
    into[1] = wordAt(view, code.filename);
    into[2] = wordAt(view, code.name);
    into[3] = wordAt(view, code.lineTable);
    into[4] = view.getInt32(code.firstLine, true);
    into[5] = wordAt(
      view,
      this._inline() ? objectType + SIZE_AFTER_TYPE : code.bytecode
    );
    return true;
  }

  /** Whether the bytecode is a part of the code object: 3.11 and later. */
  private _inline(): boolean {
    return this._layout.code.lineTableKind === 'locations';
  }

  private readonly _headSize: number;
  private readonly _objects: ObjectReader;
  private readonly _head: BlockReader;
  private readonly _again = new Float64Array(FINGERPRINT_FIELDS);
}
