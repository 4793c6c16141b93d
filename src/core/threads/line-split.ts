/** How the holds of a run were split by line, so that the same can be done for any part of it: see line-shares.ts. */
import type { Nanoseconds } from '../units';

/** Where threads were seen while they held the GIL, by thread and time. */
export interface SightingColumns {
  readonly length: number;
  readonly thread: Uint16Array;
  readonly time: Float64Array;
  /** StackIndex; -1 if not known. */
  readonly stack: Int32Array;
}

/**
 * What stands for holds in which nobody was seen: how those of one thread that began on one line are split. A row is one
 * stack of such a pool; rows of a pool follow each other.
 */
export interface PoolColumns {
  readonly length: number;
  /** Index into `gils`. */
  readonly gil: Uint16Array;
  readonly thread: Uint16Array;
  /** LineIndex on which the holds began; -1 if not known. */
  readonly line: Int32Array;
  /** StackIndex; -1 if not known. */
  readonly stack: Int32Array;
  /** Its share of the pool's holds, and the variance of that. */
  readonly held: Float64Array;
  readonly variance: Float64Array;
  /** Its share of the time between a drop and the pool's request. */
  readonly released: Float64Array;
}

/** How holds were split by line: see line-shares.ts. */
export interface LineSplit {
  /** Mean time between two readings of memory. */
  readonly period: Nanoseconds;
  readonly sightings: SightingColumns;
  readonly pools: PoolColumns;
}

export const NO_SIGHTINGS: SightingColumns = {
  length: 0,
  thread: new Uint16Array(0),
  time: new Float64Array(0),
  stack: new Int32Array(0)
};

export const NO_POOLS: PoolColumns = {
  length: 0,
  gil: new Uint16Array(0),
  thread: new Uint16Array(0),
  line: new Int32Array(0),
  stack: new Int32Array(0),
  held: new Float64Array(0),
  variance: new Float64Array(0),
  released: new Float64Array(0)
};
