/** Who waited for whom, by thread or by line: the rows of `blame` as a matrix. */
import type {
  BlameSide,
  ReportDocument,
  SourceLine,
  WaitRow
} from '../../core/trace/document';
import { placeKey } from '../../core/trace/source-paths';
import type { Nanoseconds } from '../../core/units';

export type MatrixBy = 'threads' | 'lines';

/** Rows and columns of a matrix at most; the others are summed in one more. */
export const MATRIX_SIZE = 12;

/** A row or a column: one thread or line, nobody known, or all the smaller ones. */
export interface MatrixSide {
  readonly kind: 'one' | 'nobody' | 'other';
  /** The thread, by thread; else a thread of the line. */
  readonly tid: number | undefined;
  /** The line, by line; undefined if it is not known. */
  readonly place: Partial<SourceLine> | undefined;
  /** What it stands for, as `sideKey` names it. */
  readonly keys: ReadonlySet<string>;
}

/** A time and how far it may be off at most; 0: exact. */
export interface MatrixTime {
  readonly ns: Nanoseconds;
  readonly errorNs: Nanoseconds;
}

export interface BlameMatrix {
  readonly by: MatrixBy;
  /** Largest first; `other` last. */
  readonly waiters: readonly MatrixSide[];
  readonly holders: readonly MatrixSide[];
  /** [waiter][holder] */
  readonly cells: readonly (readonly MatrixTime[])[];
  readonly waiterSums: readonly MatrixTime[];
  readonly holderSums: readonly MatrixTime[];
  readonly sum: MatrixTime;
}

const NOBODY = 'nobody';
const ZERO: MatrixTime = { ns: 0, errorNs: 0 };

/**
 * Errors are added up: those of one run depend on each other in an unknown way, and the error of a sum is never
 * more than their sum.
 */
export function blameMatrix(
  { blame }: ReportDocument,
  by: MatrixBy
): BlameMatrix {
  const waiters = sides(
    blame.map(row => ({ side: row.waiter, ns: row.wait_ns })),
    by
  );
  const holders = sides(
    blame.map(row => ({ side: row.holder, ns: row.wait_ns })),
    by
  );
  const cells = waiters.map(() => holders.map(() => ZERO));
  for (const row of blame) {
    const waiter = indexOf(waiters, sideKey(row.waiter, by));
    const holder = indexOf(holders, sideKey(row.holder, by));
    cells[waiter][holder] = plus(cells[waiter][holder], {
      ns: row.wait_ns,
      errorNs: row.wait_error_ns ?? 0
    });
  }
  const waiterSums = cells.map(row => row.reduce(plus, ZERO));
  const holderSums = holders.map((_, column) =>
    cells.map(row => row[column]).reduce(plus, ZERO)
  );
  const sum = waiterSums.reduce(plus, ZERO);
  return { by, waiters, holders, cells, waiterSums, holderSums, sum };
}

/** Whether a wait is one of a cell's. */
export function isWaitOf(
  wait: WaitRow,
  waiter: MatrixSide,
  holder: MatrixSide,
  by: MatrixBy
): boolean {
  const { tid, line, holder_line: holderLine, chain = [] } = wait;
  if (!waiter.keys.has(sideKey({ ...line, tid }, by))) {
    return false;
  }
  const longest = wait.longest_holder_tid ?? wait.holder_tid;
  const held =
    longest === undefined ? undefined : { ...holderLine, tid: longest };
  return (
    holder.keys.has(sideKey(held, by)) ||
    (by === 'threads' &&
      chain.some(link => holder.keys.has(String(link.tid ?? NOBODY))))
  );
}

function sideKey(side: BlameSide | undefined, by: MatrixBy): string {
  if (side === undefined) {
    return NOBODY;
  }
  return by === 'threads' ? String(side.tid) : `line ${placeKey(side)}`;
}

function sides(
  entries: readonly { side: BlameSide | undefined; ns: Nanoseconds }[],
  by: MatrixBy
): MatrixSide[] {
  const sums = new Map<string, { side: BlameSide | undefined; ns: number }>();
  for (const { side, ns } of entries) {
    const key = sideKey(side, by);
    const before = sums.get(key);
    sums.set(key, { side, ns: ns + (before?.ns ?? 0) });
  }
  const sorted = [...sums].sort(([, a], [, b]) => b.ns - a.ns);
  // One alone takes no more room under its own name.
  const few =
    sorted.length > MATRIX_SIZE + 1 ? sorted.slice(0, MATRIX_SIZE) : sorted;
  const named = few.map(([key, { side }]): MatrixSide => {
    const known = side?.file !== undefined && by === 'lines';
    return {
      kind: side === undefined ? 'nobody' : 'one',
      tid: side?.tid,
      place: known ? side : undefined,
      keys: new Set([key])
    };
  });
  const others = sorted.slice(few.length).map(([key]) => key);
  return others.length === 0
    ? named
    : [
        ...named,
        {
          kind: 'other',
          tid: undefined,
          place: undefined,
          keys: new Set(others)
        }
      ];
}

function indexOf(all: readonly MatrixSide[], key: string): number {
  return all.findIndex(({ keys }) => keys.has(key));
}

function plus(a: MatrixTime, b: MatrixTime): MatrixTime {
  return { ns: a.ns + b.ns, errorNs: a.errorNs + b.errorNs };
}
