/** Stacks of code objects → numbered stacks of lines, in the thread that reads them. */
import type { TaskReader } from '../../core/cpython/asyncio-tasks';
import type { CodeTable } from '../../core/cpython/code-table';
import type { StackReader } from '../../core/cpython/stack-reader';
import { StackTable } from '../../core/threads/line-stacks';
import type { LineRecord } from '../../core/threads/result';
import type { LineIndex, StackIndex } from '../../core/units';

/** What is new since it was taken last; both are numbered from the first on. */
export interface NewStacks {
  lines: LineRecord[];
  /** Nodes: the caller's node (-1: none) and the line. */
  parents: Int32Array;
  nodeLines: Int32Array;
}

export class CodeStacks {
  /** @param _onCode told each code object with an instruction in it, whenever it is seen */
  constructor(
    private readonly _codes: CodeTable,
    private readonly _tasks: TaskReader,
    private readonly _onCode: (code: number, instruction: number) => void
  ) {}

  /**
   * Validates the stack that the reader has just read, and the tasks in it.
   *
   * @param frames how many it read
   * @returns as StackReader.validate
   */
  validate(reader: StackReader, frames: number): boolean {
    return this._tasks.validate(reader, frames);
  }

  /**
   * The stack that the reader holds, after `validate`.
   *
   * @param frames how many of its frames are to be believed
   * @returns -1 if none is of Python code
   */
  stackOf(reader: StackReader, frames: number): StackIndex {
    const { codes, instructions } = reader;
    let node = -1;
    for (let frame = frames - 1; frame >= 0; frame--) {
      const line = this._codes.lineOf(codes[frame], instructions[frame]);
      if (line >= 0) {
        this._onCode(codes[frame], instructions[frame]);
        this._tasks.meet(codes[frame], this._codes.lines[line]);
        const task = this._tasks.taskAt(frame, this._codes.lines[line]);
        if (task !== undefined) {
          node = this._stacks.intern(node, this._codes.intern(task));
        }
        node = this._stacks.intern(node, line);
      }
    }
    return node;
  }

  /** The innermost line of a stack. */
  lineOf(stack: StackIndex): LineIndex {
    return this._stacks.line[stack];
  }

  takeNew(): NewStacks {
    const { lines } = this._codes;
    const { length, parent, line } = this._stacks;
    const taken = {
      lines: lines.slice(this._takenLines),
      parents: parent.slice(this._takenNodes, length),
      nodeLines: line.slice(this._takenNodes, length)
    };
    this._takenLines = lines.length;
    this._takenNodes = length;
    return taken;
  }

  private readonly _stacks = new StackTable();
  private _takenLines = 0;
  private _takenNodes = 0;
}
