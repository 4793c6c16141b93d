/**
 * How a state looks and what it is called: the one table for canvas, png, html and legend. The hues are
 * Okabe and Ito's (https://jfly.uni-koeln.de/color/), which people with any colour vision tell apart.
 * Height and pattern say the same once more, so that colour is never the only sign.
 */
import { ThreadState } from './states';

/** Drawn over the colour, in the foreground's hue. */
export type StatePattern = 'solid' | 'hatch' | 'dots' | 'cross';

export interface StateAppearance {
  readonly state: ThreadState;
  /** Short words for a legend. */
  readonly label: string;
  /** One sentence that explains the state to a reader who meets it for the first time. */
  readonly explanation: string;
  /** Colour on a light background, #rrggbb. */
  readonly light: string;
  /** Colour on a dark background, #rrggbb. */
  readonly dark: string;
  /** Part of the lane's height that the state fills, from the bottom. */
  readonly height: number;
  readonly pattern: StatePattern;
}

/** Index = ThreadState. */
export const STATE_APPEARANCES: readonly StateAppearance[] = [
  {
    state: ThreadState.Unknown,
    label: 'unknown',
    explanation:
      'Not known: nothing was seen of the thread yet, or records were lost here.',
    light: '#cccccc',
    dark: '#555555',
    height: 0.5,
    pattern: 'dots'
  },
  {
    state: ThreadState.RunningGil,
    label: 'runs with the GIL',
    explanation:
      'On a CPU and holds the GIL: runs Python code, or native code that keeps the GIL.',
    light: '#009e73',
    dark: '#2bc79a',
    height: 1,
    pattern: 'solid'
  },
  {
    state: ThreadState.Running,
    label: 'runs without the GIL',
    explanation:
      'On a CPU with the GIL released: works in parallel to other threads.',
    light: '#56b4e9',
    dark: '#56b4e9',
    height: 1,
    pattern: 'solid'
  },
  {
    state: ThreadState.HoldingOffCpu,
    label: 'holds the GIL, off CPU',
    explanation:
      'Holds the GIL while it sleeps or waits for a CPU: nobody can run Python code.',
    light: '#d55e00',
    dark: '#f0803c',
    height: 1,
    pattern: 'cross'
  },
  {
    state: ThreadState.WaitingGil,
    label: 'waits for the GIL',
    explanation: 'Has asked for the GIL and does not have it yet.',
    light: '#e69f00',
    dark: '#f0b429',
    height: 0.75,
    pattern: 'hatch'
  },
  {
    state: ThreadState.WaitingLock,
    label: 'waits for a lock',
    explanation: 'Waits for a lock that another thread holds.',
    light: '#cc79a7',
    dark: '#dc95bd',
    height: 0.75,
    pattern: 'hatch'
  },
  {
    state: ThreadState.Preempted,
    label: 'waits for a CPU',
    explanation: 'Could run without the GIL, but has no CPU.',
    light: '#f0e442',
    dark: '#d9cd2f',
    height: 0.5,
    pattern: 'dots'
  },
  {
    state: ThreadState.OffCpu,
    label: 'asleep',
    explanation:
      'Asleep without the GIL: input or output, sleep, waiting for another thread.',
    light: '#b8c4cc',
    dark: '#46525a',
    height: 0.25,
    pattern: 'solid'
  },
  {
    state: ThreadState.NoGil,
    label: 'GIL released',
    explanation:
      'Does not hold the GIL: works or sleeps; scheduler states were not recorded.',
    light: '#0072b2',
    dark: '#4a9fd4',
    height: 0.5,
    pattern: 'solid'
  },
  {
    state: ThreadState.OnCpu,
    label: 'runs, GIL not known',
    explanation:
      'On a CPU; whether it held the GIL was not recorded: this capture sees only who waits.',
    // Halfway between the two states that it may be.
    light: '#4fb0ad',
    dark: '#56c2bf',
    height: 1,
    pattern: 'dots'
  }
];

/**
 * Order in which states are stacked in a bucket, from the bottom, and listed in a legend: what a reader
 * looks for first comes first.
 */
export const STATE_ORDER: readonly ThreadState[] = [
  ThreadState.RunningGil,
  ThreadState.HoldingOffCpu,
  ThreadState.OnCpu,
  ThreadState.WaitingGil,
  ThreadState.WaitingLock,
  ThreadState.Running,
  ThreadState.NoGil,
  ThreadState.Preempted,
  ThreadState.OffCpu,
  ThreadState.Unknown
];

/** Whether a pattern has a mark at a pixel; x and y count from any fixed corner. */
export function isPatternMark(
  pattern: StatePattern,
  x: number,
  y: number
): boolean {
  switch (pattern) {
    case 'hatch':
      return (x + y) % 5 === 0;
    case 'dots':
      return x % 3 === 0 && y % 3 === 0;
    case 'cross':
      return (x + y) % 6 === 0 || (x - y) % 6 === 0;
    case 'solid':
      return false;
  }
}

/** Appearance of a state; an unknown number looks like Unknown. */
export function appearanceOf(state: number): StateAppearance {
  const found: StateAppearance | undefined = STATE_APPEARANCES[state];
  return found ?? STATE_APPEARANCES[ThreadState.Unknown];
}
