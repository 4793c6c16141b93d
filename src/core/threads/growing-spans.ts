/** Growing columns for spans of time of threads: what holds, waits and the like have in common. */
import { grown, type Column } from './growing-column';
import { sortByStart } from './row-order';

export abstract class GrowingSpans {
  length = 0;

  abstract readonly thread: Uint16Array | Uint32Array;
  abstract readonly start: Float64Array;
  abstract readonly end: Float64Array;

  /** All columns by their names. */
  protected abstract columns(): Record<string, Column>;

  /**
   * Puts the rows into the order of their starts; of those that start together the first stays the first.
   *
   * @param further columns of the same rows that are to follow
   */
  sort(further: Readonly<Record<string, Column>> = {}): void {
    sortByStart(this, { ...this.columns(), ...further });
  }

  /** Appends the rows of another. */
  append(rows: this): void {
    while (this.length + rows.length > this.start.length) {
      this.grow();
    }
    const from = rows.columns();
    for (const [name, column] of Object.entries(this.columns())) {
      column.set(from[name].subarray(0, rows.length), this.length);
    }
    this.length += rows.length;
  }

  /** Makes the columns longer. */
  protected grow(): void {
    Object.assign(this, grown(this.columns()));
  }
}
