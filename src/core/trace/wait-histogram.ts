/** How many waits for the GIL were how long: a document lists the longest only. */
import type { ThreadsResult } from '../threads/result';
import { FieldError, readCount, readFields, readList } from './checked-fields';
import type { WaitHistogram } from './document';

/** 1, 2, 5, 10, … us up to 10 s: three steps a decade. 20 us, below which tracing itself makes waits, is one of them. */
export const HISTOGRAM_EDGES_NS: readonly number[] = [
  ...[1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9].flatMap(decade => [
    decade,
    2 * decade,
    5 * decade
  ]),
  1e10
];

/** More edges than any writer has. */
const MOST_EDGES = 100;

/** All waits of a run, of every kind. */
export function waitHistogram({ waits }: ThreadsResult): WaitHistogram {
  const edges = HISTOGRAM_EDGES_NS;
  const counts = new Array<number>(edges.length + 1).fill(0);
  const waited = new Array<number>(edges.length + 1).fill(0);
  for (let row = 0; row < waits.length; row++) {
    const duration = waits.end[row] - waits.start[row];
    let bin = 0;
    while (bin < edges.length && duration >= edges[bin]) {
      bin++;
    }
    counts[bin]++;
    waited[bin] += duration;
  }
  return { edges_ns: [...edges], counts, waited_ns: waited.map(Math.round) };
}

/** @throws FieldError */
export function readWaitHistogram(
  value: unknown,
  where: string
): WaitHistogram {
  const fields = readFields(value, where);
  const count = (entry: unknown, at: string): number => readCount(entry, at);
  const edges = readList(
    fields.edges_ns,
    `${where}.edges_ns`,
    MOST_EDGES,
    count
  );
  if (edges.some((edge, index) => index > 0 && edge <= edges[index - 1])) {
    throw new FieldError(`${where}.edges_ns`, 'do not rise');
  }
  const bins = (key: 'counts' | 'waited_ns'): number[] => {
    const list = readList(
      fields[key],
      `${where}.${key}`,
      MOST_EDGES + 1,
      count
    );
    if (list.length !== edges.length + 1) {
      throw new FieldError(`${where}.${key}`, 'has a wrong length');
    }
    return list;
  };
  return {
    edges_ns: edges,
    counts: bins('counts'),
    waited_ns: bins('waited_ns')
  };
}
