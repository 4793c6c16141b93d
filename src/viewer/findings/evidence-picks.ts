/** What a piece of evidence means in a view: what is picked, and which row of a table. */
import type { Evidence } from '../../core/findings/finding';
import type { ReportDocument, WaitRow } from '../../core/trace/document';
import type { TimeRange } from '../lanes/time-scale';
import type { Picked, PickKind, Picks } from '../picks';
import type { RowPlace } from '../tables/row-place';
import { bestRow, waitFit } from '../tables/row-place';

const KINDS: readonly PickKind[] = ['range', 'line', 'thread', 'wait'];

/** What a row is found by. */
export function placeOf({ line, tid, range_ns: span }: Evidence): RowPlace {
  return {
    ...(line !== undefined && { line }),
    ...(tid !== undefined && { tid }),
    ...(span !== undefined && { start: span.from })
  };
}

/** What is to be picked for it; a span that is one of the waits is that wait. */
export function pickedBy(evidence: Evidence, document: ReportDocument): Picked {
  const { line, tid } = evidence;
  const thread = document.threads.find(row => row.tid === tid);
  const wait = waitOf(evidence, document);
  const range = wait === undefined ? spanWithin(evidence, document) : undefined;
  return {
    ...(line !== undefined && { line }),
    ...(thread !== undefined && { thread }),
    ...(wait !== undefined && { wait }),
    ...(range !== undefined && { range })
  };
}

/**
 * Pick just this, and nothing else any more.
 *
 * @returns whether anything was picked before
 */
export function pickOnly(picks: Picks, wanted: Picked): boolean {
  const before = picks.current;
  for (const kind of KINDS) {
    picks.pick(kind, wanted[kind]);
  }
  return KINDS.some(kind => before[kind] !== undefined);
}

function waitOf(
  evidence: Evidence,
  { waits }: ReportDocument
): WaitRow | undefined {
  return evidence.table === 'waits' && evidence.range_ns !== undefined
    ? bestRow(waits, row => waitFit(row, placeOf(evidence)))
    : undefined;
}

function spanWithin(
  { range_ns: span }: Evidence,
  { capture }: ReportDocument
): TimeRange | undefined {
  if (span === undefined) {
    return undefined;
  }
  const start = Math.max(0, span.from);
  const end = Math.min(capture.duration_ns, span.to);
  return end > start ? { start, end } : undefined;
}
