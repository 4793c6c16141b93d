/**
 * Which asyncio task a thread runs a step of: read from outside, and believed only if the task's coroutine is
 * the one whose frame is on the stack.
 *
 * An event loop in Python runs each step of a task below a frame of `Handle._run` (Lib/asyncio/events.py).
 * Its `self` leads to the callback, this to the task, this to its coroutine and its name. That holds for tasks of C
 * (Modules/_asynciomodule.c, 3.8 to 3.15) in the loops of asyncio; tasks in Python, and loops that have no such frame
 * (uvloop), are not known. A step that a task runs at once where it is made (eager_task_factory, 3.12) belongs to
 * the task that made it.
 */
import { UNNAMED_TASK, type LineRecord } from '../threads/result';
import type { Address } from '../units';
import type { FrameLayout } from './frame-layout';
import { BlockReader, isPointer, untagged, wordAt } from './memory';
import type { ReadInto } from './memory';
import { ObjectReader } from './python-objects';
import type { StackReader } from './stack-reader';
import { TaskNames } from './task-names';

/** Handle's slots lie behind the head of the object, in the order of their names: _args, _callback, … */
const CALLBACK_IN_HANDLE = 24;

/** TaskStepMethWrapper.sw_task, TaskWakeupMethWrapper.ww_task (3.8); PyCFunctionObject.m_self of task_wakeup. */
const TASKS_IN_CALLBACK = [16, 24];
const CALLBACK_BYTES = 32;

/** TaskObj has task_coro, and right behind it task_name, within its first 256 bytes. */
const TASK_BYTES = 256;

/** Finds the tasks of the stacks that a StackReader has just read. */
export class TaskReader {
  constructor(
    read: ReadInto,
    private readonly _layout: FrameLayout
  ) {
    this._objects = new ObjectReader(read, _layout);
    this._block = new BlockReader(read, TASK_BYTES);
  }

  /** To be told of each code object that was met: the event loop's is among them. */
  meet(code: Address, { file, func }: LineRecord): void {
    const isLoop =
      (func === 'Handle._run' || func === '_run') &&
      file.endsWith('asyncio/events.py');
    if (isLoop) {
      this._loopCodes.add(code);
    } else {
      this._loopCodes.delete(code);
    }
  }

  /**
   * Reads the tasks of the stack that the reader holds, and validates both.
   * @returns as StackReader.validate
   */
  validate(stack: StackReader, frames: number): boolean {
    this._tasks.clear();
    for (let at = frames - 1; at > 0 && this._loopCodes.size > 0; at--) {
      if (this._loopCodes.has(stack.codes[at])) {
        const task = this._taskOf(stack.frames[at], stack.frames[at - 1]);
        if (task !== undefined) {
          this._tasks.set(at - 1, task);
        }
      }
    }
    const valid = stack.validate();
    if (!valid) {
      this._tasks.clear();
    }
    return valid;
  }

  /**
   * The task whose coroutine's frame this is, named as TaskNames does it; undefined if it is none's.
   * @param line - the frame's
   */
  taskAt(frame: number, { file, func }: LineRecord): LineRecord | undefined {
    const task = this._tasks.get(frame);
    return task === undefined ? undefined : { file, line: 0, func, task };
  }

  /** Of a frame of Handle._run and the one that it called. */
  private _taskOf(loop: Address, called: Address): string | undefined {
    const { coroutine: fields } = this._layout;
    if (fields === undefined) {
      return undefined;
    }
    const coroutine =
      fields.kind === 'embedded'
        ? called - fields.offset
        : this._block.word(called + fields.offset);
    const handle = untagged(this._block.word(loop + fields.firstLocal));
    if (!isPointer(coroutine) || !isPointer(handle)) {
      return undefined;
    }
    const callback = this._block.word(handle + CALLBACK_IN_HANDLE);
    if (!isPointer(callback) || !this._block.read(callback, CALLBACK_BYTES)) {
      return undefined;
    }
    const { view } = this._block;
    for (const task of TASKS_IN_CALLBACK.map(at => wordAt(view, at))) {
      const name = this._nameIn(task, coroutine);
      if (name !== undefined) {
        return name;
      }
    }
    return undefined;
  }

  /** The name that a task has, if it is one, and that coroutine's. */
  private _nameIn(task: Address, coroutine: Address): string | undefined {
    const from = this._coroutineInTask ?? 0;
    const size = this._coroutineInTask === undefined ? TASK_BYTES : 16;
    if (!isPointer(task) || !this._block.read(task + from, size)) {
      return undefined;
    }
    const { view } = this._block;
    for (let at = 0; at + 16 <= size; at += 8) {
      if (wordAt(view, at) === coroutine) {
        const name = this._nameAt(wordAt(view, at + 8));
        if (name !== undefined) {
          this._coroutineInTask ??= at;
        }
        return name;
      }
    }
    return undefined;
  }

  /** Since 3.12 a name is but a number until it is asked for: that of `Task-N`. */
  private _nameAt(address: Address): string | undefined {
    const name = this._objects.readText(address);
    if (name !== undefined) {
      return this._names.shortOf(name);
    }
    return this._objects.isInt(address) ? UNNAMED_TASK : undefined;
  }

  private readonly _objects: ObjectReader;
  private readonly _block: BlockReader;
  private readonly _names = new TaskNames();
  /** Code objects of Handle._run. */
  private readonly _loopCodes = new Set<Address>();
  /** By index of the frame of its coroutine. */
  private readonly _tasks = new Map<number, string>();
  private _coroutineInTask: number | undefined;
}
