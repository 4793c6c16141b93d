/** Where a build of CPython 3.8 to 3.12 keeps its lists of interpreters and threads, measured. */
import type { Address } from '../units';
import type { FrameEvidence } from './frame-evidence';
import { LayoutError } from './frame-layout';
import type { FrameLayout } from './frame-layout';
import type { ReadMemory } from './memory';
import {
  INTERPRETER_BYTES,
  RUNTIME_BYTES,
  intOffsets,
  only,
  readBlock,
  wordOffsets
} from './offset-search';
import type { Block } from './offset-search';

/** prev, next and interp are the first words of PyThreadState in 3.8 to 3.15. */
export const THREAD_STATE = { previous: 0, next: 8, interpreter: 16 };

/** The first word of PyInterpreterState until 3.12. */
const INTERPRETER_NEXT = 0;

/** Thread descriptors of glibc and musl are larger; the thread's id is among their first fields. */
const DESCRIPTOR_BYTES = 1024;

const PAGE = 4096;
const LARGEST_CHUNK = 2 ** 30;

export function threadIds(
  { thread_id, native_id }: FrameEvidence,
  state: Block,
  minor: number
): { threadId: number; nativeThreadId?: number } {
  const threadId = only(wordOffsets([state], [thread_id]), 'thread_id');
  if (minor < 11) {
    return { threadId };
  }
  // struct _ts has native_thread_id right behind thread_id.
  if (state.word(threadId + 8) !== native_id) {
    throw new LayoutError('native_thread_id was not found in this build');
  }
  return { threadId, nativeThreadId: threadId + 8 };
}

/** Lists of interpreters and threads; the program has one of each. */
export function interpreterFields(
  { switch_interval_us }: FrameEvidence,
  read: ReadMemory,
  state: Block,
  minor: number,
  runtime: Address
): Pick<FrameLayout, 'interpretersHead' | 'interpreter'> {
  const interpreter = state.word(THREAD_STATE.interpreter);
  const block = readBlock(read, interpreter, INTERPRETER_BYTES);
  // The lists come before other fields that happen to name the only thread or interpreter.
  const [threadsHead] = wordOffsets([block], [state.address]);
  if (threadsHead === undefined) {
    throw new LayoutError('the list of threads was not found in this build');
  }
  const [interpretersHead] = wordOffsets(
    [readBlock(read, runtime, RUNTIME_BYTES)],
    [interpreter]
  );
  const gils =
    minor < 12
      ? []
      : pointersTo(read, block, gil => {
          const holder = gil.word(8);
          return gil.word(0) === switch_interval_us && holder === state.address;
        });
  return {
    interpretersHead,
    interpreter: { next: INTERPRETER_NEXT, threadsHead, gil: gils[0] }
  };
}

/** Offsets of pointers to structures of some kind. */
function pointersTo(
  read: ReadMemory,
  block: Block,
  fits: (target: Block) => boolean
): number[] {
  const found: number[] = [];
  for (let at = 0; at < block.length; at += 8) {
    if (fits(readBlock(read, block.word(at), 32))) {
      found.push(at);
    }
  }
  return found;
}

/** The chunk that the frames are in: _PyStackChunk {previous, size, top, data}, mapped by itself. */
export function dataStackChunk(
  { frames }: FrameEvidence,
  read: ReadMemory,
  state: Block,
  blocks: readonly Block[]
): number | undefined {
  const inside = blocks.filter((_, index) => !frames[index].generator);
  return pointersTo(read, state, chunk => {
    const end = chunk.address + chunk.word(8);
    return (
      chunk.address % PAGE === 0 &&
      chunk.word(8) <= LARGEST_CHUNK &&
      inside.every(({ address }) => address > chunk.address && address < end)
    );
  })[0];
}

export function tidInDescriptor(
  { thread_id, native_id }: FrameEvidence,
  read: ReadMemory
): number | undefined {
  return intOffsets(
    [readBlock(read, thread_id, DESCRIPTOR_BYTES)],
    [native_id]
  )[0];
}
