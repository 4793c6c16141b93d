/** Python stacks, interned as a tree: each frame is a line and the frame that called it. */
import type { LineIndex, StackIndex } from '../units';
import type { StackColumns } from './result';

const INITIAL_NODES = 64;

export class StackTable implements StackColumns {
  length = 0;
  parent = new Int32Array(INITIAL_NODES);
  line = new Int32Array(INITIAL_NODES);

  /**
   * The stack that has a frame on `line`, called from `parent`.
   *
   * @param parent -1 for an outermost frame
   */
  intern(parent: StackIndex, line: LineIndex): StackIndex {
    // Both stay far below 2^26: there are no more lines and stacks in a program than that.
    const key = (parent + 1) * 2 ** 26 + line + 1;
    const known = this._nodes.get(key);
    if (known !== undefined) {
      return known;
    }
    const node = this.length++;
    if (node === this.parent.length) {
      this._grow();
    }
    this.parent[node] = parent;
    this.line[node] = line;
    this._nodes.set(key, node);
    return node;
  }

  private _grow(): void {
    const parent = new Int32Array(2 * this.parent.length);
    const line = new Int32Array(2 * this.line.length);
    parent.set(this.parent);
    line.set(this.line);
    this.parent = parent;
    this.line = line;
  }

  private readonly _nodes = new Map<number, StackIndex>();
}

/** Where no stack was read. */
export const NO_STACKS: StackColumns = {
  length: 0,
  parent: new Int32Array(0),
  line: new Int32Array(0)
};
