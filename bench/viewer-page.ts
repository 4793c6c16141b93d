/** What runs in the browser: the viewer on a page of its own, without Jupyter. `viewer.cjs` asks it. */
import { buildBundle } from '../src/core/trace/build-bundle';
import { buildDocument } from '../src/core/trace/build-document';
import type { LoadedTrace } from '../src/core/trace/load-trace';
import { RangeDocuments } from '../src/core/trace/range-document';
import { readBundle } from '../src/core/trace/read-bundle';
import { columnsTimeline } from '../src/core/timeline/result-timeline';
import {
  madeContext,
  randomResult
} from '../src/core/trace/__tests__/made-results';
import { STATE_NAMES, ThreadState } from '../src/core/threads/states';
import { RunView } from '../src/viewer/run-view';
import { traceView } from '../src/viewer/trace-view';
import { madeHistory } from './made-history';

const TRACKS = 16;
const INTERVALS = 10_000_000;

/** A trace of 10 M intervals, as a worker would hand it over. */
function madeTrace(): LoadedTrace {
  const histories = Array.from({ length: TRACKS }, (_, seed) =>
    madeHistory(seed + 1, INTERVALS / TRACKS)
  );
  const rows: { thread: number; start: number; end: number }[] = [];
  histories.forEach(({ time, state, end }, thread) => {
    for (let i = 0; i < time.length; i++) {
      if (state[i] === ThreadState.WaitingGil) {
        rows.push({ thread, start: time[i], end: time[i + 1] ?? end });
      }
    }
  });
  rows.sort((a, b) => a.start - b.start);
  const { length } = rows;
  const none = new Int32Array(length).fill(-1);
  const waits = {
    length,
    thread: Uint16Array.from(rows, ({ thread }) => thread),
    start: Float64Array.from(rows, ({ start }) => start),
    end: Float64Array.from(rows, ({ end }) => end),
    holder: none,
    kind: new Uint8Array(length),
    ignored: new Uint16Array(length),
    uncertainty: new Float64Array(length),
    stack: none,
    holderStack: none,
    waker: none
  };
  const tracks = histories.map(({ time, state, end }) => ({
    length: time.length,
    start: time,
    state,
    end
  }));
  const end = Math.max(...tracks.map(track => track.end));
  const { run, capture } = madeContext();
  const threads = histories.map(({ totals, time }, index) => ({
    tid: 100 + index,
    pid: 100,
    name: `worker ${index}`,
    main: index === 0,
    native: false,
    duration_ns: tracks[index].end - time[0],
    states_ns: Object.fromEntries(
      STATE_NAMES.map((name, state) => [name, totals[state]])
    )
  }));
  const document = {
    run,
    capture: { ...capture, scheduler_states: true, duration_ns: end },
    threads,
    blame: [],
    waits: [],
    lines: [],
    ignored: [],
    locks: []
  };
  const columns = { begin: 0, end, tracks, waits };
  const timeline = columnsTimeline({ tracks, waits });
  timeline.threads.forEach(({ overview }) => overview.update());
  return { file: { document, columns, tables: {}, origin: 0n }, timeline };
}

/** A bundle near the budget. */
function madeBundle(threads: number, seed: number): unknown {
  const result = randomResult(seed, threads, 200_000 / threads);
  const document = buildDocument(result, madeContext());
  return JSON.parse(JSON.stringify(buildBundle(document, result)));
}

const frame = (): Promise<number> =>
  new Promise(resolve => requestAnimationFrame(resolve));

/** When what was drawn in a frame is on its way to the screen. */
async function painted(): Promise<number> {
  await frame();
  await new Promise(resolve => setTimeout(resolve));
  return performance.now();
}

/** Milliseconds from a bundle's JSON to its first picture. */
async function firstPaint(threads: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < 6; round++) {
    const json = madeBundle(threads, round + 1);
    await painted();
    const start = performance.now();
    const view = new RunView();
    document.body.replaceChildren(view.node);
    view.show(readBundle(json));
    times.push((await painted()) - start);
    view.dispose();
  }
  // The first one warms the code up, as the first result of a page does: it counts, too.
  return times;
}

/** Gaps between frames while a hand zooms and pans, and what the page itself worked in each. */
async function gaps(): Promise<{ gaps: number[]; rangeMs: number[] }> {
  const trace = madeTrace();
  const view = new RunView();
  document.body.replaceChildren(view.node);
  view.show(traceView(trace));
  view.attachTrace(trace);
  const region = view.node.querySelector('.giltracer-Lanes-region');
  if (!(region instanceof HTMLElement)) {
    throw new Error('no lanes are shown');
  }
  region.focus();
  const press = (key: string): void => {
    region.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
    );
  };
  await painted();
  await painted();
  const found: number[] = [];
  let last = await frame();
  // In with a pan at each step, out again: four decades of zoom.
  const keys = [...'wd'.repeat(30), ...'sa'.repeat(30), ...'wa'.repeat(30)];
  for (const key of [...keys, ...keys]) {
    press(key);
    const now = await frame();
    found.push(now - last);
    last = now;
  }
  const documents = new RangeDocuments(trace);
  const { end } = trace.file.columns;
  const rangeMs = [0.001, 0.01, 0.1, 0.5, 0.99].map(part => {
    const start = performance.now();
    documents.of({ start: end * 0.005, end: end * (0.005 + part) });
    return performance.now() - start;
  });
  view.dispose();
  return { gaps: found, rangeMs };
}

/** Twenty results on one page, as in one notebook. They stay, for who measures memory. */
async function twenty(): Promise<number> {
  const json = Array.from({ length: 20 }, (_, index) =>
    JSON.stringify(madeBundle(16, index + 1))
  );
  document.body.replaceChildren();
  for (const text of json) {
    const view = new RunView();
    document.body.append(view.node);
    view.show(readBundle(JSON.parse(text)));
    await painted();
  }
  let pixels = 0;
  document.querySelectorAll('canvas').forEach(canvas => {
    pixels += canvas.width * canvas.height * 4;
  });
  return pixels;
}

Object.assign(window, { bench: { firstPaint, gaps, twenty } });
