/**
 * The durations of waits in blocks of 16, with a forest over the longest of each block: what lies within a
 * block is looked through, which memory serves faster than it serves nodes of a tree, and the forest stays
 * so small that it is still in a cache when the next column asks.
 */
import { resized } from '../columns';
import { revived } from './revived';
import { WaitForest } from './wait-forest';

const BLOCK_SHIFT = 4;
const BLOCK = 1 << BLOCK_SHIFT;

export class BlockedWaits {
  /** Gives a structured clone its methods back. */
  static revive(clone: BlockedWaits): BlockedWaits {
    WaitForest.revive(clone._blocks);
    return revived(clone, BlockedWaits);
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
      this._resize(Math.max(BLOCK, 2 * this._length));
    }
    this._durations[this._length++] = duration;
    if (this._length % BLOCK === 0) {
      const best = this._scan(this._length - BLOCK, this._length, -1);
      this._longest[this._blocks.length] = best;
      this._blocks.append(this._durations[best]);
    }
  }

  /** The longest of the waits from `first` until before `end`, of equals the first; -1 if none is. */
  longest(first: number, end: number): number {
    const fromBlock = (first + BLOCK - 1) >>> BLOCK_SHIFT;
    const toBlock = end >>> BLOCK_SHIFT;
    if (fromBlock >= toBlock) {
      return this._scan(first, end, -1);
    }
    let best = this._scan(first, fromBlock << BLOCK_SHIFT, -1);
    const block = this._longest[this._blocks.longest(fromBlock, toBlock)];
    if (best < 0 || this._durations[block] > this._durations[best]) {
      best = block;
    }
    return this._scan(toBlock << BLOCK_SHIFT, end, best);
  }

  /** The first wait from `first` on that lasts at least `least`; -1 if there is none. */
  next(first: number, least: number): number {
    const { _durations: durations, _length: length } = this;
    const walk = (from: number, to: number): number => {
      for (let wait = from; wait < to; wait++) {
        if (durations[wait] >= least) {
          return wait;
        }
      }
      return -1;
    };
    const fromBlock = (first + BLOCK - 1) >>> BLOCK_SHIFT;
    const near = walk(first, Math.min(fromBlock << BLOCK_SHIFT, length));
    if (near >= 0) {
      return near;
    }
    const block = this._blocks.next(fromBlock, least);
    const from =
      block < 0
        ? Math.max(first, this._blocks.length << BLOCK_SHIFT)
        : block << BLOCK_SHIFT;
    return walk(from, length);
  }

  /** The last wait before `end` that lasts at least `least`; -1 if there is none. */
  previous(end: number, least: number): number {
    const walk = (from: number, to: number): number => {
      for (let wait = from - 1; wait >= to; wait--) {
        if (this._durations[wait] >= least) {
          return wait;
        }
      }
      return -1;
    };
    const toBlock = end >>> BLOCK_SHIFT;
    const near = walk(end, toBlock << BLOCK_SHIFT);
    if (near >= 0) {
      return near;
    }
    const block = this._blocks.previous(toBlock, least);
    return block < 0
      ? -1
      : walk((block + 1) << BLOCK_SHIFT, block << BLOCK_SHIFT);
  }

  /** Gives back the room that was kept for growth. */
  trim(): void {
    if (this._length < this._durations.length) {
      this._resize(this._length);
    }
    this._blocks.trim();
  }

  /** Bytes that the columns take. */
  get byteLength(): number {
    return (
      this._durations.byteLength +
      this._longest.byteLength +
      this._blocks.byteLength
    );
  }

  /** The longest of `best`, unless that is -1, and the waits from `from` until before `to`. */
  private _scan(from: number, to: number, best: number): number {
    const durations = this._durations;
    let longest = best;
    let duration = best < 0 ? -1 : durations[best];
    for (let wait = from; wait < to; wait++) {
      if (durations[wait] > duration) {
        duration = durations[wait];
        longest = wait;
      }
    }
    return longest;
  }

  private _resize(capacity: number): void {
    this._durations = resized(this._durations, new Float64Array(capacity));
    const blocks = new Uint32Array(capacity >>> BLOCK_SHIFT);
    this._longest = resized(this._longest, blocks);
  }

  private _length = 0;
  private _durations = new Float64Array(0);
  /** The longest wait of each block that is complete. */
  private _longest = new Uint32Array(0);
  private readonly _blocks = new WaitForest();
}
