/** The numbers that a reading thread gives to lines and stacks → those of the run. */
import { StackTable } from '../../core/threads/line-stacks';
import type { LineRecord } from '../../core/threads/result';
import type { LineIndex, StackIndex } from '../../core/units';
import type { NewStacks } from './code-stacks';

/** Caller of an outermost frame. */
const NO_STACK: StackIndex = -1;

export class RunStacks {
  /**
   * @param _intern the run's number of a line
   * @param launcher files, as co_filename has them, whose frames at the outer end of a stack are left out
   */
  constructor(
    private readonly _intern: (line: LineRecord) => LineIndex,
    launcher: readonly string[]
  ) {
    this._launcher = new Set(launcher);
  }

  add({ lines, parents, nodeLines }: NewStacks): void {
    for (const line of lines) {
      this._lines.push(this._intern(line));
      this._isLauncher.push(this._launcher.has(line.file));
    }
    parents.forEach((parent, index) => {
      const caller = this.of(parent);
      const line = nodeLines[index];
      const left = caller === NO_STACK && this._isLauncher[line];
      this._nodes.push(
        left ? NO_STACK : this.stacks.intern(caller, this._lines[line])
      );
    });
  }

  /** The run's number; -1 stays, and is that of stacks of which all is left out. */
  of(node: StackIndex): StackIndex {
    return node < 0 ? NO_STACK : this._nodes[node];
  }

  readonly stacks = new StackTable();
  private readonly _launcher: ReadonlySet<string>;
  private readonly _lines: LineIndex[] = [];
  private readonly _isLauncher: boolean[] = [];
  private readonly _nodes: StackIndex[] = [];
}
