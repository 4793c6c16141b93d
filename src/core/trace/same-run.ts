/** Which threads of a whole trace a bundle's rows are: a bundle may have left some out. */
import type { ReportDocument, ThreadRow } from './document';

/**
 * For each thread of the bundle's document the row of the trace's; undefined if the trace is not one of this run.
 *
 * A bundle keeps the order of the rows that it has. Linux gives thread ids out again, so the first row that agrees behind
 * the one before is taken.
 */
export function threadRowsIn(
  trace: ReportDocument,
  bundle: ReportDocument
): number[] | undefined {
  if (trace.run.id !== bundle.run.id) {
    return undefined;
  }
  const rows: number[] = [];
  let at = 0;
  for (const thread of bundle.threads) {
    while (at < trace.threads.length && !agree(trace.threads[at], thread)) {
      at++;
    }
    if (at === trace.threads.length) {
      return undefined;
    }
    rows.push(at++);
  }
  return rows;
}

function agree(one: ThreadRow, other: ThreadRow): boolean {
  return (
    one.tid === other.tid &&
    one.pid === other.pid &&
    one.duration_ns === other.duration_ns
  );
}
