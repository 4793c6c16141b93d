/**
 * Where the GIL of the main interpreter lies in a running CPython 3.8 to 3.15.
 *
 * struct _gil_runtime_state (Include/internal/pycore_gil.h, the same in these versions on Linux):
 * unsigned long interval (microseconds) at 0, PyThreadState *last_holder 8, int locked 16, unsigned
 * long switch_number 24, cond 32, mutex 80, switch_cond 120, switch_mutex 168. Free-threaded builds
 * have `int enabled` in front.
 */
import type { Address } from '../units';
import { readDebugOffsets, readDebugOffsetsHead } from './debug-offsets';
import type { DebugOffsets } from './debug-offsets';
import type { FrameLayout } from './frame-layout';
import { isPointer, readWord, wordAt } from './memory';
import type { ReadMemory } from './memory';
import { NEWEST_MINOR, OLDEST_MINOR } from './version';

const LAST_HOLDER = 8;
const LOCKED = 16;
const SWITCH_NUMBER = 24;

/** Size of the structure with glibc's condition variables (48) and mutexes (40). */
export const GIL_SIZE = 208;

/** PyThreadState.interp: the third word in 3.8 to 3.15 (behind prev and next). */
const THREAD_STATE_INTERPRETER = 16;

/** A counter that grows at most some 10^6 a second never gets here. */
const LARGEST_SWITCH_NUMBER = 2 ** 48;

/** More sub-interpreters than this means that the list isn't one. */
const MOST_INTERPRETERS = 100_000;

/** Offset of the GIL in _PyRuntime, from debug information of 3.8.18, 3.9.18, 3.10.13, 3.11.7. */
const KNOWN_OFFSETS: ReadonlyMap<number, number> = new Map([
  [8, 1152],
  [9, 352],
  [10, 352],
  [11, 360]
]);

export type GilErrorCode =
  'unsupported-python' | 'unreadable' | 'not-found' | 'ambiguous';

/**
 * The GIL was not found. `message` is one line for the user; the cause of `unreadable` is what
 * `readMemory` threw.
 */
export class GilError extends Error {
  constructor(
    readonly code: GilErrorCode,
    message: string,
    cause?: unknown
  ) {
    super(message, { cause });
    this.name = 'GilError';
  }
}

export interface GilSearch {
  readonly readMemory: ReadMemory;
  /** The `_PyRuntime` symbol in the process: load bias added. Size in bytes. */
  readonly runtime: { readonly address: Address; readonly size: number };
  /** 1e6 * sys.getswitchinterval(). */
  readonly switchIntervalUs: number;
  /** The 11 of 3.11.7. */
  readonly minor: number;
}

/** Addresses in the traced process. */
export interface GilLocation {
  readonly address: Address;
  /** PyThreadState *: who has it, or had it last. 8 bytes. */
  readonly lastHolder: Address;
  /** int: 1 held, 0 free, -1 not made yet. 4 bytes. */
  readonly locked: Address;
  /** unsigned long: how often the holder changed. 8 bytes. */
  readonly switchNumber: Address;
  readonly foundBy: 'debug-offsets' | 'known-offset' | 'scan' | 'calibration';
}

/**
 * Finds the GIL of the main interpreter.
 *
 * @throws GilError with a line for the user
 */
export function findGil(search: GilSearch): GilLocation {
  const { minor } = search;
  if (minor < OLDEST_MINOR || minor > NEWEST_MINOR) {
    throw new GilError(
      'unsupported-python',
      `The GIL of Python 3.${minor} can't be located; 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR} can`
    );
  }
  const offsets = readable('_PyRuntime', () => debugOffsets(search));
  return offsets === undefined
    ? findByPattern(search)
    : readable('the list of interpreters', () =>
        findByOffsets(search, offsets)
      );
}

/** Undefined before 3.13. */
function debugOffsets(search: GilSearch): DebugOffsets | undefined {
  const { readMemory, runtime, minor } = search;
  const head = readDebugOffsetsHead(readMemory, runtime.address);
  if (head?.freeThreaded) {
    throw new GilError(
      'unsupported-python',
      'This Python is a free-threaded build: its GIL is not traced'
    );
  }
  if (head !== undefined && head.minor !== minor) {
    throw new GilError(
      'unsupported-python',
      `The process says it is Python 3.${minor}, its memory says 3.${head.minor}`
    );
  }
  return readDebugOffsets(readMemory, runtime.address);
}

/**
 * The GIL that the threads of one interpreter use: since 3.12 a sub-interpreter may have its own.
 *
 * @param interpreter - address of its PyInterpreterState
 * @returns undefined if it can't be read, or before 3.12, where all interpreters share the one of
 *   `findGil`
 */
