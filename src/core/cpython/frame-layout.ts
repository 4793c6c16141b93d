/**
 * Where a CPython 3.8 to 3.15 keeps what leads from a thread to its Python frames, their code objects
 * and lines. From 3.13 on the interpreter publishes it (`layoutFromDebugOffsets`); before, it is
 * measured in a calibration program (`calibrateFrameLayout`).
 */
import type { Address } from '../units';
import { readDebugOffsets } from './debug-offsets';
import type { DebugOffsets } from './debug-offsets';
import type { LineTableKind } from './line-table';
import type { ReadMemory } from './memory';

/** The layout can't be had. `message` is one line for the user. */
export class LayoutError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'LayoutError';
  }
}

/** Byte offsets in PyThreadState. */
export interface ThreadStateLayout {
  readonly previous: number;
  readonly next: number;
  /** Its PyInterpreterState. */
  readonly interpreter: number;
  /** pthread_t: threading.get_ident(). */
  readonly threadId: number;
  /** gettid(): 3.11 and later. */
  readonly nativeThreadId?: number;
  /** Chunk of memory that the innermost frames lie in: 3.11 and later. */
  readonly dataStackChunk?: number;
}

/** Byte offsets in a frame: PyFrameObject until 3.10, then _PyInterpreterFrame. */
export interface FrameFields {
  /** Bytes to read so that every field below is among them. */
  readonly size: number;
  readonly code: number;
  /** The caller's frame: f_back, previous. */
  readonly previous: number;
  readonly instruction: number;
  /**
   * `pointer` to the instruction; or an int f_lasti that counts bytes of bytecode (3.8, 3.9) or code
   * units of 2 bytes (3.10).
   */
  readonly instructionKind: 'pointer' | 'bytes' | 'units';
  /** One byte: enum _frameowner, 3.11 and later. */
  readonly owner?: number;
}

/** enum _frameowner: in the thread's data stack, in a generator or coroutine. */
export const OWNED_BY_THREAD = 0;
export const OWNED_BY_GENERATOR = 1;

/**
 * Frames with this owner or a greater one run no Python code: FRAME_OWNED_BY_CSTACK (3.12, 3.13),
 * FRAME_OWNED_BY_INTERPRETER and _CSTACK (3.14, 3.15).
 */
export const FIRST_NATIVE_OWNER = 3;

/** What leads from frames to what they work on. */
export interface CoroutineFields {
  /** In a frame: its first local variable. */
  readonly firstLocal: number;
  /**
   * `embedded`: where the frame lies in its generator or coroutine (gi_iframe, 3.11 and later); `pointer`:
   * where the frame names it (f_gen, until 3.10).
   */
  readonly kind: 'embedded' | 'pointer';
  readonly offset: number;
}

/** Byte offsets in PyCodeObject. */
export interface CodeFields {
  readonly filename: number;
  /** co_qualname (3.11 and later), else co_name. */
  readonly name: number;
  readonly lineTable: number;
  readonly lineTableKind: LineTableKind;
  /** int co_firstlineno. */
  readonly firstLine: number;
  /** int co_flags; absent where frames have an owner. */
  readonly flags?: number;
  /** Pointer to the bytes object co_code (until 3.10), or the bytecode itself. */
  readonly bytecode: number;
}

/** co_flags: CO_GENERATOR, CO_COROUTINE and CO_ASYNC_GENERATOR (Include/code.h). */
export const GENERATOR_FLAGS = 0x20 | 0x80 | 0x200;

/** Byte offsets in str and bytes objects, which are the same in all builds of a version. */
export interface TextFields {
  readonly strLength: number;
  readonly strState: number;
  /** First character of a compact ASCII string, and of another compact one. */
  readonly strAscii: number;
  readonly strCompact: number;
  readonly bytesLength: number;
  readonly bytesData: number;
}

/** The whole way from a thread state to a line. All numbers are byte offsets. */
export interface FrameLayout {
  readonly minor: number;
  readonly foundBy: 'debug-offsets' | 'calibration';
  /** In _PyRuntime: the newest interpreter. */
  readonly interpretersHead?: number;
  readonly interpreter: {
    readonly next: number;
    /** The newest thread state. */
    readonly threadsHead: number;
    /** Pointer to the GIL in use: 3.12 and later. */
    readonly gil?: number;
  };
  readonly threadState: ThreadStateLayout;
  /**
   * Where in the C library's thread descriptor (its address is the thread id) gettid() is kept, an
   * int; for versions without `nativeThreadId`.
   */
  readonly tidInDescriptor?: number;
  /** Offsets to dereference from the thread state to the innermost frame. */
  readonly framePath: readonly number[];
  readonly frame: FrameFields;
  /** Absent where it was not found: then nothing tells which coroutine a frame is of. */
  readonly coroutine?: CoroutineFields;
  readonly code: CodeFields;
  /** ob_type in every object, tp_name in a type. */
  readonly objectType: number;
  readonly typeName: number;
  readonly text: TextFields;
}

