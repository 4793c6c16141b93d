/** What of a bundle can be reduced apart from its tables, and in which order. */
import { DEFAULT_BUCKETS } from './overview';
import { WINDOW_WAITS } from './windows';

/** More lanes than this nobody looks through. */
export const MAX_LANES = 256;

/** More intervals never fit: even regular ones take about a byte each. */
const WHOLE_RUN_INTERVALS = 200_000;

/** Bytes of shares before compression: bounds the time that an overview takes. */
const MAX_SHARE_BYTES = 1_500_000;

/** Part of the budget that the surroundings of the longest waits may take: at first, and in need. */
const WIDE_WINDOWS = 0.6;
const NARROW_WINDOWS = 0.3;

export interface BundleSettings {
  /** Buckets of the overview, at most. */
  buckets: number;
  /** Threads with a lane of their own. */
  lanes: number;
  /** Waits whose surroundings are kept; Infinity: every interval of the run. */
  waits: number;
  /** Part of the budget for these surroundings. */
  windows: number;
}

/** What stays at least before the tables end, and what stays whatever happens. */
export const FAIR: Readonly<BundleSettings> = {
  buckets: 512,
  lanes: 32,
  waits: WINDOW_WAITS,
  windows: NARROW_WINDOWS
};
export const LEAST: Readonly<BundleSettings> = {
  buckets: 64,
  lanes: 1,
  waits: 0,
  windows: NARROW_WINDOWS
};

/** The best that a run can have: `intervals` of `threads`, in so many states. */
export function firstSettings(
  threads: number,
  intervals: number,
  states: number
): BundleSettings {
  const whole = threads <= MAX_LANES && intervals <= WHOLE_RUN_INTERVALS;
  const settings: BundleSettings = {
    buckets: DEFAULT_BUCKETS,
    lanes: Math.min(threads, MAX_LANES),
    waits: whole ? Infinity : WINDOW_WAITS,
    windows: WIDE_WINDOWS
  };
  const laneBytes = (settings.lanes + 1) * states;
  while (settings.buckets * laneBytes > MAX_SHARE_BYTES) {
    settings.buckets /= 2;
  }
  return settings;
}

/**
 * Takes the next step down.
 *
 * @param far whether much is still to be saved
 * @returns false at the floor
 */
export function reduce(
  settings: BundleSettings,
  floor: Readonly<BundleSettings>,
  far: boolean
): boolean {
  const halve = (value: number, least: number): number =>
    Math.max(Math.floor(value / (far ? 4 : 2)), least);
  if (settings.waits === Infinity) {
    settings.waits = WINDOW_WAITS;
  } else if (settings.windows > floor.windows) {
    settings.windows = floor.windows;
  } else if (settings.buckets > floor.buckets) {
    settings.buckets = halve(settings.buckets, floor.buckets);
  } else if (settings.lanes > floor.lanes) {
    settings.lanes = halve(settings.lanes, floor.lanes);
  } else if (settings.waits > floor.waits) {
    settings.waits >>>= 1;
  } else {
    return false;
  }
  return true;
}

/** Goes down to `to` where that is lower. */
export function lower(
  settings: BundleSettings,
  to: Readonly<BundleSettings>
): void {
  settings.buckets = Math.min(settings.buckets, to.buckets);
  settings.lanes = Math.min(settings.lanes, to.lanes);
  settings.waits = Math.min(settings.waits, to.waits);
  settings.windows = Math.min(settings.windows, to.windows);
}
