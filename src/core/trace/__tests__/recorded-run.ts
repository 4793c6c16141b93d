/** A run that is recorded, for tests of its live frames. */
import { EVENTS, STORES, WORDS } from '../../threads/__tests__/batches';
import { PID } from '../../threads/__tests__/simulator';
import { ThreadAnalysis } from '../../threads/analysis';
import type { RecordedMode } from '../../threads/gil';
import { NO_STACKS } from '../../threads/line-stacks';
import type { WatchedWords } from '../../threads/site';
import type { RunInfo } from '../document';
import { LIVE_BUCKETS, LIVE_SHARE_BYTES } from '../live-frame';
import { LiveRun } from '../live-run';
import { NO_SOURCES } from '../source-paths';

export const RUN: RunInfo = {
  id: 'r1',
  name: '',
  state: 'running',
  started_at: '2026-01-01T00:00:00Z'
};
export const FIGURES = { events: 0, events_per_second: 0, lost: 0 };
export const LIMITS = { buckets: LIVE_BUCKETS, bytes: LIVE_SHARE_BYTES };

/** EVENTS at their places, without those that a recording with watchpoints does not have. */
const WATCHED_EVENTS = EVENTS.map(event =>
  event.address === undefined ? { name: 'none', fields: [] } : event
);

/**
 * Its threads are all there when it begins.
 *
 * @param words those of the GIL on which watchpoints stand, on the rung `watch`
 */
export function recordedRun(
  mode: RecordedMode,
  begin: number,
  threads: number,
  words: WatchedWords = WORDS
) {
  const analysis = new ThreadAnalysis({
    events: mode === 'watch' ? WATCHED_EVENTS : EVENTS,
    strings: [],
    pid: PID,
    mode,
    watched: { words, stores: STORES },
    mainGil: WORDS.locked - 16,
    schedulerStates: true,
    start: {
      time: begin,
      threads: Array.from({ length: threads }, (_, thread) => ({
        pid: PID,
        tid: PID + thread,
        comm: `thread ${thread}`,
        running: true
      }))
    }
  });
  const live = analysis.live(() => undefined);
  const run = new LiveRun({
    analysis: live,
    mode,
    schedulerStates: true,
    begin,
    lines: () => ({ lines: [], stacks: NO_STACKS }),
    sources: NO_SOURCES
  });
  return { analysis, live, run };
}
