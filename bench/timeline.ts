/**
 * Measures the timeline and prints JSON: 10 M intervals on 16 tracks are built, then frames of 2000 columns
 * are asked for at every zoom over more than four decades, at places all over the trace, and in pans as of
 * a hand. A frame is all that the lanes need: sums of all columns of all tracks, and each column's longest
 * wait. `node timeline.cjs`; exit status 1 if a zoom's 95th percentile of CPU time is over the bound, or a sum
 * is off.
 */
import { STATE_COUNT, ThreadState } from '../src/core/threads/states';
import { Timeline } from '../src/core/timeline/timeline';
import { cutEvenly } from '../src/core/timeline/time-edges';
import { chance, madeHistory } from './made-history';

const INTERVALS = 10_000_000;
const TRACKS = 16;
const COLUMNS = 2000;
/** One frame at 60 Hz. */
const BOUND_MS = 17;
const ROUNDS = 40;
/** Visible part of the trace: 1 to 1/100 000, three steps a decade. */
const ZOOMS = Array.from({ length: 16 }, (_, step) => 10 ** (-step / 3));

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Time on the clock, and of a CPU: where others use the machine too, only the second one is ours. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

function cost(work: () => void): Cost {
  const before = process.cpuUsage();
  const wall = milliseconds(work);
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

function percentiles(samples: readonly number[]): Percentiles {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
  return {
    p50: rounded(at(0.5)),
    p95: rounded(at(0.95)),
    max: rounded(at(1))
  };
}

const histories = Array.from({ length: TRACKS }, (_, seed) =>
  madeHistory(seed + 1, INTERVALS / TRACKS)
);
const timeline = new Timeline();
let row = 0;
const appendMs = milliseconds(() => {
  for (const { time, state, end } of histories) {
    const thread = timeline.addThread();
    for (let i = 0; i < time.length; i++) {
      thread.states.append(time[i], state[i]);
      if (state[i] === ThreadState.WaitingGil) {
        const until = i + 1 < time.length ? time[i + 1] : end;
        thread.waits.append(time[i], until, row++);
      }
    }
    thread.states.append(end, state[time.length - 1]);
  }
});
const trimMs = milliseconds(() => timeline.trim());
const overviewMs = milliseconds(() => {
  for (const { overview } of timeline.threads) {
    void overview.bucketNs;
  }
});

const begin = Math.min(...histories.map(({ time }) => time[0]));
const end = Math.max(...histories.map(history => history.end));
const sums = new Float64Array(COLUMNS * STATE_COUNT);
const longest = new Int32Array(COLUMNS);

/** All that is asked for one frame; `check` sees each track's columns. */
function frame(
  from: number,
  to: number,
  exact: boolean,
  check?: (track: number) => void
): void {
  const edges = cutEvenly(from, to, COLUMNS);
  timeline.threads.forEach((thread, track) => {
    if (exact) {
      thread.sums.sumEdges(edges, sums);
    } else {
      thread.overview.sumColumns(from, to, COLUMNS, sums);
    }
    thread.waits.longestPerColumn(edges, longest);
    check?.(track);
  });
}

/** The largest difference between a frame's columns and its range, and between states and time, in ns. */
let worstError = 0;
function checkFrame(from: number, to: number, exact: boolean): void {
  const range = new Float64Array(STATE_COUNT);
  frame(from, to, exact, track => {
    const { sums: own, states } = timeline.threads[track];
    own.timeInStates(from, to, range);
    const lived = Math.max(
      0,
      Math.min(to, states.end) - Math.max(from, states.start[0])
    );
    let all = 0;
    for (let state = 0; state < STATE_COUNT; state++) {
      let added = 0;
      for (let column = 0; column < COLUMNS; column++) {
        added += sums[column * STATE_COUNT + state];
      }
      worstError = Math.max(worstError, Math.abs(added - range[state]));
      all += added;
    }
    worstError = Math.max(worstError, Math.abs(all - lived));
  });
}

const random = chance(99);

/** What frames of one zoom cost, in milliseconds. */
interface ZoomCost {
  readonly visible: number;
  readonly cpu: Percentiles;
  readonly wall: Percentiles;
}

function zoomCost(zoom: number, samples: readonly Cost[]): ZoomCost {
  return {
    visible: Number(zoom.toPrecision(3)),
    cpu: percentiles(samples.map(({ cpu }) => cpu)),
    wall: percentiles(samples.map(({ wall }) => wall))
  };
}

function zoomSweep(exact: boolean): ZoomCost[] {
  const samples = ZOOMS.map((): Cost[] => []);
  // Zooms in turn, so that no zoom finds its own data still in the caches.
  for (let round = -3; round < ROUNDS; round++) {
    ZOOMS.forEach((zoom, index) => {
      const span = (end - begin) * zoom;
      const from = begin + random() * (end - begin - span);
      const one = cost(() => frame(from, from + span, exact));
      if (round >= 0) {
        samples[index].push(one);
      } else {
        checkFrame(from, from + span, exact);
      }
    });
  }
  return ZOOMS.map((zoom, index) => zoomCost(zoom, samples[index]));
}

/** A drag: 60 frames, each 2 % of the visible span further. */
function pan(zoom: number): ZoomCost {
  const span = (end - begin) * zoom;
  const first = begin + random() * Math.max(0, end - begin - 2.2 * span);
  const samples = Array.from({ length: 60 }, (_, step) => {
    const from = first + step * 0.02 * span;
    return cost(() => frame(from, from + span, false));
  });
  return zoomCost(zoom, samples);
}

const zooms = zoomSweep(false);
const exactZooms = zoomSweep(true);
const pans = ZOOMS.filter((_, step) => step % 3 === 0).map(pan);
const top = milliseconds(() => timeline.longestWaits(begin, end, 1000));

let totalsError = 0;
histories.forEach(({ totals }, track) => {
  const out = new Float64Array(STATE_COUNT);
  timeline.threads[track].sums.timeInStates(begin, end, out);
  out.forEach((time, state) => {
    totalsError = Math.max(totalsError, Math.abs(time - totals[state]));
  });
});

const bytes = (of: (thread: (typeof timeline.threads)[0]) => number): number =>
  Number(
    (
      timeline.threads.reduce((sum, thread) => sum + of(thread), 0) / INTERVALS
    ).toFixed(2)
  );
const worst = Math.max(...[...zooms, ...pans].map(({ cpu }) => cpu.p95));
process.stdout.write(
  `${JSON.stringify(
    {
      intervals: INTERVALS,
      tracks: TRACKS,
      columns: COLUMNS,
      waits: row,
      trace_seconds: (end - begin) / 1e9,
      build_ms: {
        append: Math.round(appendMs),
        sums: Math.round(trimMs),
        overview: Math.round(overviewMs)
      },
      bytes_per_interval: {
        intervals: bytes(thread => thread.states.byteLength),
        sums: bytes(thread => thread.sums.byteLength),
        overview: bytes(thread => thread.overview.byteLength),
        waits: bytes(thread => thread.waits.byteLength)
      },
      bucket_ns: timeline.threads[0].overview.bucketNs,
      frame_ms_by_zoom: zooms,
      frame_ms_by_zoom_exact_only: exactZooms,
      frame_ms_of_pans: pans,
      longest_1000_waits_ms: Number(top.toFixed(2)),
      worst_p95_cpu_ms: worst,
      bound_ms: BOUND_MS,
      column_sums_error_ns: worstError,
      totals_error_ns: totalsError
    },
    undefined,
    1
  )}\n`
);
process.exitCode =
  worst <= BOUND_MS && worstError < 1 && totalsError === 0 ? 0 : 1;
