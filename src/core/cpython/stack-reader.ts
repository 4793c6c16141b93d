/**
 * Reads the Python stack of a thread from outside, while the thread may run: with few reads, and never
 * trusting what it finds.
 */
import type { Address } from '../units';
import {
  FIRST_NATIVE_OWNER,
  GENERATOR_FLAGS,
  OWNED_BY_THREAD
} from './frame-layout';
import type { FrameLayout } from './frame-layout';
import { BlockReader, isPointer, untagged, wordAt } from './memory';
import type { ReadInto } from './memory';
import { ThreadStateList } from './thread-states';
import type { ThreadStateRecord } from './thread-states';

export type { ThreadStateRecord } from './thread-states';

/** Frames that are read of one stack, from the innermost on. */
export const DEEPEST_STACK = 128;

/** Frames that run no Python code lie between Python frames; more than this is a loop. */
const MOST_LINKS = 3 * DEEPEST_STACK;

/** Frames of 3.11 and later lie side by side, callers below: so much is read below a frame. */
const WINDOW = 4096;

/** A chunk of frames may be this large; it starts with 16 KiB (DATA_STACK_CHUNK_SIZE). */
const CHUNK_REACH = 2 ** 20;

/** Memory is mapped in pages: what lies in the page of a readable byte can be read. */
const PAGE = 4096;

/** Then all are asked anew. */
const MOST_GENERATORS = 1000;

/** Reads stacks of one process. Its arrays are overwritten by the next `read`. */
export class StackReader {
  /** Addresses of code objects, innermost first. */
  readonly codes = new Float64Array(DEEPEST_STACK);
  /** Instructions as `FrameLayout` says, for `LineResolver.lineOf`. */
  readonly instructions = new Float64Array(DEEPEST_STACK);
  /** Addresses of the frames. */
  readonly frames = new Float64Array(DEEPEST_STACK);

  /** @param runtime - address of _PyRuntime; only `threadStates` needs it */
  constructor(
    read: ReadInto,
    private readonly _layout: FrameLayout,
    runtime: Address = 0
  ) {
    const { frame, framePath, threadState } = _layout;
    this._pointers = frame.instructionKind === 'pointer';
    this._chunkAt = threadState.dataStackChunk ?? framePath[0];
    // The first hop and the chunk by one read.
    this._stateFrom = Math.min(framePath[0], this._chunkAt);
    this._stateSize =
      Math.max(framePath[0], this._chunkAt) + 8 - this._stateFrom;
    this._state = new BlockReader(read, this._stateSize);
    this._threads = new ThreadStateList(read, _layout, runtime);
    this._flags = new BlockReader(read, 4);
    this._again = new BlockReader(read, frame.size);
    this._stack = new Window(read, WINDOW + frame.size);
    this._elsewhere = new Window(read, PAGE + frame.size);
  }

  /**
   * Reads the stack of a thread.
   *
   * Frames that run no Python code are left out; there remain some of the interpreter's own whose code
   * `CodeTable` doesn't take for Python code.
   *
   * @param depth - most frames to read, at most DEEPEST_STACK
   * @returns the number of frames; 0 if there are none or they can't be read.
   *   What a running thread changed meanwhile may cut off or falsify the outer part: see `validate`.
   */
  read(threadState: Address, depth = DEEPEST_STACK): number {
    const { frame: fields } = this._layout;
    this._threadState = threadState;
    this._stack.clear();
    this._elsewhere.clear();
    let frame = this._innermostFrame(threadState);
    this._innermost = frame;
    this._complete = false;
    let mark = 0;
    let count = 0;
    for (let link = 0; isPointer(frame) && link < MOST_LINKS; link++) {
      const window = this._windowWith(frame);
      if (window === undefined) {
        break;
      }
      const { view } = window;
      const at = frame - window.start;
      const code = untagged(wordAt(view, at + fields.code));
      const instruction = this._instruction(view, at);
      if (link === 0) {
        this._firstCode = code;
        this._firstInstruction = instruction;
      }
      if (
        fields.owner === undefined ||
        view.getUint8(at + fields.owner) < FIRST_NATIVE_OWNER
      ) {
        this.codes[count] = code;
        this.instructions[count] = instruction;
        this.frames[count] = frame;
        count++;
        if (count >= depth || count === DEEPEST_STACK) {
          this._complete = true;
          break;
        }
      }
      if (frame === mark) {
        // Only a torn read closes a circle.
        return 0;
      }
      if ((link & (link + 1)) === 0) {
        mark = frame;
      }
      frame = wordAt(view, at + fields.previous);
      this._complete = frame === 0 && this._isOutermost(view, at);
    }
    return count;
  }

  /**
   * Whether the last `read` got to the outermost frame and the thread still stands where it found it. If
   * not, that stack is torn: only its innermost frame is what it was.
   */
  validate(): boolean {
    const frame = this._innermostFrame(this._threadState);
    if (
      !this._complete ||
      !isPointer(frame) ||
      frame !== this._innermost ||
      !this._again.read(frame, this._layout.frame.size)
    ) {
      return false;
    }
    const { view } = this._again;
    return (
      untagged(wordAt(view, this._layout.frame.code)) === this._firstCode &&
      this._instruction(view, 0) === this._firstInstruction
    );
  }

