import { PerfStreamReader, type PerfStreamReaderOptions } from '../reader';
import {
  ARGUMENT_COLUMNS,
  type EventDescription,
  NO_EVENT,
  type RecordBatch,
  RecordKind,
  type StreamSummary
} from '../records';

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
    args: padded(args)
  };
}

/** The arguments of a row, and 0 in the columns that it has no value for. */
function padded(args: number[]): number[] {
  return [...args, ...Array<number>(ARGUMENT_COLUMNS).fill(0)].slice(
    0,
    ARGUMENT_COLUMNS
  );
}

/** How many columns of a row have a value. */
function argumentsOf(
  { kind, event }: RecordBatch,
  row: number,
  events: readonly EventDescription[]
): number {
  switch (kind[row]) {
    case RecordKind.Sample:
      return events[event[row]].fields.length;
    case RecordKind.Fork:
    case RecordKind.Comm:
      return 2;
    default:
      return kind[row] === RecordKind.Lost ? 1 : 0;
  }
}

/** What the readers of streams and of files have in common. */
export type AnyReader = Pick<
  PerfStreamReader,
  'push' | 'finish' | 'events' | 'strings' | 'unidentified' | 'origin'
>;

export interface Collected {
  rows: Row[];
  /** How many rows had been delivered after each push. */
  delivered: number[];
  summary: StreamSummary;
  reader: AnyReader;
}

const KIND_NAMES = Object.keys(RecordKind);

/** Reads chunks to the end and keeps all rows. */
export function collect(
  chunks: Iterable<Uint8Array>,
  options: Partial<PerfStreamReaderOptions> = {},
  make: (options: PerfStreamReaderOptions) => AnyReader = all =>
    new PerfStreamReader(all)
): Collected {
  const rows: Row[] = [];
  const delivered: number[] = [];
  const reader: AnyReader = make({
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
          args: padded(
            batch.args
              .slice(0, argumentsOf(batch, row, reader.events))
              .map(column => column[row])
          )
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
