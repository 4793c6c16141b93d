/** Figures of parts of a run, through the file: what all parts say together is what the run's own document says. */
import fc from 'fast-check';
import { ThreadAnalysis } from '../../threads/analysis';
import type { LineRecord, ThreadsResult } from '../../threads/result';
import { StackReadingRows } from '../../threads/stack-readings';
import { StackTable } from '../../threads/line-stacks';
import { batches, EVENTS } from '../../threads/__tests__/batches';
import { PID, simulate } from '../../threads/__tests__/simulator';
import { buildDocument } from '../build-document';
import type { ReportDocument } from '../document';
import { loadTraceSteps, receiveTrace, transferOf } from '../load-trace';
import type { LoadedTrace } from '../load-trace';
import { RangeDocuments } from '../range-document';
import { traceFilePieces } from '../trace-file';
import { joinedPieces } from './joined-pieces';
import { madeContext } from './made-results';

const SEED = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);
beforeAll(() => console.info(`range-document.spec: fast-check seed ${SEED}`));

const LINES = 8;
const PERIOD = 2000;
const STATE = 0x5500_0000_0000 + PID;

/** A run of random holds, in which the memory reader saw some of the holders. */
function analysed(seed: number, threads: number, holds: number): ThreadsResult {
  const truth = simulate({
    seed,
    threads,
    holds,
    maxDropDelay: 0,
    preemptedDrops: 0,
    waitSite: true,
    lockWaits: 0.3,
    recordedFrom: 0
  });
  const lines = Array.from({ length: LINES }, (_, line): LineRecord => ({
    file: line < 4 ? '/home/me/p/own.py' : '/usr/lib/python3/other.py',
    line: line + 1,
    func: 'f'
  }));
  const stacks = new StackTable();
  const samples = new StackReadingRows();
  for (const { thread, start, end } of truth.holds) {
    const first = Math.ceil(start / PERIOD) * PERIOD;
    for (let time = first; time < end; time += PERIOD) {
      const outer = stacks.intern(-1, (time / PERIOD) % 4);
      const stack = stacks.intern(outer, 4 + ((time / PERIOD) % 3));
      samples.push(PID + thread, STATE + thread, time, stack, true, true);
    }
  }
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: [],
    pid: PID,
    schedulerStates: true,
    lines: { lines, lineOf: (_pid, code) => code - 1 },
    start: {
      time: 0,
      threads: Array.from({ length: threads }, (_, thread) => ({
        pid: PID,
        tid: PID + thread,
        comm: `thread ${thread}`,
        running: true
      }))
    }
  });
  const rows = truth.rows.map((row, index) =>
    row.site === 'request'
      ? { ...row, args: [row.args?.[0] ?? 0, 1 + (index % LINES), 0] }
      : row
  );
  for (const batch of batches(rows)) {
    analysis.consume(batch);
  }
  return analysis.finish(
    { begin: 0, end: truth.end },
    {
      switchInterval: 5e6,
      readings: { stacks, samples, states: [], native: [], period: PERIOD }
    }
  );
}

interface Run {
  readonly document: ReportDocument;
  readonly trace: LoadedTrace;
  readonly ranges: RangeDocuments;
}

async function runOf(seed: number, threads: number): Promise<Run> {
  const result = analysed(seed, threads, 150);
  const document = buildDocument(result, {
    ...madeContext(),
    sources: {
      cells: [],
      roots: {
        project: '/home/me/p',
        home: '/home/me',
        libraries: ['/usr/lib/python3']
      }
    }
  });
  const bytes = await joinedPieces(
    traceFilePieces({
      document,
      result,
      origin: 1000n,
      sources: {
        cells: [],
        roots: {
          project: '/home/me/p',
          home: '/home/me',
          libraries: ['/usr/lib/python3']
        }
      }
    })
  );
  const steps = loadTraceSteps(bytes);
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next();
  }
  const loaded = step.value;
  // As a worker hands it over.
  const trace = receiveTrace(
    structuredClone(loaded, { transfer: transferOf(loaded) })
  );
  return { document, trace, ranges: new RangeDocuments(trace) };
}

const runs = fc.tuple(
  fc.integer({ min: 0, max: 1e9 }),
  fc.integer({ min: 2, max: 5 })
);

/** Numbers that add up when a run is cut, by what they belong to. */
function sums(document: ReportDocument): Map<string, number> {
  const found = new Map<string, number>();
  const add = (key: string, value: number | undefined): void => {
    found.set(key, (found.get(key) ?? 0) + (value ?? 0));
  };
  for (const {
    tid,
    duration_ns: duration,
    states_ns: states,
    ...thread
  } of document.threads) {
    add(`thread ${tid} lives`, duration);
    add(`thread ${tid} harmless`, thread.harmless_holds_ns);
    add(`thread ${tid} wanted`, thread.wanted_holds_ns);
    add(`thread ${tid} forced`, thread.forced_switches);
    for (const [state, time] of Object.entries(states)) {
      add(`thread ${tid} ${state}`, time);
    }
  }
  for (const line of document.lines) {
    const place = `${line.file}:${line.line}`;
    for (const [key, value] of Object.entries(line)) {
      if (key.endsWith('_ns') && !key.includes('error')) {
        add(`${place} ${key}`, value as number);
      }
    }
    add(`${place} samples`, line.samples);
  }
  for (const { waiter, holder, wait_ns: time } of document.blame) {
    const side = (one: typeof waiter | undefined): string =>
      `${one?.tid} ${one?.file}:${one?.line}`;
    add(`blame ${side(waiter)} ${side(holder)}`, time);
  }
  return found;
}

