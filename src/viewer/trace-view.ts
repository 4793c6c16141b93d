/** A trace file by itself as a view shows it: as a result whose lanes come from the trace. */
import type { BundleView } from '../core/trace/bundle-view';
import type { LoadedTrace } from '../core/trace/load-trace';
import { occurringStates } from '../core/trace/overview';

/** To be shown with the trace attached: what it has of lanes is their threads only. */
export function traceView({ file }: LoadedTrace): BundleView {
  const { document, columns } = file;
  const states = occurringStates(columns.tracks);
  return {
    kind: 'result',
    run: document.run,
    document,
    overview: {
      bucketNs: Math.max(1, columns.end),
      buckets: 1,
      states,
      lanes: document.threads.map((_, row) => ({ threads: [row], count: 1 })),
      shares: new Uint8Array(document.threads.length * states.length)
    },
    windows: [],
    reductions: [],
    omitted: {}
  };
}
