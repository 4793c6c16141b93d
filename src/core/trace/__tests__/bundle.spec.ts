import Ajv from 'ajv';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ThreadState } from '../../threads/states';
import { BUNDLE_LEAST_BYTES, buildBundle, placeholder } from '../build-bundle';
import { buildDocument } from '../build-document';
import { BUNDLE_MAX_BYTES, type Bundle } from '../bundle';
import type { WindowTrack } from '../bundle-view';
import { laneColumns } from '../lanes';
import { readBundle } from '../read-bundle';
import { storedBytes } from '../stored-size';
import { madeFindings } from './made-findings';
import { madeContext, madeResult, randomResult } from './made-results';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`bundle.spec: fast-check seed ${SEED}`));

const schema: object = JSON.parse(
  readFileSync(
    join(__dirname, '../../../../schema/formats/bundle.v1.schema.json'),
    'utf8'
  )
) as object;
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);

function bundleOf(
  result: ReturnType<typeof randomResult>,
  maxBytes?: number
): Bundle {
  return buildBundle(buildDocument(result, madeContext()), result, {
    maxBytes
  });
}

/** As a notebook stores it: nbformat's json.dumps(indent=1), six levels deep. */
function inNotebook(bundle: unknown): number {
  const data = { 'application/vnd.giltracer.v1+json': bundle };
  const notebook = { cells: [{ outputs: [{ data }] }] };
  const empty = { cells: [{ outputs: [{ data: {} }] }] };
  const bytes = (value: unknown): number =>
    new TextEncoder().encode(JSON.stringify(value, null, 1)).length;
  // Without the key and the line breaks around it.
  return bytes(notebook) - bytes(empty) - 50;
}

function expectWithin(bundle: Bundle, maxBytes: number): void {
  const compact = new TextEncoder().encode(JSON.stringify(bundle)).length;
  expect(compact).toBeLessThanOrEqual(maxBytes);
  expect(inNotebook(bundle)).toBeLessThanOrEqual(maxBytes);
  expect(validate(bundle) ? [] : validate.errors).toEqual([]);
}

describe('a small run', () => {
  const result = madeResult(
    500,
    3_000_500,
    [
      {
        tid: 11,
        begin: 1_000_500,
        intervals: [
          [ThreadState.WaitingGil, 1_000_000],
          [ThreadState.RunningGil, 500_000]
        ]
      },
      {
        tid: 10,
        main: true,
        begin: 500,
        intervals: [
          [ThreadState.RunningGil, 2_000_000],
          [ThreadState.OffCpu, 1_000_000]
        ]
      }
    ],
    [{ thread: 0, start: 1_000_500, end: 2_000_500, holder: 1 }]
  );
  const bundle = bundleOf(result);

  it('keeps everything and says nothing', () => {
    expectWithin(bundle, BUNDLE_MAX_BYTES);
    expect(bundle.reductions).toEqual([]);
    expect(bundle.omitted).toBeUndefined();
  });

  it('reads back as drawn, times from the begin of the run', () => {
    const view = readBundle(JSON.parse(JSON.stringify(bundle)));
    expect(view.kind).toBe('result');
    expect(view.document?.threads.map(thread => thread.tid)).toEqual([10, 11]);
    expect(view.windows).toEqual([
      {
        start: 0,
        end: 3_000_000,
        tracks: [
          {
            thread: 0,
            start: Float64Array.of(0, 2_000_000),
            state: Uint8Array.of(1, 7),
            end: 3_000_000
          },
          {
            thread: 1,
            start: Float64Array.of(1_000_000, 2_000_000),
            state: Uint8Array.of(4, 1),
            end: 2_500_000
          }
        ]
      }
    ]);
    expect(view.overview?.lanes).toEqual([
      { threads: [0], count: 1 },
      { threads: [1], count: 1 }
    ]);
    expect(view.overview?.bucketNs).toBe(1465);
    expect(view.overview?.states).toEqual([1, 4, 7]);
  });

  it('takes the columns of a trace file as well', () => {
    const document = buildDocument(result, madeContext());
    expect(buildBundle(document, laneColumns(result))).toEqual(bundle);
  });

  it('refuses a budget in which nothing fits', () => {
    expect(() => bundleOf(result, BUNDLE_LEAST_BYTES - 1)).toThrow(RangeError);
    expect(() => bundleOf(result, NaN)).toThrow(RangeError);
  });
});

