/** The stacks of a run as its document names them, and the one line of each that its time is charged to. */
import type { LineRecord, StackColumns } from '../threads/result';
import type { LineIndex, StackIndex } from '../units';
import type { SourceLine } from './document';
import type { IPlaces } from './source-paths';

const NO_LINE = -1;
const UNASKED = -2;

/** Looks lines up once each: a run has few lines and many stacks. */
export class SourceStacks {
  constructor(
    private readonly lines: readonly LineRecord[],
    private readonly stacks: StackColumns,
    private readonly paths: IPlaces
  ) {
    this.charged = new Int32Array(stacks.length).fill(UNASKED);
  }

  /**
   * The line that a time is charged to: of the innermost frame of a cell; else of the innermost one of the
   * user's own files; else of the innermost frame; and the task that ran it. Undefined if no frame is known.
   */
  chargedLine(stack: StackIndex): SourceLine | undefined {
    const place = this.placeOf(this.chargedIndex(stack));
    if (place === undefined) {
      return undefined;
    }
    const task = this.taskOf(stack);
    return task === undefined ? place : { ...place, task };
  }

  /** As chargedLine; -1 if no frame is known. */
  chargedIndex(stack: StackIndex): LineIndex {
    if (!(stack >= 0 && stack < this.stacks.length)) {
      return NO_LINE;
    }
    if (this.charged[stack] === UNASKED) {
      this.charged[stack] = this.chooseLine(stack);
    }
    return this.charged[stack];
  }

  /** The frames of a stack, innermost first, at most `most`. */
  frames(stack: StackIndex, most: number): SourceLine[] {
    const frames: SourceLine[] = [];
    for (const line of this.walk(stack, most)) {
      const place = this.placeOf(line);
      if (place !== undefined && this.paths.tells(this.lines[line])) {
        frames.push(place);
      }
    }
    return frames;
  }

  placeOf(line: LineIndex): SourceLine | undefined {
    const record = this.lines[line];
    if (record === undefined) {
      return undefined;
    }
    let place = this.places.get(line);
    if (place === undefined) {
      place = this.paths.place(record);
      this.places.set(line, place);
    }
    return place;
  }

  private chooseLine(stack: StackIndex): LineIndex {
    let innermost = NO_LINE;
    let own = NO_LINE;
    for (const line of this.walk(stack, this.stacks.length)) {
      const record = this.lines[line];
      if (record === undefined || record.task !== undefined) {
        continue;
      }
      const owner = this.paths.ownerOf(record.file);
      if (owner === 'cell') {
        return line;
      }
      if (innermost === NO_LINE) {
        innermost = line;
      }
      if (own === NO_LINE && owner === 'user') {
        own = line;
      }
    }
    return own === NO_LINE ? innermost : own;
  }

  /** The name of the innermost task on a stack. */
  private taskOf(stack: StackIndex): string | undefined {
    if (this.tasks.has(stack)) {
      return this.tasks.get(stack);
    }
    let task: string | undefined;
    for (const line of this.walk(stack, this.stacks.length)) {
      const record = this.lines[line];
      if (record?.task !== undefined && this.paths.tells(record)) {
        task = this.placeOf(line)?.function;
        break;
      }
    }
    this.tasks.set(stack, task);
    return task;
  }

  private *walk(stack: StackIndex, most: number): Generator<LineIndex> {
    const { parent, line, length } = this.stacks;
    let node = stack;
    for (let depth = 0; depth < most && node >= 0 && node < length; depth++) {
      yield line[node];
      node = parent[node];
    }
  }

  /** LineIndex by stack. */
  private readonly charged: Int32Array;
  private readonly tasks = new Map<StackIndex, string | undefined>();
  private readonly places = new Map<LineIndex, SourceLine>();
}
