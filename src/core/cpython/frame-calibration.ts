/**
 * The frame layout of a build of CPython 3.8 to 3.12, which don't publish it, measured in a program
 * that runs in the same build (python_shim/giltracer/calibration.py): it says which values its
 * structures hold, and they are searched for. The published layout of later versions is checked by
 * reading that program's stack.
 */
import type { Address } from '../units';
import { coroutineFields } from './coroutine-calibration';
import type { FrameEvidence, FrameFact } from './frame-evidence';
import {
  GENERATOR_FLAGS,
  LayoutError,
  OWNED_BY_GENERATOR,
  OWNED_BY_THREAD,
  TYPE_NAME,
  layoutFromDebugOffsets,
  textFields
} from './frame-layout';
import type { FrameFields, FrameLayout } from './frame-layout';
import { checkLayout } from './layout-check';
import { lineTableKind } from './line-table';
import { isPointer } from './memory';
import type { ReadMemory } from './memory';
import {
  CODE_BYTES,
  FRAME_BYTES,
  THREAD_STATE_BYTES,
  findChains,
  intOffsets,
  only,
  readBlock,
  wordOffsets
} from './offset-search';
import type { Block } from './offset-search';
import {
  THREAD_STATE,
  dataStackChunk,
  interpreterFields,
  threadIds,
  tidInDescriptor
} from './thread-calibration';

export type { FrameEvidence, FrameFact } from './frame-evidence';

/** ob_type of an object in all builds but those with Py_TRACE_REFS. */
const OBJECT_TYPE = 8;

/** Python 3.11 and 3.12 have a _PyCFrame between thread state and frame: its current_frame. */
const CURRENT_FRAME: ReadonlyMap<number, number> = new Map([
  [11, 8],
  [12, 0]
]);

/** Where the released headers of these have it: decides between several. */
const RELEASED_HOP = 56;

/** Bytes from a frame's prev_instr to its owner (pycore_frame.h). */
const OWNER_AFTER_INSTRUCTION: ReadonlyMap<number, number> = new Map([
  [11, 13],
  [12, 14]
]);

/** co_flags is the int before co_firstlineno until 3.10 (code.h). */
const FLAGS_BEFORE_FIRST_LINE = 4;

/** From this version on _Py_DebugOffsets tell. */
const FIRST_PUBLISHED = 13;

/** Too few frames would let other data pass for the right one. */
const FEWEST_FRAMES = 3;

/**
 * Finds out where a build keeps its frames.
 *
 * @param evidence - what the waiting program said; it has one thread
 * @param read - its memory
 * @param threadState - of its thread: gil->last_holder
 * @param minor - the 11 of 3.11.7
 * @param runtime - address of _PyRuntime in that program
 * @throws LayoutError with one line
 */
export function calibrateFrameLayout(
  evidence: FrameEvidence,
  read: ReadMemory,
  threadState: Address,
  minor: number,
  runtime: Address
): FrameLayout {
  const { frames } = evidence;
  if (!Array.isArray(frames) || frames.length < FEWEST_FRAMES) {
    throw new LayoutError('the calibration program told too few frames');
  }
  const layout =
    minor >= FIRST_PUBLISHED
      ? layoutFromDebugOffsets(read, runtime)
      : measure(evidence, read, threadState, minor, runtime);
  const addresses = checkLayout(layout, evidence, read, threadState);
  return { ...layout, coroutine: coroutineFields(evidence, read, addresses) };
}

function measure(
  evidence: FrameEvidence,
  read: ReadMemory,
  threadState: Address,
  minor: number,
  runtime: Address
): FrameLayout {
  const state = readBlock(read, threadState, THREAD_STATE_BYTES);
  if (state.length === 0) {
    throw new LayoutError('the thread state of the program can not be read');
  }
  const { framePath, frame, bytecode, blocks } =
    minor < 11
      ? frameObjects(evidence, read, state, minor)
      : interpreterFrames(evidence, read, state, minor);
  return {
    minor,
    foundBy: 'calibration',
    ...interpreterFields(evidence, read, state, minor, runtime),
    threadState: {
      ...THREAD_STATE,
      ...threadIds(evidence, state, minor),
      dataStackChunk:
        minor < 11 ? undefined : dataStackChunk(evidence, read, state, blocks)
    },
    tidInDescriptor: tidInDescriptor(evidence, read),
    framePath,
    frame,
    code: codeFields(evidence, read, minor, bytecode),
    objectType: OBJECT_TYPE,
    typeName: TYPE_NAME,
    text: textFields(minor)
  };
}

