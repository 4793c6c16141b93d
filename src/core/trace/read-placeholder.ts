/** What stands in an output while the cell runs, as anybody may have written it. */
import type { BundleView } from './bundle-view';
import type { Fields } from './checked-fields';
import type { RunInfo } from './document';
import type { LiveFrameView } from './live-frame-view';
import { LiveFrameError, readLiveFrame } from './read-live-frame';

/** A run that has no result (yet). */
export function readPlaceholder(fields: Fields, run: RunInfo): BundleView {
  const live = run.state === 'running' ? readLive(fields.live) : undefined;
  return {
    kind: 'placeholder',
    run,
    windows: [],
    reductions: [],
    omitted: {},
    ...(live?.run.id === run.id ? { live } : {})
  };
}

/** A frame that can't be shown is left out: the run itself can be. */
function readLive(value: unknown): LiveFrameView | undefined {
  if (value === undefined) {
    return undefined;
  }
  try {
    return readLiveFrame(value);
  } catch (error) {
    if (error instanceof LiveFrameError) {
      return undefined;
    }
    throw error;
  }
}
