/** Figures of ranges as tables get them: from a bundle on average, from its trace exactly. */
import { buildBundle } from '../../core/trace/build-bundle';
import { buildDocument } from '../../core/trace/build-document';
import type { BundleView } from '../../core/trace/bundle-view';
import { loadTraceSteps, type LoadedTrace } from '../../core/trace/load-trace';
import { readBundle } from '../../core/trace/read-bundle';
import {
  madeContext,
  randomResult
} from '../../core/trace/__tests__/made-results';
import { joinedPieces } from '../../core/trace/__tests__/joined-pieces';
import { traceFilePieces } from '../../core/trace/trace-file';
import { STATE_COUNT, STATE_NAMES } from '../../core/threads/states';
import { BundleFigures } from '../bundle-figures';
import { TraceFigures } from '../trace-figures';
import { ENGLISH } from '../translation';

const THREADS = 4;
const result = randomResult(11, THREADS, 20_000);
const document = buildDocument(result, madeContext());
const view = readBundle(
  JSON.parse(JSON.stringify(buildBundle(document, result)))
);

let trace: LoadedTrace;

beforeAll(async () => {
  const bytes = await joinedPieces(
    traceFilePieces({ document, result, origin: 0n })
  );
  const steps = loadTraceSteps(bytes);
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next();
  }
  trace = step.value;
});

function storedDocument({ document: stored }: BundleView) {
  if (stored === undefined) {
    throw new Error('no document');
  }
  return stored;
}

const { duration_ns: end } = document.capture;
const RANGE = { start: end * 0.3, end: end * 0.55 };

describe('figures of a range', () => {
  it('are averages of threads where only the bundle is there, and say so', () => {
    const stored = storedDocument(view);
    const { document: found, remarks } = new BundleFigures(
      view,
      stored,
      ENGLISH
    ).figures(RANGE);
    const { timeline } = trace;
    const bucket = view.overview?.bucketNs ?? 0;
    expect(found.threads.map(({ tid }) => tid)).toEqual(
      stored.threads.map(({ tid }) => tid)
    );
    const out = new Float64Array(STATE_COUNT);
    found.threads.forEach((row, index) => {
      timeline.threads[index].sums.timeInStates(RANGE.start, RANGE.end, out);
      out.forEach((time, state) => {
        const shown = row.states_ns[STATE_NAMES[state]] ?? 0;
        const most = 2 * bucket + (RANGE.end - RANGE.start) / 255;
        expect(Math.abs(shown - time)).toBeLessThanOrEqual(most);
      });
    });
    expect(found.lines).toEqual([]);
    expect(found.blame).toEqual([]);
    expect(found.waits.length).toBeGreaterThan(0);
    expect(found.waits.length).toBeLessThan(stored.waits.length);
    expect(remarks.join(' ')).toContain('averages of');
    expect(remarks.join(' ')).toContain('need the full trace');
  });

  it('are exact from the trace, in the order of the view, with threads that it left out behind', () => {
    const rows = [2, 0];
    const figures = new TraceFigures(trace, rows, ENGLISH);
    const { document: found } = figures.figures(RANGE);
    expect(found.threads.map(({ tid }) => tid)).toEqual(
      [2, 0, 1, 3].map(row => document.threads[row].tid)
    );
    const out = new Float64Array(STATE_COUNT);
    trace.timeline.threads[2].sums.timeInStates(RANGE.start, RANGE.end, out);
    out.forEach((time, state) => {
      const shown = found.threads[0].states_ns[STATE_NAMES[state]] ?? 0;
      expect(shown).toBe(Math.round(time));
    });
  });

  it('come with every wait of the run', () => {
    const figures = new TraceFigures(trace, [], ENGLISH);
    const { start, end: ends } = trace.file.columns.waits;
    const starts = Array.from(start, (time, row) => ({
      time,
      lasts: ends[row] - time
    }))
      .filter(({ lasts }) => lasts >= 1000)
      .map(({ time }) => time)
      .sort((a, b) => a - b);
    const found: number[] = [];
    for (let at = -1; found.length < 50;) {
      const next = figures.next(at, 1000);
      if (next === undefined) {
        break;
      }
      at = next.start_ns;
      found.push(at);
    }
    expect(found).toEqual([...new Set(starts)].slice(0, found.length));
    expect(found.length).toBeGreaterThan(10);
    expect(figures.previous(found[5], 1000)?.start_ns).toBe(found[4]);
  });
});
