/** The runtime's lists of interpreters and their threads, read from outside. */
import type { Address } from '../units';
import type { FrameLayout } from './frame-layout';
import { BlockReader, isPointer, wordAt } from './memory';
import type { ReadInto } from './memory';

const MOST_THREADS = 20_000;
const MOST_INTERPRETERS = 1000;

/** A thread state as the runtime's lists have it. */
export interface ThreadStateRecord {
  readonly threadState: Address;
  /** Address of its PyInterpreterState. */
  readonly interpreter: Address;
  /** threading.get_ident(); 0 for a thread state that no thread uses yet. */
  readonly threadId: number;
  /** gettid(); -1 if not known. */
  readonly nativeId: number;
}

/** Lists the thread states of one process. */
export class ThreadStateList {
  /** @param _runtime - address of _PyRuntime; 0 if not known: then the list is empty */
  constructor(
    read: ReadInto,
    private readonly _layout: FrameLayout,
    private readonly _runtime: Address
  ) {
    const { threadState } = _layout;
    this._recordSize =
      Math.max(
        threadState.interpreter,
        threadState.next,
        threadState.threadId,
        threadState.nativeThreadId ?? 0
      ) + 8;
    this._record = new BlockReader(read, this._recordSize);
  }

  /** All that the lists have at this moment; see `StackReader.threadStates`. */
  list(): ThreadStateRecord[] {
    const { interpreter: fields, interpretersHead } = this._layout;
    const found = new Map<Address, ThreadStateRecord>();
    if (interpretersHead === undefined || !isPointer(this._runtime)) {
      return [];
    }
    let interpreter = this._record.word(this._runtime + interpretersHead);
    for (let i = 0; isPointer(interpreter) && i < MOST_INTERPRETERS; i++) {
      let state = this._record.word(interpreter + fields.threadsHead);
      while (
        isPointer(state) &&
        !found.has(state) &&
        found.size < MOST_THREADS
      ) {
        state = this._addRecord(state, interpreter, found);
      }
      interpreter = this._record.word(interpreter + fields.next);
    }
    return [...found.values()];
  }

  /**
   * What a thread state says of itself at this moment; undefined if it can't be read. If it is freed memory, its
   * interpreter may be none.
   */
  at(state: Address): ThreadStateRecord | undefined {
    return isPointer(state) && this._record.read(state, this._recordSize)
      ? this._readRecord(state)
      : undefined;
  }

  /** Adds a thread state to `found` if it is one, and returns the next one's address. */
  private _addRecord(
    state: Address,
    interpreter: Address,
    found: Map<Address, ThreadStateRecord>
  ): Address {
    if (!this._record.read(state, this._recordSize)) {
      return 0;
    }
    const next = wordAt(this._record.view, this._layout.threadState.next);
    const record = this._readRecord(state);
    // The states of an interpreter point back to it: what doesn't is freed or never was one.
    if (record.interpreter !== interpreter) {
      return 0;
    }
    found.set(state, record);
    return next;
  }

  /** The record that was read last. */
  private _readRecord(threadState: Address): ThreadStateRecord {
    const { threadState: fields, tidInDescriptor } = this._layout;
    const { view } = this._record;
    const interpreter = wordAt(view, fields.interpreter);
    const threadId = wordAt(view, fields.threadId);
    let nativeId =
      fields.nativeThreadId === undefined
        ? -1
        : wordAt(view, fields.nativeThreadId);
    if (nativeId < 0 && tidInDescriptor !== undefined && threadId > 0) {
      // pthread_t is the address of the thread's descriptor in glibc and musl.
      nativeId = this._record.read(threadId + tidInDescriptor, 4)
        ? view.getInt32(0, true)
        : -1;
    }
    return {
      threadState,
      interpreter,
      threadId,
      nativeId: nativeId > 0 && nativeId < 2 ** 31 ? nativeId : -1
    };
  }

  private readonly _recordSize: number;
  private readonly _record: BlockReader;
}
