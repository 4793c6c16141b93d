/**
 * _Py_DebugOffsets: where CPython 3.13 and later keep their structures, written at the start of
 * _PyRuntime for tools that read a process from outside.
 *
 * Source: CPython 3.13 Include/internal/pycore_runtime.h, struct _Py_DebugOffsets: words of 8 bytes.
 * The layout differs per minor version; this one is 3.13's.
 */
import type { Address } from '../units';
import { readWord } from './memory';
import type { ReadMemory } from './memory';

/** "xdebugpy" */
const COOKIE = [0x78, 0x64, 0x65, 0x62, 0x75, 0x67, 0x70, 0x79];

const WORD_VERSION = 1;
const WORD_FREE_THREADED = 2;
const WORD_INTERPRETERS_HEAD = 5;
const WORD_INTERPRETER_ID = 7;
const WORD_INTERPRETER_NEXT = 8;
const WORD_CEVAL_GIL = 14;
const WORD_GIL_RUNTIME_STATE = 15;
const WORD_GIL_LOCKED = 17;
const WORD_GIL_HOLDER = 18;
const WORDS = 19;

/** The offsets that lead to the GIL. */
export interface DebugOffsets {
  /** The 13 of 3.13.0. */
  readonly minor: number;
  readonly freeThreaded: boolean;
  /** In _PyRuntime: pointer to the newest interpreter. */
  readonly interpretersHead: number;
  /** In PyInterpreterState. */
  readonly interpreterId: number;
  readonly interpreterNext: number;
  /** In PyInterpreterState: pointer to the GIL in use. */
  readonly gil: number;
  /** In struct _gil_runtime_state. */
  readonly locked: number;
  readonly lastHolder: number;
}

/**
 * @param runtime - address of _PyRuntime
 * @returns undefined where _PyRuntime doesn't start with the cookie: before 3.13
 */
export function readDebugOffsets(
  read: ReadMemory,
  runtime: Address
): DebugOffsets | undefined {
  const cookie = read(runtime, COOKIE.length);
  if (COOKIE.some((byte, index) => cookie[index] !== byte)) {
    return undefined;
  }
  const words = Array.from({ length: WORDS }, (_, index) =>
    index === 0 ? 0 : readWord(read, runtime + 8 * index)
  );
  return {
    // PY_VERSION_HEX: 0x030d00f0 is 3.13.0.
    minor: Math.floor(words[WORD_VERSION] / 2 ** 16) & 0xff,
    freeThreaded: words[WORD_FREE_THREADED] !== 0,
    interpretersHead: words[WORD_INTERPRETERS_HEAD],
    interpreterId: words[WORD_INTERPRETER_ID],
    interpreterNext: words[WORD_INTERPRETER_NEXT],
    gil: words[WORD_CEVAL_GIL],
    locked: words[WORD_GIL_LOCKED] - words[WORD_GIL_RUNTIME_STATE],
    lastHolder: words[WORD_GIL_HOLDER] - words[WORD_GIL_RUNTIME_STATE]
  };
}
