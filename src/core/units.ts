/**
 * Units used in every signature of the project. They are plain numbers: a time column is a
 * Float64Array and must stay free of wrappers.
 */

/**
 * A time or a duration in nanoseconds. Times are CLOCK_MONOTONIC minus the trace's origin, so they
 * are integers far below 2^53 and exact as doubles.
 */
export type Nanoseconds = number;

/** A user-space address. x86-64 and aarch64 user addresses are below 2^56; real ones are below 2^48, exact as doubles. */
export type Address = number;

/** A length in CSS pixels. */
export type CssPixels = number;

/** Index into `ThreadsResult.threads` (and every per-thread array beside it). */
export type ThreadIndex = number;

/** Index into `ThreadsResult.lines`; -1 where the line is not known. */
export type LineIndex = number;

/** Index into `ThreadsResult.stacks`; -1 where no frame is known. */
export type StackIndex = number;
