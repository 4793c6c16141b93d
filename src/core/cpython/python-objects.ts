/** Reads str and bytes objects and checks types, in memory that may hold anything. */
import type { Address } from '../units';
import type { FrameLayout, TextFields } from './frame-layout';
import { BlockReader, isCounted, isPointer, wordAt } from './memory';
import type { ReadInto } from './memory';

/** More characters than any path or name; a longer text is taken for garbage. */
export const LONGEST_TEXT = 32768;

/** Line tables of bytecode up to some MB. */
export const LONGEST_BYTES = 2 ** 22;

/** Kinds of str (PyUnicode_1BYTE_KIND …): bytes per character. */
const KINDS = [1, 2, 4];

/** Types that are told by name; CPython's own types never move. */
const TYPE_NAMES = ['code', 'str', 'bytes', 'int'] as const;

type TypeName = (typeof TYPE_NAMES)[number];

/** Bytes of the longest of these names with its end. */
const NAME_BYTES = 8;

/** Reads objects of one process. Nothing here throws; what is not as it must be gives undefined. */
export class ObjectReader {
  constructor(
    read: ReadInto,
    private readonly _layout: FrameLayout
  ) {
    this._text = _layout.text;
    this._head = new BlockReader(read, 80);
    this._data = new BlockReader(read, LONGEST_BYTES);
    this._names = new BlockReader(read, NAME_BYTES);
  }

  /** Whether the word at `objectType` of an object names the type that is expected. */
  isType(type: Address, name: TypeName): boolean {
    if (!isPointer(type)) {
      return false;
    }
    const known = this._types.get(type);
    if (known !== undefined) {
      return known === name;
    }
    const found = this._nameOf(type);
    if (found !== undefined) {
      this._types.set(type, found);
    }
    return found === name;
  }

  /** The value of a str object. Lone surrogates stay what they are. */
  readText(address: Address): string | undefined {
    const { strLength, strState, strAscii, strCompact } = this._text;
    if (!this._readHead(address, 'str')) {
      return undefined;
    }
    const { view } = this._head;
    const length = wordAt(view, strLength);
    // struct { interned:2; kind:3; compact:1; ascii:1; … }: the same bits in all versions.
    const state = view.getUint32(strState, true);
    const size = (state >> 2) & 7;
    const compact = ((state >> 5) & 1) === 1;
    const ascii = ((state >> 6) & 1) === 1;
    if (
      length > LONGEST_TEXT ||
      !compact ||
      !KINDS.includes(size) ||
      (ascii && size !== 1)
    ) {
      return undefined;
    }
    const data = address + (ascii ? strAscii : strCompact);
    if (length > 0 && !this._data.read(data, length * size)) {
      return undefined;
    }
    return characters(this._data.view, length, size);
  }

  /** Whether it is an int object. */
  isInt(address: Address): boolean {
    return this._readHead(address, 'int');
  }

  /** The value of a bytes object: a copy. */
  readBytes(address: Address): Uint8Array | undefined {
    const length = this.bytesLength(address);
    if (length === undefined) {
      return undefined;
    }
    if (length === 0) {
      return new Uint8Array(0);
    }
    return this._data.read(address + this._text.bytesData, length)
      ? this._data.bytes.slice(0, length)
      : undefined;
  }

  /** The length of a bytes object. */
  bytesLength(address: Address): number | undefined {
    if (!this._readHead(address, 'bytes')) {
      return undefined;
    }
    const length = wordAt(this._head.view, this._text.bytesLength);
    return length <= LONGEST_BYTES ? length : undefined;
  }

  private _readHead(address: Address, type: TypeName): boolean {
    // A str without characters is 48 bytes at least, a bytes object 33; an int may have 28, and memory goes on there.
    return (
      isPointer(address) &&
      this._head.read(address, type === 'str' ? 40 : 32) &&
      isCounted(this._head.view) &&
      this.isType(wordAt(this._head.view, this._layout.objectType), type)
    );
  }

  private _nameOf(type: Address): TypeName | undefined {
    const at = this._names.word(type + this._layout.typeName);
    if (!this._names.read(at, NAME_BYTES)) {
      return undefined;
    }
    const { bytes } = this._names;
    return TYPE_NAMES.find(name =>
      Array.from(`${name}\0`).every(
        (letter, index) => bytes[index] === letter.charCodeAt(0)
      )
    );
  }

  private readonly _text: TextFields;
  private readonly _head: BlockReader;
  private readonly _data: BlockReader;
  private readonly _names: BlockReader;
  private readonly _types = new Map<Address, TypeName>();
}

/** Characters a call of String.fromCharCode can take. */
const PIECE = 4096;

function characters(view: DataView, length: number, size: number): string {
  let text = '';
  for (let start = 0; start < length; start += PIECE) {
    const codes: number[] = [];
    for (let at = start; at < Math.min(length, start + PIECE); at++) {
      const code =
        size === 1
          ? view.getUint8(at)
          : size === 2
            ? view.getUint16(2 * at, true)
            : view.getUint32(4 * at, true);
      codes.push(code <= 0x10ffff ? code : 0xfffd);
    }
    text += String.fromCodePoint(...codes);
  }
  return text;
}