function expectSame(
  found: ReadonlyMap<string, number>,
  wanted: ReadonlyMap<string, number>,
  within: number
): void {
  for (const key of new Set([...found.keys(), ...wanted.keys()])) {
    const difference = (found.get(key) ?? 0) - (wanted.get(key) ?? 0);
    if (Math.abs(difference) > within) {
      throw new Error(`${key}: ${found.get(key)}, not ${wanted.get(key)}`);
    }
  }
}

describe('the figures of a range', () => {
  it('are those of the run where it is the whole run', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ([seed, threads]) => {
        const { document, ranges } = await runOf(seed, threads);
        const { document: found, gaps } = ranges.of({
          start: 0,
          end: document.capture.duration_ns
        });
        expect(gaps).toEqual(document.ignored.length > 0 ? ['ignored'] : []);
        expect(document.lines.length).toBeGreaterThan(2);
        expectSame(sums(found), sums(document), 1);
        // A range's states do not tell who slept with the GIL.
        expect(found.threads).toEqual(
          document.threads.map(({ held_asleep_ns: _, ...row }) => row)
        );
        expect(found.waits).toEqual(document.waits);
        expect(found.locks).toEqual(document.locks);
        const errors = (rows: ReportDocument): (number | undefined)[] =>
          rows.lines.map(line => line.held_error_ns).sort();
        expect(errors(found)).toEqual(errors(document));
      }),
      { seed: SEED, numRuns: 12 }
    );
  });

  it('add up to those of the run, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
          minLength: 1,
          maxLength: 5
        }),
        async ([seed, threads], cuts) => {
          const { document, ranges } = await runOf(seed, threads);
          const end = document.capture.duration_ns;
          const edges = [0, ...cuts.map(cut => Math.round(cut * end)), end];
          edges.sort((a, b) => a - b);
          const all = new Map<string, number>();
          for (let i = 1; i < edges.length; i++) {
            if (edges[i] > edges[i - 1]) {
              const part = ranges.of({ start: edges[i - 1], end: edges[i] });
              for (const [key, value] of sums(part.document)) {
                all.set(key, (all.get(key) ?? 0) + value);
              }
            }
          }
          // Each part is rounded to nanoseconds; a reading at a cut counts on both sides.
          expectSame(all, sums(document), 4 * edges.length);
        }
      ),
      { seed: SEED, numRuns: 12 }
    );
  });

  it('list the longest waits that overlap it, uncut', async () => {
    const { trace, ranges, document } = await runOf(7, 4);
    const end = document.capture.duration_ns;
    const range = { start: end * 0.4, end: end * 0.5 };
    const { waits } = trace.file.columns;
    const overlapping = Array.from(waits.start, (start, row) => ({
      start,
      duration: waits.end[row] - start
    }))
      .filter(
        ({ start, duration }) =>
          start < range.end && start + duration > range.start && duration > 0
      )
      .map(({ duration }) => duration)
      .sort((a, b) => b - a);
    const found = ranges.of(range).document.waits;
    const first = trace.timeline.longestWaits(range.start, range.end, 1)[0];
    expect(ranges.wait(first.row)).toEqual(found[0]);
    expect(found.length).toBeGreaterThan(3);
    expect(found.map(wait => wait.duration_ns)).toEqual(
      overlapping.slice(0, found.length)
    );
  });

  it('name what a file of an older giltracer does not tell', async () => {
    const { trace, document } = await runOf(3, 3);
    const tables = { ...trace.file.tables, lineSplit: undefined };
    const old = { ...trace, file: { ...trace.file, tables } };
    const found = new RangeDocuments(old).of({ start: 0, end: 5000 });
    expect(found.gaps).toContain('lines');
    expect(found.document.lines).toEqual([]);
    expect(document.lines.length).toBeGreaterThan(0);
  });

  it('count nothing where times are sampled, and say that errors are not known', async () => {
    const { trace } = await runOf(3, 3);
    const { file } = trace;
    const capture = { ...file.document.capture, mode: 'sample' };
    const tables = { ...file.tables, lineSplit: undefined };
    const sampled = {
      ...trace,
      file: { ...file, tables, document: { ...file.document, capture } }
    };
    const { document, gaps } = new RangeDocuments(sampled).of({
      start: 0,
      end: capture.duration_ns / 2
    });
    expect(gaps).toEqual(expect.arrayContaining(['lines', 'errors']));
    expect(document.blame.length).toBeGreaterThan(0);
    for (const row of [...document.blame, ...document.locks]) {
      expect(row).not.toHaveProperty('count');
    }
    for (const row of document.threads) {
      expect(row).not.toHaveProperty('waits');
    }
  });
});