interface FoundFrames {
  framePath: readonly number[];
  frame: FrameFields;
  /** Start of the bytecode in the code object; 0 where it is another object. */
  bytecode: number;
  blocks: readonly Block[];
}

/** Until 3.10: PyFrameObject, an object of its own for each call. */
function frameObjects(
  { frames }: FrameEvidence,
  read: ReadMemory,
  state: Block,
  minor: number
): FoundFrames {
  const blocks = frames.map(({ frame }) => readBlock(read, frame, FRAME_BYTES));
  const callers = blocks.slice(1);
  const instructionKind = minor < 10 ? 'bytes' : 'units';
  const instruction = only(
    intOffsets(
      callers,
      frames.slice(1).map(({ lasti }) => (lasti ?? NaN) / (minor < 10 ? 1 : 2))
    ),
    'f_lasti'
  );
  const code = only(
    wordOffsets(
      blocks,
      frames.map(fact => fact.code)
    ),
    'f_code'
  );
  const previous = only(
    wordOffsets(
      blocks.slice(0, -1),
      frames.slice(1).map(fact => fact.frame)
    ),
    'f_back'
  );
  const hop = only(
    wordOffsets([state], [frames[0].frame]),
    'the frame in the thread state'
  );
  const size = Math.max(instruction + 4, code + 8, previous + 8);
  return {
    framePath: [hop],
    frame: { size, code, previous, instruction, instructionKind },
    bytecode: 0,
    blocks
  };
}

/** Since 3.11: _PyInterpreterFrame, in the thread's data stack or in a generator. */
function interpreterFrames(
  { frames }: FrameEvidence,
  read: ReadMemory,
  state: Block,
  minor: number
): FoundFrames {
  const second = CURRENT_FRAME.get(minor) ?? 0;
  const found: { hop: number; chain: ReturnType<typeof findChains>[0] }[] = [];
  for (let hop = 0; hop < state.length; hop += 8) {
    const frame = readBlock(read, state.word(hop) + second, 8).word(0);
    if (isPointer(frame)) {
      found.push(
        ...findChains(read, frame, frames).map(chain => ({ hop, chain }))
      );
    }
  }
  const released = found.filter(({ hop }) => hop === RELEASED_HOP);
  const candidates = released.length > 0 ? released : found;
  only(
    candidates.map(({ hop }) => hop),
    'the frame in the thread state'
  );
  const [{ hop, chain }] = candidates;
  const { bytecode, ...fields } = chain.offsets;
  const owner =
    fields.instruction + (OWNER_AFTER_INSTRUCTION.get(minor) ?? NaN);
  chain.frames.forEach((block, index) => {
    const expected = frames[index].generator
      ? OWNED_BY_GENERATOR
      : OWNED_BY_THREAD;
    if (block.byte(owner) !== expected) {
      throw new LayoutError('the owner of a frame is not where it should be');
    }
  });
  return {
    framePath: [hop, second],
    frame: {
      ...fields,
      size: Math.ceil((owner + 1) / 8) * 8,
      instructionKind: 'pointer',
      owner
    },
    bytecode,
    blocks: chain.frames
  };
}

function codeFields(
  { frames, code_type }: FrameEvidence,
  read: ReadMemory,
  minor: number,
  bytecode: number
): FrameLayout['code'] {
  const codes = frames.map(({ code }) => readBlock(read, code, CODE_BYTES));
  const pointer = (
    what: string,
    expected: (fact: FrameFact) => number
  ): number => only(wordOffsets(codes, frames.map(expected)), what);
  if (!codes.every(code => code.word(OBJECT_TYPE) === code_type)) {
    throw new LayoutError('objects of this build start in an unknown way');
  }
  const firstLine = only(
    intOffsets(
      codes,
      frames.map(fact => fact.first_line)
    ),
    'co_firstlineno'
  );
  const flags = minor < 11 ? firstLine - FLAGS_BEFORE_FIRST_LINE : undefined;
  codes.forEach((code, index) => {
    const set =
      flags !== undefined && (code.int(flags) & GENERATOR_FLAGS) !== 0;
    if (flags !== undefined && set !== frames[index].generator) {
      throw new LayoutError('co_flags are not where they should be');
    }
  });
  return {
    filename: pointer('co_filename', fact => fact.filename),
    name: pointer('the name of a code object', fact => fact.name),
    lineTable: pointer('the line table', fact => fact.line_table),
    lineTableKind: lineTableKind(minor),
    firstLine,
    flags,
    bytecode: minor < 11 ? pointer('co_code', fact => fact.bytecode) : bytecode
  };
}
