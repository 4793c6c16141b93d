/**
 * Bundles that somebody made to do harm: each field of a real one in turn becomes markup, a number that no run has, a
 * deep or a long value, or something of another type. The reader either says in one line why it can't show
 * the result, or shows it; nothing of it becomes an element, a style or a script.
 */
import { buildBundle } from '../../core/trace/build-bundle';
import { buildDocument } from '../../core/trace/build-document';
import {
  chance,
  madeContext,
  randomResult
} from '../../core/trace/__tests__/made-results';
import { BundleError, readBundle } from '../../core/trace/read-bundle';
import type { BundleView } from '../../core/trace/bundle-view';
import { RunView } from '../run-view';
import { RecordedContext } from './recorded-canvas';

const SEED = Number(process.env.GILTRACER_SEED ?? Date.now() % 1e6);
/** What is drawn takes most of the time; a case that is not drawn for want of it is at least read. */
const DRAW_FOR_MS = 4000;
const MARK = 'giltracerhostile';

/** The bundle of a run by chance, with what a run of every kind may have. */
function realBundle(): Record<string, unknown> {
  const result = randomResult(3, 4, 120);
  const context = madeContext([[1, 'worker']]);
  const bundle = buildBundle(buildDocument(result, context), result);
  const line = { file: 'a.py', line: 3, function: 'f', cell: 'c', task: 't' };
  const [wait] = bundle.waits;
  return JSON.parse(
    JSON.stringify({
      ...bundle,
      run: { ...bundle.run, message: 'partly', kernel_id: 'k', name: 'n' },
      capture: {
        ...bundle.capture,
        hits: 10,
        ns_per_hit: 900,
        overhead_percent: 1,
        lengthened_holds_ns: 10,
        reader_cpu_percent: 3,
        line_samples: { count: 4, period_ns: 5 },
        shed: { at_ns: 5, resumed_ns: 6, max_overhead_percent: 1 },
        over_limit: { at_ns: 5, max_overhead_percent: 1, reason: 'busy' },
        instead_of: { mode: 'full', reason: 'no perf' },
        environment: { packages: { numpy: '1' }, cpus_usable: 2 }
      },
      waits: [
        {
          ...wait,
          line,
          holder_line: line,
          stack: [line],
          holder_stack: [line],
          waker_tid: wait.tid,
          chain: [{ tid: wait.tid, from_ns: 1, duration_ns: 2 }]
        },
        ...bundle.waits.slice(1)
      ],
      blame: [
        {
          waiter: { ...line, tid: wait.tid },
          holder: { ...line, tid: wait.tid + 1 },
          wait_ns: 5,
          count: 1
        },
        ...bundle.blame
      ],
      lines: [
        {
          ...line,
          made_wait_ns: 5,
          held_ns: 3,
          held_error_ns: 1,
          samples: 2,
          waited_ns: 1,
          waits: 1,
          released_ns: 1,
          total_held_ns: 4,
          total_waited_ns: 2,
          total_released_ns: 3
        }
      ],
      ignored: [
        {
          ...line,
          tid: wait.tid,
          native_function: 'g',
          library: 'l.so',
          wanted_ns: 5,
          holds: 1,
          requests: 2
        }
      ],
      locks: [{ ...line, tid: wait.tid, wait_ns: 5, count: 1 }],
      collections: {
        count: 1,
        total_ns: 2,
        longest_ns: 2,
        longest: [{ tid: wait.tid, start_ns: 1, duration_ns: 2 }]
      },
      findings: [
        {
          kind: 'gil-bound',
          text: 'It took 5 ms.',
          evidence: [
            {
              from: 8,
              to: 12,
              table: 'lines',
              line,
              tid: wait.tid,
              range_ns: { from: 1, to: 5 }
            }
          ],
          remedy: 'Do less.'
        },
        { kind: 'convoy', text: 'More.', evidence: [], remedy: 'Wait.' }
      ],
      what_if: [
        {
          change: { kind: 'release', line },
          low_ns: 1,
          high_ns: 3,
          assumptions: ['Nothing else changes.']
        }
      ],
      omitted: { threads: 1, blame: 2, waits: 1, lines: 1 },
      reductions: ['less'],
      sidecar: { path: 'a.giltrace', sha256: 'a'.repeat(64), size: 5 }
    })
  ) as Record<string, unknown>;
}

function deep(): unknown {
  let value: unknown = 'end';
  for (let i = 0; i < 20_000; i++) {
    value = i % 2 === 0 ? [value] : { value };
  }
  return value;
}

const TEXTS: readonly string[] = [
  `<img src=x onerror="window.${MARK}=1">`,
  `"><script>window.${MARK}=1</script><svg onload=window.${MARK}=1>`,
  `javascript:window.${MARK}=1`,
  `red; background: url(https://${MARK}.example/); --giltracer-text: red`,
  `} * { display: none } /* ${MARK} */ expression(${MARK})`,
  '\u202e\u0000\u0007%1 %2 \ud800 =1+1',
  '__proto__'
];