describe('the budget', () => {
  it.each([
    [1, 10],
    [1, 400_000],
    [2, 100_000],
    [16, 200_000],
    [120, 60_000],
    [1000, 20_000],
    [5000, 15_000]
  ])('holds for %d threads with %d random intervals', (threads, intervals) => {
    const bundle = bundleOf(randomResult(1, threads, intervals));
    expectWithin(bundle, BUNDLE_MAX_BYTES);
    readBundle(JSON.parse(JSON.stringify(bundle)));
    // Most of the budget is used as soon as something had to go.
    if (bundle.omitted?.threads) {
      expect(storedBytes(bundle)).toBeGreaterThan(0.9 * BUNDLE_MAX_BYTES);
    }
  });

  it('holds for any run and any budget, and every reduction is said', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: BUNDLE_LEAST_BYTES, max: 100_000 }),
        (seed, threads, intervals, maxBytes) => {
          const result = randomResult(seed, threads, intervals, 1e5);
          const bundle = bundleOf(result, maxBytes);
          expectWithin(bundle, maxBytes);
          const view = readBundle(JSON.parse(JSON.stringify(bundle)));
          const lanes = view.overview?.lanes ?? [];
          // No thread is lost from the lanes.
          expect(lanes.reduce((sum, lane) => sum + lane.count, 0)).toBe(
            threads
          );
          const said = bundle.reductions.join('\n');
          const { omitted } = bundle;
          expect(said.includes('share one lane')).toBe(lanes.length < threads);
          expect(said.includes('Threads:')).toBe(
            omitted?.threads !== undefined
          );
          expect(said.includes('Who made whom')).toBe(
            omitted?.blame !== undefined
          );
          expect(said.includes('Longest waits:')).toBe(
            omitted?.waits !== undefined
          );
          expect(said.includes('Lines:')).toBe(omitted?.lines !== undefined);
          expect(said.includes('Requests that')).toBe(
            omitted?.ignored !== undefined
          );
          expect(said.includes('Waits for locks:')).toBe(
            omitted?.locks !== undefined
          );
          expect(bundle.threads.length + (omitted?.threads ?? 0)).toBe(threads);
        }
      ),
      { seed: SEED, numRuns: 15 }
    );
  });

  it('holds for texts of any length', () => {
    const result = randomResult(2, 60, 600);
    const context = madeContext(
      result.threads.map(({ tid }) => [tid, '\u{1f40d}'.repeat(5000)] as const)
    );
    const packages = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`package-${i}`, '1.2.3é'])
    );
    const document = buildDocument(result, {
      ...context,
      run: {
        ...context.run,
        name: '"\n'.repeat(99_999),
        message: 'ü'.repeat(99_999)
      },
      capture: {
        ...context.capture,
        environment: { packages, build_flags: "'--x' ".repeat(9999) }
      }
    });
    for (const maxBytes of [BUNDLE_MAX_BYTES, 50_000]) {
      const bundle = buildBundle(document, result, { maxBytes });
      expectWithin(bundle, maxBytes);
      readBundle(bundle);
      expect(bundle.reductions.join()).toContain('packages leaves out');
    }
  });

  it('holds for findings of any length, and keeps the first', () => {
    const result = randomResult(2, 60, 6000);
    const { findings, what_if: whatIf } = madeFindings();
    const [finding] = findings;
    const name = '\u{1f40d}'.repeat(5000);
    const document = {
      ...buildDocument(result, madeContext()),
      findings: Array.from({ length: 200 }, (_, index) => ({
        ...finding,
        text: `${index} ${finding.text} ${name}`,
        remedy: name,
        evidence: [
          ...finding.evidence,
          { from: 1000, to: 2000, table: 'lines' as const }
        ].map(each => ({ ...each, line: { file: name, line: 1 } }))
      })),
      what_if: Array.from({ length: 200 }, () => ({
        ...whatIf[0],
        assumptions: Array.from({ length: 50 }, () => name)
      }))
    };
    for (const maxBytes of [BUNDLE_MAX_BYTES, BUNDLE_LEAST_BYTES]) {
      const bundle = buildBundle(document, result, { maxBytes });
      expectWithin(bundle, maxBytes);
      const view = readBundle(JSON.parse(JSON.stringify(bundle)));
      const [first, ...others] = view.document?.findings ?? [];
      expect(first.text.startsWith(`0 ${finding.text}`)).toBe(true);
      // The number that was cut off with the text's end is no longer pointed at.
      expect(first.evidence.map(({ from, to }) => [from, to])).toEqual(
        maxBytes === BUNDLE_MAX_BYTES
          ? finding.evidence.map(({ from, to }) => [from, to])
          : []
      );
      expect(others.length).toBeLessThan(20);
    }
  });

  it('keeps findings and what-ifs as they are where there is room', () => {
    const result = randomResult(2, 6, 600);
    const document = {
      ...buildDocument(result, madeContext()),
      ...madeFindings()
    };
    const bundle = buildBundle(document, result);
    expectWithin(bundle, BUNDLE_MAX_BYTES);
    expect(bundle.findings).toEqual(madeFindings().findings);
    expect(bundle.what_if).toEqual(madeFindings().what_if);
  });

  it('keeps the threads that waited most, and folds the others', () => {
    const quiet = Array.from({ length: 2000 }, (_, i) => ({
      tid: 100 + i,
      begin: 0,
      intervals: [[ThreadState.OffCpu, 1e9]] as const
    }));
    const waits = quiet.map((_, i) => ({ ...quiet[i] }));
    waits[1234] = {
      ...waits[1234],
      intervals: [[ThreadState.WaitingGil, 1e9]] as never
    };
    waits[1999] = { ...waits[1999], main: true } as never;
    const bundle = bundleOf(madeResult(0, 1e9, waits));
    const tids = bundle.threads.map(thread => thread.tid);
    expect(tids[0]).toBe(2099);
    expect(tids).toContain(1334);
    const own = bundle.overview.lanes.slice(0, -1).flat();
    expect(own.map(index => bundle.threads[index].tid)).toEqual(
      expect.arrayContaining([2099, 1334])
    );
  });
});