  /**
   * All thread states of all interpreters, by the runtime's lists. They change while they are read: a
   * thread that starts or ends just then may be missing or there.
   */
  threadStates(): ThreadStateRecord[] {
    return this._threads.list();
  }

  /** What a thread state says of itself at this moment; see `ThreadStateList.at`. */
  threadStateAt(threadState: Address): ThreadStateRecord | undefined {
    return this._threads.at(threadState);
  }

  /**
   * Whether a frame without a caller can be a thread's outermost. A generator that has none was left
   * since its callee was read; Python frames of 3.12 and later always have a frame of C around them.
   */
  private _isOutermost(view: DataView, frame: number): boolean {
    const { frame: fields, minor } = this._layout;
    if (fields.owner === undefined) {
      return !this._isGenerator(untagged(wordAt(view, frame + fields.code)));
    }
    const owner = view.getUint8(frame + fields.owner);
    return minor < 12 ? owner === OWNED_BY_THREAD : owner >= FIRST_NATIVE_OWNER;
  }

  private _isGenerator(code: Address): boolean {
    let known = this._generators.get(code);
    if (known === undefined) {
      const { flags = 0 } = this._layout.code;
      known =
        this._flags.read(code + flags, 4) &&
        (this._flags.view.getInt32(0, true) & GENERATOR_FLAGS) !== 0;
      if (this._generators.size > MOST_GENERATORS) {
        this._generators.clear();
      }
      this._generators.set(code, known);
    }
    return known;
  }

  /** The innermost frame, 0 if there is none; notes the chunk that it may lie in. */
  private _innermostFrame(threadState: Address): Address {
    const { framePath } = this._layout;
    this._chunk = 0;
    if (
      !isPointer(threadState) ||
      !this._state.read(threadState + this._stateFrom, this._stateSize)
    ) {
      return 0;
    }
    const { view } = this._state;
    let frame = wordAt(view, framePath[0] - this._stateFrom);
    if (this._pointers) {
      this._chunk = wordAt(view, this._chunkAt - this._stateFrom);
    }
    for (let hop = 1; hop < framePath.length; hop++) {
      frame = isPointer(frame) ? this._state.word(frame + framePath[hop]) : 0;
    }
    return frame;
  }

  /** The window that has the frame, after a read if need be. */
  private _windowWith(frame: Address): Window | undefined {
    const { size } = this._layout.frame;
    const end = frame + size;
    if (this._stack.has(frame, end)) {
      return this._stack;
    }
    if (this._elsewhere.has(frame, end)) {
      return this._elsewhere;
    }
    if (!this._pointers) {
      // Frames are objects of their own.
      return this._elsewhere.load(frame, end) ? this._elsewhere : undefined;
    }
    const chunk = this._chunk;
    if (isPointer(chunk) && frame > chunk && frame - chunk < CHUNK_REACH) {
      if (this._stack.load(Math.max(chunk, frame - WINDOW), end)) {
        return this._stack;
      }
    }
    // In an older chunk, in a generator, or on the C stack (3.12 and later).
    const page = frame - (frame % PAGE);
    return this._elsewhere.load(page, end) ? this._elsewhere : undefined;
  }

  private _instruction(view: DataView, frame: number): number {
    const at = frame + this._layout.frame.instruction;
    return this._pointers ? wordAt(view, at) : view.getInt32(at, true);
  }

  private readonly _pointers: boolean;
  private readonly _chunkAt: number;
  private readonly _stateFrom: number;
  private readonly _stateSize: number;
  private readonly _state: BlockReader;
  private readonly _threads: ThreadStateList;
  private readonly _flags: BlockReader;
  private readonly _again: BlockReader;
  private readonly _stack: Window;
  private readonly _elsewhere: Window;
  /** Whether code objects are generators'. Only those of outermost frames are asked for. */
  private readonly _generators = new Map<Address, boolean>();
  private _chunk = 0;
  private _threadState = 0;
  private _innermost = 0;
  private _complete = false;
  private _firstCode = 0;
  private _firstInstruction = 0;
}

/** A piece of memory as it was when it was read. */
class Window {
  constructor(
    private readonly _read: ReadInto,
    capacity: number
  ) {
    this._bytes = new Uint8Array(capacity);
    this.view = new DataView(this._bytes.buffer);
  }

  clear(): void {
    this._end = 0;
  }

  has(from: Address, to: Address): boolean {
    return from >= this.start && to <= this._end;
  }

  /** Reads from `start` to `end`; false if that can't be done. */
  load(start: Address, end: Address): boolean {
    this.start = start;
    this._end = start + this._read(start, this._bytes, end - start);
    return end <= this._end;
  }

  /** Address of the first byte. */
  start = 0;
  readonly view: DataView;
  private readonly _bytes: Uint8Array;
  private _end = 0;
}
