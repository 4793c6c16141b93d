import fc from 'fast-check';
import { deflateSync } from 'fflate';

import type { Finding } from '../../findings/finding';
import { buildBundle } from '../build-bundle';
import { buildDocument } from '../build-document';
import type { Bundle } from '../bundle';
import { decodeBase64, encodeBase64, unpackBytes } from '../packed-bytes';
import { BundleError, readBundle } from '../read-bundle';
import { madeFindings } from './made-findings';
import { madeContext, randomResult } from './made-results';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`read-bundle.spec: fast-check seed ${SEED}`));

function goodBundle(): Bundle {
  const result = randomResult(5, 3, 300);
  const document = {
    ...buildDocument(result, madeContext()),
    ...madeFindings()
  };
  const bundle = buildBundle(document, result);
  return JSON.parse(JSON.stringify(bundle)) as Bundle;
}

/** Reads within the limits that every bundle must keep. */
function expectRefused(json: unknown, reason?: RegExp): void {
  const before = process.memoryUsage();
  const began = performance.now();
  let error: unknown;
  try {
    readBundle(json);
  } catch (caught) {
    error = caught;
  }
  const after = process.memoryUsage();
  expect(error).toBeInstanceOf(BundleError);
  const { message } = error as BundleError;
  expect(message).not.toContain('\n');
  if (reason) {
    expect(message).toMatch(reason);
  }
  expect(performance.now() - began).toBeLessThan(1000);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(50 << 20);
}

function bomb(bytes: number): string {
  return encodeBase64(deflateSync(new Uint8Array(bytes), { level: 9 }));
}

