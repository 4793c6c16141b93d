/** What a sampled run says in every form: estimates with their errors, and nothing that it can't know. */
import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { reportHtml } from '../../export/html';
import { reportText } from '../../export/text';
import { WaitKind } from '../../threads/result';
import { analysed } from '../../threads/sampled/__tests__/strips';
import { buildBundle } from '../build-bundle';
import { buildDocument } from '../build-document';
import { readBundle } from '../read-bundle';
import { readTraceFile } from '../read-trace-file';
import { traceFilePieces } from '../trace-file';
import { joinedPieces } from './joined-pieces';
import { madeContext } from './made-results';

const MS = 1_000_000;

const result = analysed({
  threads: [
    'HHHHHHHHwwwwwwwwHHHHrrrr____',
    'wwwwwwwwHHHHHHHHllllllllllll',
    '____________________________'
  ],
  holderStacks: '1122112233443344556655  '.padEnd(28),
  stacks: ['7'.repeat(28), '8'.repeat(28), '9'.repeat(28)]
});
const context = madeContext();
const REASON = 'perf was not found. Install it: apt install linux-perf';
const document = buildDocument(result, {
  ...context,
  capture: {
    mode: 'sample',
    python: '3.11.7',
    free_threaded: false,
    gil_enabled: true,
    events: 84,
    lost: 0,
    lock_waits: true,
    collections: false,
    sampling: {
      rounds: 28,
      period_ns: MS,
      readings: 84,
      thread_period_ns: 2 * MS,
      dropped: 3,
      unread_ns: 5 * MS,
      cpu_percent: 4.2
    },
    instead_of: { mode: 'full', reason: REASON },
    environment: {}
  }
});
const [first, second] = document.threads;

it('times of threads have errors, counts are absent', () => {
  expect(first.states_ns).toMatchObject({
    'running-gil': 12 * MS,
    'waiting-gil': 8 * MS,
    running: 4 * MS,
    'off-cpu': 4 * MS
  });
  expect(Object.keys(first.states_error_ns ?? {}).sort()).toEqual(
    Object.keys(first.states_ns).sort()
  );
  expect(first.has_gil_percent).toBeCloseTo((100 * 12) / 28, 2);
  expect(first.has_gil_error_percent).toBeGreaterThan(0);
  expect(second.no_gil_asleep_error_percent).toBeGreaterThan(0);
  expect(first.asleep_ns).toEqual({ pause: 4 * MS });
  expect(first).not.toHaveProperty('waits');
  expect(first).not.toHaveProperty('forced_switches');
  expect(first.wanted_holds_ns).toBe(8 * MS);
});

it('who made whom wait', () => {
  expect(document.blame.length).toBeGreaterThan(0);
  for (const row of document.blame) {
    expect(row).not.toHaveProperty('count');
    expect(row.wait_error_ns).toBeGreaterThan(0);
  }
  const waited = document.blame.reduce((sum, row) => sum + row.wait_ns, 0);
  expect(waited).toBe(16 * MS);
});

it('lines', () => {
  for (const row of document.lines) {
    expect(row).not.toHaveProperty('waits');
    for (const key of [
      'made_wait_error_ns',
      'held_error_ns',
      'waited_error_ns',
      'released_error_ns',
      'total_held_error_ns',
      'total_waited_error_ns',
      'total_released_error_ns',
      'held_while_wanted_error_ns',
      'total_held_while_wanted_error_ns'
    ] as const) {
      expect(row[key]).toBeGreaterThan(0);
    }
  }
  const held = document.lines.reduce((sum, row) => sum + (row.held_ns ?? 0), 0);
  expect(held).toBe(20 * MS);
  expect(document.lines.find(({ line }) => line === 8)?.waited_ns).toBe(8 * MS);
});

it('waits for the GIL and for locks', () => {
  expect(document.waits.map(wait => wait.kind)).toEqual(['sampled', 'sampled']);
  for (const wait of document.waits) {
    expect(wait).not.toHaveProperty('ignored');
    expect(wait).not.toHaveProperty('waker_tid');
    expect(wait.holder_tid).toBeDefined();
  }
  expect(document.locks).toMatchObject([
    { tid: 101, file: 'f.py', line: 8, function: 'f', wait_ns: 12 * MS }
  ]);
  const error = document.locks[0].wait_error_ns ?? 0;
  // It begins and ends between two readings, 1 ms apart.
  expect(error).toBeGreaterThan(2 * MS);
  expect(error).toBeLessThan(6 * MS);
});

it('nothing that only events tell', () => {
  expect(document).not.toHaveProperty('collections');
  expect(document.capture).not.toHaveProperty('short_waits');
  expect(document.capture).not.toHaveProperty('overhead_percent');
});

it('a bundle keeps all of it, and older readers ask for an update', () => {
  const bundle = buildBundle(document, result);
  const schema = JSON.parse(
    readFileSync(
      join(__dirname, '../../../../schema/formats/bundle.v1.schema.json'),
      'utf8'
    )
  ) as object;
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
  expect(validate(bundle) ? [] : validate.errors).toEqual([]);
  expect(bundle.version).toBe(3);
  const view = readBundle(JSON.parse(JSON.stringify(bundle)));
  expect(view.document).toEqual(document);
});

it('a trace file keeps all of it', async () => {
  const bytes = await joinedPieces(
    traceFilePieces({ document, result, origin: 5n })
  );
  const trace = readTraceFile(bytes);
  expect(trace.document).toEqual(document);
  const { waits } = trace.columns;
  expect(Array.from(waits.kind)).toEqual([WaitKind.Sampled, WaitKind.Sampled]);
  expect(Array.from(waits.ignored)).toEqual([0, 0]);
});

it('text and HTML say what it is, why, and how sure', () => {
  const text = reportText(document);
  expect(text).toContain('mode sample (sampled)');
  expect(text).toContain(
    '28 rounds, every 1.00 ms · each thread every 2.00 ms'
  );
  expect(text).toContain('reading took 4.2 % of a CPU');
  expect(text).toContain(
    `! Sampled: mode full, which sees each take and wait, is not possible here: ${REASON}`
  );
  expect(text).toContain('all times are estimates, ± is the 95 % interval');
  expect(text).toContain('3 readings were dropped');
  expect(text).toContain('For 5.00 ms nothing was read');
  expect(text).toMatch(/t0 slept 4\.00 ms ± [\d.]+ ms in a pause/);
  expect(text).toMatch(/waited 12\.0 ms ± [\d.]+ ms for a lock/);
  expect(text).toMatch(/42\.9 ± \d/);
  expect(text).toMatch(/made t1 at f\.py:8 in f wait [\d.]+ ms ± [\d.]+ ms$/m);
  expect(text).toMatch(/< [\d.]+ ms/);
  expect(text).not.toMatch(/\d waits?\b/);
  const html = reportHtml(document);
  expect(html).toContain('perf was not found');
  expect(html).toMatch(/±/);
});

it('where nobody waits it claims no more than it saw', () => {
  const alone = analysed({ threads: ['H'.repeat(20)] });
  const { capture } = document;
  const { environment, ...facts } = capture;
  const text = reportText(
    buildDocument(alone, {
      ...context,
      capture: { ...facts, environment }
    })
  );
  expect(text).toContain('No thread was seen to wait for the GIL.');
});
