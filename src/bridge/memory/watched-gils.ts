/** The GILs of a process, and who has them now. */
import { GIL_SIZE, type GilLocation } from '../../core/cpython/gil';
import { BlockReader, wordAt, type ReadInto } from '../../core/cpython/memory';
import type { GilRange } from '../../core/threads/sampled/activity';
import type { Address } from '../../core/units';

/** last_holder, locked and switch_number follow each other (core/cpython/gil.ts). */
const WORDS = 24;
const LOCKED = 8;
const SWITCH_NUMBER = 16;

/** One GIL, as it was when it was read last. */
export class WatchedGil implements GilRange {
  constructor(
    read: ReadInto,
    readonly index: number,
    private readonly _location: GilLocation
  ) {
    this._words = new BlockReader(read, WORDS);
    this.start = _location.address;
    this.end = _location.address + GIL_SIZE;
  }

  /** Where its condition variables and mutexes lie. */
  readonly start: Address;
  readonly end: Address;

  /** Whether a thread has it, and the PyThreadState of the one that has it or had it last. */
  locked = false;
  holder: Address = 0;
  /** How often the holder changed. */
  turn = -1;

  /** The words are next to each other and come by one read. */
  read(): boolean {
    const { view } = this._words;
    if (!this._words.read(this._location.lastHolder, WORDS)) {
      return false;
    }
    this.holder = wordAt(view, 0);
    this.locked = view.getInt32(LOCKED, true) === 1;
    this.turn = wordAt(view, SWITCH_NUMBER);
    return true;
  }

  private readonly _words: BlockReader;
}