describe('readBundle', () => {
  it('ignores keys that it does not know', () => {
    const good = goodBundle();
    const view = readBundle({ ...good, later: { deep: [1] } });
    expect(view).toEqual(readBundle(good));
  });

  it('reads a bundle of the first version, which knew no lines', () => {
    const first = goodBundle();
    const view = readBundle({
      ...first,
      lines: undefined,
      ignored: undefined,
      locks: undefined,
      collections: undefined,
      blame: first.blame.map(({ waiter, holder, ...sums }) => ({
        waiter: { tid: waiter.tid },
        ...(holder && { holder: { tid: holder.tid } }),
        ...sums
      }))
    });
    expect(view.document?.lines).toEqual([]);
    expect(view.document?.ignored).toEqual([]);
    expect(view.document?.locks).toEqual([]);
    expect(view.document?.collections).toBeUndefined();
    expect(Object.keys(view.document?.blame[0].waiter ?? {})).toEqual(['tid']);
  });

  it('gives back every key of the document', () => {
    const bundle = goodBundle();
    const { document } = readBundle(bundle);
    const keys = Object.fromEntries(
      Object.entries(bundle).filter(([key]) => key in (document ?? {}))
    );
    expect(document).toEqual(keys);
    expect(Object.keys(keys)).toEqual(
      expect.arrayContaining([
        'lines',
        'ignored',
        'locks',
        'collections',
        'findings',
        'what_if'
      ])
    );
  });

  it('shows findings of a kind that it does not know, and drops what it can’t place', () => {
    const bundle = goodBundle();
    const [finding] = bundle.findings ?? [];
    const [evidence] = finding.evidence;
    const { document } = readBundle({
      ...bundle,
      findings: [
        {
          ...finding,
          kind: 'full moon',
          evidence: [{ ...evidence, table: 'tides' }, finding.evidence[1]]
        }
      ],
      what_if: [
        { change: { kind: 'moon' }, low_ns: 1, high_ns: 2, assumptions: [] },
        ...(bundle.what_if ?? [])
      ]
    });
    expect(document?.findings).toEqual([
      { ...finding, kind: 'other', evidence: [finding.evidence[1]] }
    ]);
    expect(document?.what_if).toEqual(bundle.what_if);
  });

  it('gives back what became of a limit of the cost', () => {
    const bundle = goodBundle();
    bundle.capture.over_limit = {
      at_ns: 1,
      max_overhead_percent: 5,
      reason: 'perf ended early'
    };
    const { document } = readBundle(bundle);
    expect(document?.capture.over_limit).toEqual(bundle.capture.over_limit);
    expect(document?.capture.reader_cpu_percent).toBe(12.4);
  });

  it('names a newer version', () => {
    expectRefused({ ...goodBundle(), version: 4 }, /newer giltracer/);
  });

  it.each([
    ['null', null, /not an object/],
    ['a list', [], /not an object/],
    ['a text', '{}', /not an object/],
    ['another format', { format: 'x', version: 1 }, /format/],
    ['no run', { format: 'giltracer-bundle', version: 1 }, /run/]
  ])('refuses %s', (_, json, reason) => {
    expectRefused(json, reason);
  });

  const wrong: [string, (bundle: Bundle) => void, RegExp][] = [
    ['markup as id', b => (b.run.id = '<img src=x>'), /run\.id/],
    ['a path as id', b => (b.run.id = '../..'), /run\.id/],
    ['negative time', b => (b.capture.duration_ns = -1), /duration_ns/],
    ['NaN', b => (b.capture.overhead_percent = NaN), /overhead_percent/],
    ['Infinity', b => (b.threads[0].duration_ns = Infinity), /duration_ns/],
    ['1e300', b => (b.waits[0].start_ns = 1e300), /start_ns/],
    ['a fraction', b => (b.threads[0].tid = 1.5), /tid/],
    ['huge percentage', b => (b.threads[0].no_gil_percent = 1e9), /percent/],
    ['a long text', b => (b.run.name = 'x'.repeat(2000)), /run\.name/],
    ['unknown state', b => (b.overview.states[0] = 'x' as never), /states/],
    [
      'a state twice',
      b => (b.overview.states[0] = b.overview.states[1]),
      /twice/
    ],
    ['a lane of nobody', b => (b.overview.lanes[0] = [99]), /lanes/],
    ['a thread in two lanes', b => (b.overview.lanes[0] = [1]), /twice/],
    ['no bucket', b => (b.overview.buckets = 0), /bucket/],
    ['many buckets', b => (b.overview.buckets = 2 ** 40), /buckets/],
    ['more buckets', b => (b.overview.buckets += 1), /shares/],
    ['fewer buckets', b => (b.overview.buckets -= 1), /shares/],
    ['no base64', b => (b.overview.shares = '*'.repeat(8)), /shares/],
    [
      'half base64',
      b => (b.overview.shares = b.overview.shares.slice(1)),
      /shares/
    ],
    ['nothing packed', b => (b.overview.shares = ''), /shares/],
    ['a wrong sum', b => (b.overview.shares = bombOfOnes(b)), /sum/],
    ['a bomb', b => (b.overview.shares = bomb(1 << 26)), /shares/],
    [
      'a bomb of times',
      b => (b.windows[0].tracks[0].starts = bomb(1 << 26)),
      /starts/
    ],
    [
      'a bomb with its count',
      b => {
        b.windows[0].tracks[0].starts = bomb(1 << 26);
        b.windows[0].tracks[0].count = 1_000_000;
      },
      /tracks/
    ],
    ['a huge count', b => (b.windows[0].tracks[0].count = 2 ** 50), /many/],
    ['a wrong count', b => (b.windows[0].tracks[0].count -= 1), /tracks/],
    ['no such thread', b => (b.windows[0].tracks[0].thread = 3), /thread/],
    ['an early end', b => (b.windows[0].tracks[0].end_ns = 1), /order/],
    ['a late end', b => (b.windows[0].tracks[0].end_ns *= 10), /end_ns/],
    ['windows that overlap', b => b.windows.push(b.windows[0]), /behind/],
    [
      'an endless number',
      b => {
        const endless = new Uint8Array(800).fill(128);
        b.windows[0].tracks[0].starts = encodeBase64(deflateSync(endless));
      },
      /starts/
    ],
    ['no window list', b => (b.windows = 'x' as never), /windows/],
    ['a line that is a list', b => (b.lines = [[]] as never), /lines\[0\]/],
    ['a line without a file', b => (b.lines[0].file = 1 as never), /file/],
    ['a negative line', b => (b.lines[0].line = -1), /line/],
    ['half a sample', b => (b.lines[0].samples = 0.5), /samples/],
    ['a long function', b => (b.lines[0].function = 'f'.repeat(2000)), /func/],
    ['endless waiting', b => (b.lines[0].made_wait_ns = 1e300), /made_wait/],
    ['a side that is no line', b => (b.blame[0].waiter.line = 0.1), /line/],
    ['a cell as number', b => (b.blame[0].waiter.cell = 1 as never), /cell/],
    [
      'a stack without end',
      b =>
        (b.waits[0].stack = Array.from({ length: 17 }, () => ({
          file: 'a',
          line: 1
        }))),
      /stack.*16/
    ],
    [
      'a frame that is none',
      b => (b.waits[0].holder_stack = ['<b>'] as never),
      /holder_stack\[0\]/
    ],
    [
      'a chain without end',
      b =>
        (b.waits[0].chain = Array.from({ length: 9 }, () => ({
          from_ns: 1,
          duration_ns: 1
        }))),
      /chain.*8/
    ],
    [
      'a link that goes back',
      b => (b.waits[0].chain = [{ from_ns: 1, duration_ns: -1 }]),
      /duration_ns/
    ],
    ['ignored requests as text', b => (b.ignored = 'x' as never), /ignored/],
    [
      'a symbol that is an object',
      b =>
        (b.ignored = [
          {
            tid: 1,
            wanted_ns: 1,
            holds: 1,
            requests: 1,
            native_function: {} as never
          }
        ]),
      /native_function/
    ],
    [
      'a lock of nobody',
      b => (b.locks = [{ wait_ns: 1, count: 1 } as never]),
      /locks\[0\]\.tid/
    ],
    [
      'collections without a count',
      b => (b.collections = { total_ns: 1, longest_ns: 1 } as never),
      /^This .*: collections\.count/
    ],
    [
      'samples without a period',
      b => (b.capture.line_samples = { count: 1, period_ns: NaN }),
      /line_samples\.period_ns/
    ],
    [
      'watchpoints that say nothing of waits',
      b => (b.capture.watch = { wait_starts: true } as never),
      /watch\.forced_switches/
    ],
    ['hits below none', b => (b.capture.hits = -1), /hits/],
    [
      'a gap without an end',
      b => (b.capture.shed = { at_ns: 1, max_overhead_percent: 1 } as never),
      /shed\.resumed_ns/
    ],
    [
      'a passed limit without a reason',
      b =>
        (b.capture.over_limit = { at_ns: 1, max_overhead_percent: 1 } as never),
      /over_limit\.reason/
    ],
    [
      'holds of a negative time',
      b => (b.threads[0].wanted_holds_ns = -5),
      /wanted_holds_ns/
    ],
    ['findings that are a text', b => (b.findings = 'x' as never), /findings/],
    [
      'findings without end',
      b => (b.findings = Array(101).fill(firstFinding(b)) as never),
      /findings has more than 100/
    ],
    [
      'a finding without a sentence',
      b => delete (firstFinding(b) as { text?: string }).text,
      /findings\[0\]\.text/
    ],
    [
      'a sentence without end',
      b => (firstFinding(b).text = 'x'.repeat(5000)),
      /findings\[0\]\.text is longer/
    ],
    [
      'a remedy that is a list',
      b => (firstFinding(b).remedy = [] as never),
      /remedy/
    ],
    [
      'a number behind the sentence',
      b => (firstFinding(b).evidence[1].to = firstFinding(b).text.length + 1),
      /evidence\[1\]\.to/
    ],
    [
      'a number before the sentence',
      b => (firstFinding(b).evidence[0].from = -1),
      /evidence\[0\]\.from/
    ],
    [
      'numbers that overlap',
      b =>
        (firstFinding(b).evidence[1].from = firstFinding(b).evidence[0].to - 1),
      /evidence\[1\] is not behind/
    ],
    [
      'a number of no characters',
      b => (firstFinding(b).evidence[0].to = firstFinding(b).evidence[0].from),
      /evidence\[0\] is not behind/
    ],
    [
      'a number of a line without a file',
      b => (firstFinding(b).evidence[0].line = { line: 1 } as never),
      /evidence\[0\]\.line\.file/
    ],
    [
      'a span that goes back',
      b => (firstFinding(b).evidence[0].range_ns = { from: 2, to: 1 }),
      /range_ns ends before/
    ],
    [
      'a replay that is longer at least than at most',
      b => ((b.what_if ?? [])[0].low_ns = 1e12),
      /what_if\[0\]\.high_ns/
    ],
    [
      'a change of no line',
      b => ((b.what_if ?? [])[0].change = { kind: 'release' } as never),
      /what_if\[0\]\.change\.line/
    ],
    [
      'assumptions that are no text',
      b => ((b.what_if ?? [])[0].assumptions = [1] as never),
      /assumptions\[0\]/
    ],
    ['rows left out by half', b => (b.omitted = { lines: 0.5 }), /omitted/],
    [
      'a bad sum',
      b => (b.sidecar = { path: 'x', sha256: 'y', size: 1 }),
      /sha256/
    ]
  ];
  it.each(wrong)('refuses %s', (_, damage, reason) => {
    const bundle = goodBundle();
    damage(bundle);
    expectRefused(bundle, reason);
  });

  it('refuses what is nested without end', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) {
      deep = [deep];
    }
    expectRefused({ ...goodBundle(), threads: deep });
    expectRefused({ ...goodBundle(), overview: { lanes: deep } });
  });

  it('does not take on names of the prototype', () => {
    const hostile = JSON.parse(
      '{"__proto__":{"polluted":1},"numpy":"1","constructor":"2"}'
    ) as Record<string, string>;
    const bundle = goodBundle();
    bundle.capture.environment.packages = hostile;
    expectRefused(bundle, /packages/);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('throws nothing but BundleError for any damage', () => {
    const good = JSON.stringify(goodBundle());
    const paths = pathsOf(JSON.parse(good));
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(paths.length - 1),
            fc.oneof(
              fc.anything(),
              fc.constantFrom(-1, 2 ** 53, 1e308, NaN, '', '<b>', null),
              fc.base64String({ maxLength: 200 })
            )
          ),
          { minLength: 1, maxLength: 3 }
        ),
        changes => {
          const bundle: unknown = JSON.parse(good);
          for (const [index, value] of changes) {
            setAt(bundle, paths[index], value);
          }
          try {
            readBundle(bundle);
          } catch (error) {
            expect(error).toBeInstanceOf(BundleError);
          }
        }
      ),
      { seed: SEED, numRuns: 2000 }
    );
  });
});