const VALUES: readonly unknown[] = [
  ...TEXTS,
  'x'.repeat(200_000),
  '',
  -1,
  -1e308,
  1.5,
  Number.MAX_SAFE_INTEGER,
  1e300,
  // As JSON has it: 1e999.
  Infinity,
  -Infinity,
  NaN,
  0,
  null,
  true,
  [],
  {},
  [[[]]],
  { toString: 'x', length: 1e9, tid: {} },
  deep()
];

type Path = readonly (string | number)[];

/** Every field; of a list the first entry stands for all. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const below =
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value)
          .slice(0, Array.isArray(value) ? 1 : undefined)
          .flatMap(([key, entry]) => pathsOf(entry, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  if (path.length === 0) {
    return by;
  }
  const [key, ...rest] = path;
  const copy: unknown = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  const fields = copy as Record<string | number, unknown>;
  fields[key] = replaced(fields[key], rest, by);
  return copy;
}

/** What of the page a text may have got into. */
function harm(node: HTMLElement): string[] {
  // The lanes' own drawing of a chain of holders is the one svg that belongs here.
  const elements = node.querySelectorAll(
    'img, script, iframe, svg:not(.giltracer-Chain), a, link, style, object, embed, base, form'
  );
  const found = Array.from(elements, each => each.tagName);
  for (const each of node.querySelectorAll('*')) {
    for (const { name, value } of each.attributes) {
      const risky = /^(on|src|href|action|formaction|id$|xlink)/.test(name);
      const styled = ['style', 'class'].includes(name);
      if (
        risky ||
        (styled && new RegExp(`url|expression|${MARK}`, 'i').test(value))
      ) {
        found.push(`${name}=${value.slice(0, 80)}`);
      }
    }
  }
  if (MARK in window) {
    found.push('a script ran');
  }
  return found;
}

beforeAll(() => {
  console.info(`hostile.spec: seed ${SEED}`);
});

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['performance', 'Date'] });
  Element.prototype.scrollIntoView = jest.fn();
  jest.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(200);
  jest
    .spyOn(HTMLCanvasElement.prototype, 'getContext')
    .mockImplementation(
      () => new RecordedContext(new Map()) as unknown as RenderingContext
    );
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

interface Case {
  readonly where: string;
  readonly json: unknown;
}

function cases(): Case[] {
  const bundle = realBundle();
  const all = pathsOf(bundle).flatMap(path =>
    VALUES.map((value, index): Case => ({
      where: `${path.join('.')} = value ${index}`,
      json: replaced(bundle, path, value)
    }))
  );
  const random = chance(SEED);
  return all
    .map(each => ({ each, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ each }) => each);
}

/** The view; undefined if the bundle was refused, in one short line. */
function read({ where, json }: Case): BundleView | undefined {
  try {
    return readBundle(json);
  } catch (error) {
    if (!(error instanceof BundleError)) {
      throw new Error(`${where}: ${String(error)}`);
    }
    if (error.message.includes('\n') || error.message.length > 400) {
      throw new Error(`${where}: no short line: ${error.message}`);
    }
    return undefined;
  }
}

it('draws the bundle as it is', () => {
  const view = new RunView();
  document.body.append(view.node);
  view.show(readBundle(realBundle()));
  jest.advanceTimersByTime(1000);
  expect(view.node.querySelectorAll('tbody tr').length).toBeGreaterThan(5);
  expect(harm(view.node)).toEqual([]);
  view.dispose();
  view.node.remove();
});

/** Show it, pick something of it, and look for harm. */
function draw(where: string, bundle: BundleView): void {
  const view = new RunView();
  document.body.append(view.node);
  try {
    view.show(bundle);
    for (const row of view.node.querySelectorAll<HTMLElement>(
      'tbody tr:first-child'
    )) {
      row.click();
    }
    for (const link of view.node.querySelectorAll<HTMLElement>(
      '.giltracer-Evidence'
    )) {
      link.click();
    }
    jest.advanceTimersByTime(500);
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).stack ?? ''}`);
  }
  const found = harm(view.node);
  if (found.length > 0) {
    throw new Error(`${where}: ${found.join(', ')}`);
  }
  view.dispose();
  view.node.remove();
}

it.each(VALUES.map((value, index) => [index, value] as const))(
  'shows value %i in all fields that take it',
  (index, value) => {
    let json: unknown = realBundle();
    for (const path of pathsOf(json)) {
      const changed = replaced(json, path, value);
      const where = `${path.join('.')} = value ${index}`;
      if (read({ where, json: changed }) !== undefined) {
        json = changed;
      }
    }
    draw(`value ${index}`, readBundle(json));
  }
);

it('refuses or shows whatever stands in one field, and runs nothing of it', () => {
  const all = cases();
  expect(all.length).toBeGreaterThan(2000);
  let drawn = 0;
  let slowest = 0;
  const started = performance.now();
  for (const each of all) {
    const before = performance.now();
    const bundle = read(each);
    if (bundle !== undefined && before - started < DRAW_FOR_MS) {
      draw(each.where, bundle);
      drawn++;
    }
    slowest = Math.max(slowest, performance.now() - before);
  }
  console.info(`hostile.spec: ${drawn} drawn, ${all.length} read`);
  expect(drawn).toBeGreaterThan(0);
  expect(slowest).toBeLessThan(5000);
}, 60_000);
