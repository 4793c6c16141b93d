import { PerfStreamReader, type PerfStreamReaderOptions } from '../reader';
import { NO_EVENT, RecordKind, type StreamSummary } from '../records';

/** A row as an object, so that tests can compare it. */
export interface Row {
  kind: string;
  event: string | undefined;
  time: number;
  pid: number;
  tid: number;
  cpu: number;
  args: number[];
}

/** A row as it is expected; the arguments not given are 0. */
export function row(
  kind: string,
  time: number,
  pid: number,
  tid: number,
  cpu: number,
  args: number[] = [],
  event?: string
): Row {
  return {
    kind,
    event,
    time,
    pid,
    tid,
    cpu,
    args: [...args, 0, 0, 0, 0].slice(0, 4)
  };
}

export interface Collected {
  rows: Row[];
  /** How many rows had been delivered after each push. */
  delivered: number[];
  summary: StreamSummary;
  reader: PerfStreamReader;
}

const KIND_NAMES = Object.keys(RecordKind);

/** Reads chunks to the end and keeps all rows. */
export function collect(
  chunks: Iterable<Uint8Array>,
  options: Partial<PerfStreamReaderOptions> = {}
): Collected {
  const rows: Row[] = [];
  const delivered: number[] = [];
  const reader: PerfStreamReader = new PerfStreamReader({
    origin: 0n,
    onBatch: batch => {
      for (let row = 0; row < batch.length; row++) {
        const event = batch.event[row];
        rows.push({
          kind: KIND_NAMES[batch.kind[row]],
          event: event === NO_EVENT ? undefined : reader.events[event].name,
          time: batch.time[row],
          pid: batch.pid[row],
          tid: batch.tid[row],
          cpu: batch.cpu[row],
          args: batch.args.map(column => column[row])
        });
      }
    },
    ...options
  });
  for (const chunk of chunks) {
    // A copy that is wiped afterwards: the reader must not keep the caller's bytes.
    const own = new Uint8Array(chunk);
    reader.push(own);
    own.fill(0xee);
    delivered.push(rows.length);
  }
  return { rows, delivered, summary: reader.finish(), reader };
}

/** Cuts bytes into chunks of the sizes that `next` gives. */
export function cut(bytes: Uint8Array, next: () => number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + next());
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** What must not depend on how the stream is cut. */
export function outcome({ rows, summary, reader }: Collected): unknown {
  const { error, ...rest } = summary;
  return {
    rows,
    summary: { ...rest, recordsByType: [...summary.recordsByType] },
    error: error && [error.message, error.offset, error.recordType],
    events: reader.events,
    strings: reader.strings,
    unidentified: reader.unidentified
  };
}