function firstFinding({ findings }: Bundle): Finding {
  const [first] = findings ?? [];
  return first;
}

/** Shares of the right length with a bucket that sums to the number of states. */
function bombOfOnes(bundle: Bundle): string {
  const { lanes, buckets, states } = bundle.overview;
  const ones = new Uint8Array(lanes.length * buckets * states.length).fill(1);
  return encodeBase64(deflateSync(ones));
}

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) {
    return [path];
  }
  const inner = Object.entries(value).flatMap(([key, entry]) =>
    pathsOf(entry, [...path, key])
  );
  return path.length > 0 ? [path, ...inner] : inner;
}

function setAt(target: unknown, path: string[], value: unknown): void {
  let at = target;
  for (const key of path.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) {
      return;
    }
    at = (at as Record<string, unknown>)[key];
  }
  if (typeof at === 'object' && at !== null) {
    (at as Record<string, unknown>)[path[path.length - 1]] = value;
  }
}

describe('base64', () => {
  it('is that of Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        const text = Buffer.from(bytes).toString('base64');
        expect(encodeBase64(bytes)).toBe(text);
        expect(decodeBase64(text)).toEqual(bytes);
      }),
      { seed: SEED }
    );
  });

  it('takes long input', () => {
    const bytes = new Uint8Array(100_001).map((_, i) => i * 7);
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  });
});

describe('unpackBytes', () => {
  it.each([10, 100_000, 3_000_000])('gives back %d bytes', size => {
    const bytes = new Uint8Array(size).map((_, i) => (i * i) >> 3);
    const packed = encodeBase64(deflateSync(bytes));
    expect(Buffer.from(unpackBytes(packed, size)).equals(bytes)).toBe(true);
    expect(() => unpackBytes(packed, size - 1)).toThrow(/more than declared/);
    const cut = encodeBase64(deflateSync(bytes).subarray(0, -3));
    expect(() => unpackBytes(cut, size)).toThrow(/not deflated/);
  });
});
