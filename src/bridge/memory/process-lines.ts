/**
 * The lines of the traced process and of the children that it forks: each process has memory of its own, in
 * which an address may be another code object's.
 */
import { CodeTable } from '../../core/cpython/code-table';
import type { FrameLayout } from '../../core/cpython/frame-layout';
import type { LineRecord } from '../../core/threads/result';
import type { LineResolver } from '../../core/threads/source-lines';
import type { Address, LineIndex } from '../../core/units';
import { ProcessMemory } from './process-memory';

/** Children whose memory is kept open; lines of further ones are not known. */
const MOST_CHILDREN = 64;

interface Child {
  readonly memory: ProcessMemory;
  readonly codes: CodeTable;
  /** The run's numbers by those of `codes`. */
  readonly lines: LineIndex[];
}

export class ProcessLines implements LineResolver {
  /** @param memory of the traced process, which its owner closes */
  constructor(
    private readonly _pid: number,
    memory: ProcessMemory,
    private readonly _layout: FrameLayout
  ) {
    this.codes = new CodeTable(memory.readInto, _layout);
  }

  /** Of the traced process. */
  readonly codes: CodeTable;

  get lines(): readonly LineRecord[] {
    return this.codes.lines;
  }

  lineOf(pid: number, code: Address, instruction: number): LineIndex {
    if (pid === this._pid) {
      return this.codes.lineOf(code, instruction);
    }
    const child = this._childOf(pid);
    const line = child?.codes.lineOf(code, instruction) ?? -1;
    if (child === undefined || line < 0) {
      return -1;
    }
    return (child.lines[line] ??= this.codes.intern(child.codes.lines[line]));
  }

  /** To be called every 100 ms or so: code objects may have become others. */
  revalidate(): void {
    this.codes.revalidate();
    for (const child of this._children.values()) {
      child?.codes.revalidate();
    }
  }

  /** Closes the children's memory. */
  close(): void {
    for (const child of this._children.values()) {
      child?.memory.close();
    }
    this._children.clear();
  }

  private _childOf(pid: number): Child | undefined {
    if (!this._children.has(pid)) {
      this._children.set(
        pid,
        this._children.size < MOST_CHILDREN ? this._open(pid) : undefined
      );
    }
    return this._children.get(pid);
  }

  /** undefined if the child has ended already. */
  private _open(pid: number): Child | undefined {
    try {
      const memory = new ProcessMemory(pid);
      return {
        memory,
        codes: new CodeTable(memory.readInto, this._layout),
        lines: []
      };
    } catch {
      return undefined;
    }
  }

  private readonly _children = new Map<number, Child | undefined>();
}
