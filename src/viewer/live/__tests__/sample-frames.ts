/** Live frames as the core's reader gives them, written by hand. */
import { ThreadState } from '../../../core/threads/states';
import type {
  LiveFrameView,
  LiveSharesView
} from '../../../core/trace/live-frame-view';
import type { LiveThread } from '../../../core/trace/live-frame';

export const BUCKET = 10_000_000;

/** Order of the shares in these frames. */
export const STATES = [
  ThreadState.RunningGil,
  ThreadState.WaitingGil,
  ThreadState.OffCpu
] as const;

const LETTERS: Readonly<Record<string, readonly number[]>> = {
  R: [255, 0, 0],
  W: [0, 255, 0],
  S: [0, 0, 255],
  '.': [0, 0, 0]
};

/** `RRW.`: a bucket a letter: runs with the GIL, waits for it, sleeps, nothing known. */
export function told(
  thread: number,
  first: number,
  letters: string
): LiveSharesView {
  return {
    thread,
    first,
    count: letters.length,
    shares: Uint8Array.from([...letters].flatMap(letter => LETTERS[letter]))
  };
}

export function thread(
  index: number,
  more: Partial<LiveThread> = {}
): LiveThread {
  return {
    index,
    pid: 7,
    tid: 100 + index,
    name: `thread-${index}`,
    main: false,
    native: false,
    begin_ns: 0,
    ...more
  };
}

export function frame(
  number: number,
  more: Partial<LiveFrameView> = {}
): LiveFrameView {
  return {
    run: {
      id: 'run-1',
      name: 'a run',
      state: 'running',
      started_at: '2026-01-02T03:04:05Z'
    },
    mode: 'full',
    scheduler_states: true,
    frame: number,
    until_ns: number * BUCKET,
    bucket_ns: BUCKET,
    states: STATES,
    threads: [],
    shares: [],
    holders: [],
    events: 1000,
    events_per_second: 12_345.6,
    lost: 0,
    overhead_percent: 1.25,
    ...more
  };
}
