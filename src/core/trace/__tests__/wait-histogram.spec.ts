import { WaitKind } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { buildDocument } from '../build-document';
import { buildBundle } from '../build-bundle';
import { FieldError } from '../checked-fields';
import { readBundle } from '../read-bundle';
import { readWaitHistogram, waitHistogram } from '../wait-histogram';
import { madeContext, madeResult, type MadeWait } from './made-results';

/** Waits of these lengths, one after the other. */
function resultOf(durations: readonly number[]) {
  let time = 0;
  const waits = durations.map((duration, index): MadeWait => {
    const start = time;
    time += duration;
    const kind = index === 0 ? WaitKind.Forced : WaitKind.Contended;
    return { thread: 0, start, end: time, holder: -1, kind };
  });
  const intervals = [[ThreadState.WaitingGil, time]] as const;
  return madeResult(0, time, [{ tid: 1, begin: 0, intervals }], waits);
}

const histogram = waitHistogram(
  resultOf([999, 1000, 1999, 19_999, 20_000, 7e6, 1e10, 5e10])
);

/** Entries that are not 0, by the lower edge of their bin. */
function filled(values: readonly number[]): [number, number][] {
  return values.flatMap((value, bin): [number, number][] =>
    value === 0 ? [] : [[bin === 0 ? 0 : histogram.edges_ns[bin - 1], value]]
  );
}

it('has edges of 1, 2 and 5 from 1 us to 10 s', () => {
  const { edges_ns: edges } = histogram;
  expect(edges.slice(0, 5)).toEqual([1000, 2000, 5000, 10_000, 20_000]);
  expect(edges[edges.length - 1]).toBe(10e9);
  expect(edges).toHaveLength(22);
});

it('counts every wait once, a wait on an edge above it', () => {
  expect(filled(histogram.counts)).toEqual([
    [0, 1],
    [1000, 2],
    [10_000, 1],
    [20_000, 1],
    [5e6, 1],
    [1e10, 2]
  ]);
  expect(filled(histogram.waited_ns)).toEqual([
    [0, 999],
    [1000, 2999],
    [10_000, 19_999],
    [20_000, 20_000],
    [5e6, 7e6],
    [1e10, 6e10]
  ]);
});

it('is in documents and bundles of exact runs, with all waits', () => {
  const result = resultOf(Array.from({ length: 500 }, () => 3000));
  const document = buildDocument(result, madeContext());
  expect(document.waits.length).toBeLessThan(500);
  const view = readBundle(
    JSON.parse(JSON.stringify(buildBundle(document, result)))
  );
  expect(view.document?.wait_histogram).toEqual(document.wait_histogram);
  expect(view.document?.wait_histogram?.counts[2]).toBe(500);
});

it('is absent where waits are sampled, or there is no GIL', () => {
  const context = madeContext();
  const result = resultOf([1000]);
  for (const other of [{ mode: 'sample' }, { gil_enabled: false }]) {
    const capture = { ...context.capture, ...other };
    const document = buildDocument(result, { ...context, capture });
    expect('wait_histogram' in document).toBe(false);
  }
});

it.each([
  [{ edges_ns: [1, 1], counts: [0, 0, 0], waited_ns: [0, 0, 0] }],
  [{ edges_ns: [1, 2], counts: [0, 0], waited_ns: [0, 0, 0] }],
  [{ edges_ns: [1], counts: [0, 0], waited_ns: [0, -1] }],
  [{ edges_ns: [1], counts: [0, '0'], waited_ns: [0, 0] }],
  [null]
])('refuses %j', value => {
  expect(() => readWaitHistogram(value, 'wait_histogram')).toThrow(FieldError);
});
