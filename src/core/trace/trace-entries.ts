/** The names of what a trace file holds. Described in schema/formats/giltrace.md. */

export const FORMAT = 'giltrace';
export const META = 'meta.json';
export const INTERVALS = 'intervals.arrow';
export const WAITS = 'waits.arrow';
export const LINES = 'lines.arrow';
export const STACKS = 'stacks.arrow';
export const HOLDS = 'holds.arrow';
export const LOCK_WAITS = 'lock_waits.arrow';
export const COLLECTIONS = 'collections.arrow';
export const SIGHTINGS = 'sightings.arrow';
export const LINE_POOLS = 'line_pools.arrow';

/** Entries with a table, in the order in which they are written. */
export const TABLES = [
  INTERVALS,
  WAITS,
  LINES,
  STACKS,
  HOLDS,
  LOCK_WAITS,
  COLLECTIONS,
  SIGHTINGS,
  LINE_POOLS
] as const;