describe('windows', () => {
  it('hold exactly the intervals of the result', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.boolean(),
        (seed, threads, intervals, small) => {
          const result = randomResult(seed, threads, intervals, 1e6);
          const bundle = bundleOf(result, small ? 30_000 : undefined);
          const { windows } = readBundle(JSON.parse(JSON.stringify(bundle)));
          const { tracks } = laneColumns(result);
          // Rows of the table are those of the result only if none was left out.
          fc.pre(bundle.omitted?.threads === undefined);
          for (const window of windows) {
            for (const track of window.tracks) {
              expect(listed(track)).toEqual(
                clipped(
                  tracks[track.thread],
                  result.begin,
                  window.start,
                  window.end
                )
              );
            }
          }
        }
      ),
      { seed: SEED, numRuns: 30 }
    );
  });

  it('surround the longest waits of a large run', () => {
    const intervals = Array.from(
      { length: 400_000 },
      (_, i) =>
        [
          i % 2 ? ThreadState.WaitingGil : ThreadState.RunningGil,
          i === 200_001 ? 3_000_000 : 10_000 + ((i * 7919) % 1000)
        ] as const
    );
    const start = intervals
      .slice(0, 200_001)
      .reduce((sum, [, duration]) => sum + duration, 0);
    const result = madeResult(
      0,
      intervals.reduce((sum, [, duration]) => sum + duration, 0),
      [{ tid: 1, main: true, begin: 0, intervals }],
      [{ thread: 0, start, end: start + 3_000_000, holder: -1 }]
    );
    const bundle = bundleOf(result);
    expect(bundle.windows).toHaveLength(1);
    expect(bundle.windows[0].start_ns).toBe(start - 2_000_000);
    expect(bundle.windows[0].end_ns).toBe(start + 5_000_000);
    expect(bundle.reductions).toEqual([
      'Single intervals are kept around the 1 longest wait (0.2 % of the run); elsewhere there is the overview.'
    ]);
  });
});

function listed(track: WindowTrack): number[][] {
  return Array.from(track.start, (start, i) => [
    start,
    i + 1 < track.start.length ? track.start[i + 1] : track.end,
    track.state[i]
  ]);
}

function clipped(
  track: {
    length: number;
    start: Float64Array;
    state: Uint8Array;
    end: number;
  },
  begin: number,
  from: number,
  to: number
): number[][] {
  const out: number[][] = [];
  for (let i = 0; i < track.length; i++) {
    const end = i + 1 < track.length ? track.start[i + 1] : track.end;
    const start = Math.max(track.start[i] - begin, from);
    const stop = Math.min(end - begin, to);
    if (stop > start) {
      out.push([start, stop, track.state[i]]);
    }
  }
  return out;
}

describe('placeholder', () => {
  it('holds the run only', () => {
    const { run } = madeContext();
    const made = placeholder({ ...run, state: 'running' });
    expect(validate(made)).toBe(true);
    expect(readBundle(made)).toEqual({
      kind: 'placeholder',
      run: { ...run, state: 'running' },
      windows: [],
      reductions: [],
      omitted: {}
    });
  });
});