/**
 * str and bytes: Include/cpython/unicodeobject.h, Include/cpython/bytesobject.h. 3.12 dropped the
 * wchar_t representation (PEP 623).
 */
export function textFields(minor: number): TextFields {
  const wide = minor < 12;
  return {
    strLength: 16,
    strState: 32,
    strAscii: wide ? 48 : 40,
    strCompact: wide ? 72 : 56,
    bytesLength: 16,
    bytesData: 32
  };
}

/** PyTypeObject.tp_name: behind ob_refcnt, ob_type and ob_size. */
export const TYPE_NAME = 24;

/** Fields of a debug offset table that no build has beyond this many bytes. */
const LARGEST_OFFSET = 2 ** 20;

/**
 * The layout that CPython 3.13 and later publish.
 *
 * @param runtime - address of _PyRuntime
 * @throws LayoutError if there is none, or it makes no sense
 */
export function layoutFromDebugOffsets(
  read: ReadMemory,
  runtime: Address
): FrameLayout {
  let offsets: DebugOffsets | undefined;
  try {
    offsets = readDebugOffsets(read, runtime);
  } catch (error) {
    throw new LayoutError('_PyRuntime of the process can not be read', error);
  }
  if (offsets === undefined) {
    throw new LayoutError(
      'this Python does not publish where its frames are, or in an unknown form'
    );
  }
  const { minor, freeThreaded, field } = offsets;
  if (freeThreaded) {
    throw new LayoutError('frames of free-threaded builds are not read');
  }
  const checked = (name: string): number => {
    const value = field(name);
    if (value < 0 || value > LARGEST_OFFSET) {
      throw new LayoutError(
        `_Py_DebugOffsets of Python 3.${minor} say ${value} for ${name}`
      );
    }
    return value;
  };
  const ascii = checked('unicode_object.asciiobject_size');
  const owner = checked('interpreter_frame.owner');
  return {
    minor,
    foundBy: 'debug-offsets',
    interpretersHead: checked('runtime_state.interpreters_head'),
    interpreter: {
      next: checked('interpreter_state.next'),
      threadsHead: checked('interpreter_state.threads_head'),
      gil: checked('interpreter_state.ceval_gil')
    },
    threadState: {
      previous: checked('thread_state.prev'),
      next: checked('thread_state.next'),
      interpreter: checked('thread_state.interp'),
      threadId: checked('thread_state.thread_id'),
      nativeThreadId: checked('thread_state.native_thread_id'),
      dataStackChunk: checked('thread_state.datastack_chunk')
    },
    framePath: [checked('thread_state.current_frame')],
    frame: {
      size: Math.ceil((owner + 1) / 8) * 8,
      code: checked('interpreter_frame.executable'),
      previous: checked('interpreter_frame.previous'),
      instruction: checked('interpreter_frame.instr_ptr'),
      instructionKind: 'pointer',
      owner
    },
    code: {
      filename: checked('code_object.filename'),
      name: checked('code_object.qualname'),
      lineTable: checked('code_object.linetable'),
      lineTableKind: 'locations',
      firstLine: checked('code_object.firstlineno'),
      bytecode: checked('code_object.co_code_adaptive')
    },
    objectType: checked('pyobject.ob_type'),
    typeName: checked('type_object.tp_name'),
    text: {
      strLength: checked('unicode_object.length'),
      strState: checked('unicode_object.state'),
      strAscii: ascii,
      // PyCompactUnicodeObject adds utf8_length and utf8.
      strCompact: ascii + 16,
      bytesLength: checked('bytes_object.ob_size'),
      bytesData: checked('bytes_object.ob_sval')
    }
  };
}

/** MAX_ARGSTR_LEN of the kernel (kernel/trace/trace_probe.h): a longer fetch argument is refused. */
const LONGEST_FETCH_ARGUMENT = 63;

/**
 * One frame as fetch arguments of a uprobe (Documentation/trace/uprobetracer.rst): the address of its
 * code object (tag bits may be set) and its instruction as `FrameFields.instructionKind` says.
 *
 * @param threadState - an expression whose value is the thread state: a register (`%di`), or
 *   `@ADDRESS`, which reads the word there
 * @param depth - 0 for the innermost frame, 1 for its caller
 * @throws LayoutError if the kernel would refuse it: too deep
 */
export function frameFetch(
  layout: FrameLayout,
  threadState: string,
  depth = 0
): { code: string; instruction: string } {
  const { frame, framePath } = layout;
  const path = [
    ...framePath,
    ...new Array<number>(depth).fill(frame.previous)
  ].reduce((inner, offset) => `+${offset}(${inner})`, threadState);
  const type = frame.instructionKind === 'pointer' ? 'x64' : 's32';
  const fetch = {
    code: `+${frame.code}(${path}):x64`,
    instruction: `+${frame.instruction}(${path}):${type}`
  };
  if (fetch.instruction.length > LONGEST_FETCH_ARGUMENT) {
    throw new LayoutError(
      `a frame ${depth} levels up is too deep for a probe's argument`
    );
  }
  return fetch;
}