export function gilOfInterpreter(
  readMemory: ReadMemory,
  interpreter: Address,
  layout: Pick<FrameLayout, 'interpreter' | 'foundBy'>
): GilLocation | undefined {
  const { gil: offset } = layout.interpreter;
  if (offset === undefined || !isPointer(interpreter)) {
    return undefined;
  }
  try {
    const gil = readWord(readMemory, interpreter + offset);
    return isPointer(gil) && looksLikeGil(readMemory(gil, 32), 0)
      ? located(gil, layout.foundBy)
      : undefined;
  } catch {
    return undefined;
  }
}

function findByOffsets(search: GilSearch, offsets: DebugOffsets): GilLocation {
  const { readMemory } = search;
  let interpreter = readWord(
    readMemory,
    search.runtime.address + offsets.interpretersHead
  );
  for (let count = 0; isPointer(interpreter); count++) {
    if (readWord(readMemory, interpreter + offsets.interpreterId) === 0) {
      const gil = readWord(readMemory, interpreter + offsets.gil);
      if (!isPointer(gil) || !looksLikeGil(readMemory(gil, 32), 0)) {
        throw notFound('the main interpreter has none that makes sense');
      }
      return {
        address: gil,
        lastHolder: gil + offsets.lastHolder,
        locked: gil + offsets.locked,
        switchNumber: gil + SWITCH_NUMBER,
        foundBy: 'debug-offsets'
      };
    }
    if (count === MOST_INTERPRETERS) {
      break;
    }
    interpreter = readWord(readMemory, interpreter + offsets.interpreterNext);
  }
  throw notFound('there is no main interpreter');
}

function findByPattern(search: GilSearch): GilLocation {
  const { readMemory, runtime, minor } = search;
  const interval = Math.round(search.switchIntervalUs);
  const bytes = readable('_PyRuntime', () =>
    readMemory(runtime.address, runtime.size)
  );
  const known = KNOWN_OFFSETS.get(minor);
  if (known !== undefined && matches(bytes, known, interval)) {
    return located(runtime.address + known, 'known-offset');
  }
  // In 3.12 the main interpreter, and in it its own GIL, is a part of _PyRuntime.
  const found: number[] = [];
  for (let at = 0; at + GIL_SIZE <= bytes.length; at += 8) {
    if (matches(bytes, at, interval) && hasHolder(readMemory, bytes, at)) {
      found.push(at);
    }
  }
  if (found.length > 1) {
    throw new GilError(
      'ambiguous',
      `The GIL can't be told from other data: _PyRuntime fits at ${found.join(', ')}; use another sys.setswitchinterval(), for example 0.004999`
    );
  }
  if (found.length === 0) {
    throw notFound(
      `nothing in _PyRuntime has a switch interval of ${interval} us and a holder`
    );
  }
  return located(runtime.address + found[0], 'scan');
}

function matches(bytes: Uint8Array, at: number, interval: number): boolean {
  return (
    at + GIL_SIZE <= bytes.length &&
    word(bytes, at) === interval &&
    looksLikeGil(bytes, at)
  );
}

function looksLikeGil(bytes: Uint8Array, at: number): boolean {
  const holder = word(bytes, at + LAST_HOLDER);
  const locked = new DataView(bytes.buffer, bytes.byteOffset).getInt32(
    at + LOCKED,
    true
  );
  return (
    (holder === 0 || isPointer(holder)) &&
    locked >= -1 &&
    locked <= 1 &&
    word(bytes, at + SWITCH_NUMBER) < LARGEST_SWITCH_NUMBER
  );
}

/** The holder is a thread state: its interpreter is a structure whose first word can be read. */
function hasHolder(
  readMemory: ReadMemory,
  bytes: Uint8Array,
  at: number
): boolean {
  const holder = word(bytes, at + LAST_HOLDER);
  try {
    const interpreter = readWord(readMemory, holder + THREAD_STATE_INTERPRETER);
    return isPointer(interpreter) && readMemory(interpreter, 8).length === 8;
  } catch {
    return false;
  }
}

function located(
  address: Address,
  foundBy: GilLocation['foundBy']
): GilLocation {
  return {
    address,
    lastHolder: address + LAST_HOLDER,
    locked: address + LOCKED,
    switchNumber: address + SWITCH_NUMBER,
    foundBy
  };
}

function word(bytes: Uint8Array, at: number): number {
  return wordAt(new DataView(bytes.buffer, bytes.byteOffset), at);
}

function notFound(why: string): GilError {
  return new GilError('not-found', `The GIL was not found: ${why}`);
}

function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof GilError) {
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new GilError(
      'unreadable',
      `The memory of the process (${what}) can't be read: ${reason}`,
      error
    );
  }
}
