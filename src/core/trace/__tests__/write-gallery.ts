/**
 * Writes notebooks with results that no short run gives: nothing recorded, one event, 512 threads, ten million intervals, a run
 * that failed. `ui-tests/gallery` opens them. Usage: node write-gallery.cjs FOLDER
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ThreadState } from '../../threads/states';
import type { ThreadsResult } from '../../threads/result';
import { buildBundle } from '../build-bundle';
import { buildDocument } from '../build-document';
import { BUNDLE_MIME_TYPE, type Bundle, type Placeholder } from '../bundle';
import { chance, madeContext, madeResult, PID } from './made-results';

const [, , folder] = process.argv;
const MS = 1e6;

type Strip = Parameters<typeof madeResult>[2][number];
type Wait = NonNullable<Parameters<typeof madeResult>[3]>[number];

/** Threads that pass one GIL around: each holds in its turn, asks again, waits for its next turn. */
function convoy(
  threads: number,
  turns: number,
  holdNs: number,
  seed: number
): ThreadsResult {
  const random = chance(seed);
  const intervals = Array.from(
    { length: threads },
    (): [ThreadState, number][] => []
  );
  const waits: Wait[] = [];
  const released = new Float64Array(threads);
  let now = 0;
  for (let turn = 0; turn < turns; turn++) {
    const thread = turn % threads;
    const away = Math.floor((now - released[thread]) * 0.2 * random());
    const asked = released[thread] + away;
    if (away > 0) {
      intervals[thread].push([ThreadState.OffCpu, away]);
    }
    if (now > asked) {
      intervals[thread].push([ThreadState.WaitingGil, now - asked]);
      const holder = (thread + threads - 1) % threads;
      waits.push({ thread, start: asked, end: now, holder });
    }
    const hold = 1 + Math.floor(holdNs * (0.5 + random()));
    intervals[thread].push([ThreadState.RunningGil, hold]);
    now += hold;
    released[thread] = now;
  }
  intervals.forEach((own, thread) => {
    if (now > released[thread]) {
      own.push([ThreadState.OffCpu, now - released[thread]]);
    }
  });
  const strips = intervals.map((own, thread): Strip => ({
    tid: PID + thread,
    main: thread === 0,
    begin: 0,
    intervals: own
  }));
  waits.sort((a, b) => a.start - b.start);
  return madeResult(0, now, strips, waits);
}

/** Most of many threads sleep; a few pools of them want the GIL. */
function manyThreads(): ThreadsResult {
  const { threads, waits, end } = convoy(40, 4000, 0.5 * MS, 7);
  const busy = threads.map(({ tid, main, track }): Strip => ({
    tid,
    main,
    begin: 0,
    comm: `pool-${Math.floor((tid - PID) / 10)}_${(tid - PID) % 10}`,
    intervals: Array.from(track.start, (start, index) => [
      track.state[index] as ThreadState,
      (index + 1 < track.length ? track.start[index + 1] : track.end) - start
    ])
  }));
  const asleep = Array.from(
    { length: 512 - busy.length },
    (_, index): Strip => ({
      tid: PID + 1000 + index,
      begin: 0,
      comm: index < 200 ? 'tokio-worker' : 'idle',
      requests: 0,
      intervals: [[ThreadState.OffCpu, end]]
    })
  );
  const asked = Array.from({ length: waits.length }, (_, row): Wait => ({
    thread: waits.thread[row],
    start: waits.start[row],
    end: waits.end[row],
    holder: waits.holder[row]
  }));
  return madeResult(0, end, [...busy, ...asleep], asked);
}

function bundleOf(name: string, result: ThreadsResult): Bundle {
  const context = madeContext();
  const document = buildDocument(result, {
    ...context,
    run: { ...context.run, name }
  });
  return buildBundle(document, result, {});
}

const { run } = madeContext();
const RUNS: Record<string, Bundle | Placeholder> = {
  empty: bundleOf('nothing recorded', madeResult(0, 1, [])),
  'one-event': bundleOf(
    'one event',
    madeResult(0, 2 * MS, [
      {
        tid: PID,
        main: true,
        begin: 0,
        intervals: [[ThreadState.RunningGil, 2 * MS]]
      }
    ])
  ),
  'many-threads': bundleOf('512 threads', manyThreads()),
  'many-intervals': bundleOf(
    'ten million intervals',
    convoy(16, 3_500_000, 2000, 3)
  ),
  failed: {
    format: 'giltracer-bundle',
    version: 1,
    run: {
      ...run,
      name: 'failed',
      state: 'failed',
      message: 'no result: perf ended early: run the cell again'
    }
  }
};

for (const [name, bundle] of Object.entries(RUNS)) {
  const output = {
    output_type: 'display_data',
    data: { [BUNDLE_MIME_TYPE]: bundle, 'text/plain': `giltracer: ${name}` },
    metadata: {}
  };
  const notebook = {
    cells: [
      {
        cell_type: 'code',
        execution_count: 1,
        id: 'result',
        metadata: {},
        outputs: [output],
        source: '%%giltracer\nwork()'
      }
    ],
    metadata: {
      kernelspec: { display_name: 'Python 3', name: 'python3' },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
  writeFileSync(join(folder, `${name}.ipynb`), JSON.stringify(notebook));
}
