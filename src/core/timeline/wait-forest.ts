/**
 * The longest of any run of waits in logarithmic time: an implicit forest of binary trees over a column
 * of durations that grows at the end.
 *
 *     level 2  |       b       |             a node names the longest wait below it
 *     level 1  |   b   |   c   |   f   |
 *     waits    | a | b | c | d | e | f | g   (durations)
 *
 * Node j of level k covers the waits from j x 2^k on and lies at (2j + 1) x 2^(k-1) - 1: nodes lie in the
 * order in which they get complete, so that an append writes behind the end only (the layout of
 * "implicit in-order forests": Tristan Hume, gigatrace).
 */
import { resized } from '../columns';
import { revived } from './revived';

export class WaitForest {
  /** Gives a structured clone its methods back. */
  static revive(clone: WaitForest): WaitForest {
    return revived(clone, WaitForest);
  }

  /** Number of waits. */
  get length(): number {
    return this._length;
  }

  duration(wait: number): number {
    return this._durations[wait];
  }

  append(duration: number): void {
    if (this._length === this._durations.length) {
      this._resize(Math.max(16, 2 * this._length));
    }
    this._durations[this._length++] = duration;
    const end = this._length;
    for (let size = 2; end % size === 0; size *= 2) {
      const left = this._best(end - size, size / 2);
      const right = this._best(end - size / 2, size / 2);
      this._nodes[nodeAt(end - size, size)] = this._longer(left, right);
    }
  }

  /** The longest of the waits from `first` until before `end`, of equals the first; -1 if none is. */
  longest(first: number, end: number): number {
    let best = -1;
    for (let at = first; at < end;) {
      const size = treeSize(at, end);
      const wait = this._best(at, size);
      best = best < 0 ? wait : this._longer(best, wait);
      at += size;
    }
    return best;
  }

  /** The first wait from `first` on that lasts at least `least`; -1 if there is none. */
  next(first: number, least: number): number {
    for (let at = first; at < this._length;) {
      let size = treeSize(at, this._length);
      if (this._durations[this._best(at, size)] < least) {
        at += size;
        continue;
      }
      while (size > 1) {
        size /= 2;
        if (this._durations[this._best(at, size)] < least) {
          at += size;
        }
      }
      return at;
    }
    return -1;
  }

  /** The last wait before `end` that lasts at least `least`; -1 if there is none. */
  previous(end: number, least: number): number {
    for (let at = end; at > 0;) {
      // The largest tree that ends here.
      let size = lowestBit(at);
      if (this._durations[this._best(at - size, size)] < least) {
        at -= size;
        continue;
      }
      while (size > 1) {
        size /= 2;
        if (this._durations[this._best(at - size, size)] < least) {
          at -= size;
        }
      }
      return at - 1;
    }
    return -1;
  }

  /** Gives back the room that was kept for growth. */
  trim(): void {
    if (this._length < this._durations.length) {
      this._resize(this._length);
    }
  }

  /** Bytes that the columns take. */
  get byteLength(): number {
    return this._durations.byteLength + this._nodes.byteLength;
  }

  /** The longest wait of a tree that is complete. */
  private _best(first: number, size: number): number {
    return size === 1 ? first : this._nodes[nodeAt(first, size)];
  }

  private _longer(left: number, right: number): number {
    return this._durations[right] > this._durations[left] ? right : left;
  }

  private _resize(capacity: number): void {
    this._durations = resized(this._durations, new Float64Array(capacity));
    this._nodes = resized(this._nodes, new Uint32Array(capacity));
  }

  private _length = 0;
  private _durations = new Float64Array(0);
  private _nodes = new Uint32Array(0);
}

/** Place of the node over `size` waits from `first`, a multiple of it. */
function nodeAt(first: number, size: number): number {
  return first + size / 2 - 1;
}

/** The largest tree that begins at `first` and ends at or before `end`. */
function treeSize(first: number, end: number): number {
  const room = 2 ** (31 - Math.clz32(end - first));
  return first === 0 ? room : Math.min(lowestBit(first), room);
}

function lowestBit(value: number): number {
  return (value & -value) >>> 0;
}
