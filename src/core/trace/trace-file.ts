/**
 * The trace file `NAME.giltrace`: a zip of meta.json and Arrow IPC files, full resolution, for other
 * programs to read too. Described in schema/formats/giltrace.md.
 */
import { strToU8 } from 'fflate';

import type { ThreadsResult } from '../threads/result';
import { arrowFile, type ArrowTable } from './arrow-file';
import type { ReportDocument } from './document';
import { formatVersion } from './format-version';
import { occurringStates } from './overview';
import { NO_SOURCES, type SourceContext, SourcePaths } from './source-paths';
import {
  COLLECTIONS,
  FORMAT,
  HOLDS,
  INTERVALS,
  LINE_POOLS,
  LINES,
  LOCK_WAITS,
  META,
  SIGHTINGS,
  STACKS,
  TABLES,
  WAITS
} from './trace-entries';
import { TableWriter } from './trace-tables';
import { type Compressor, type ZipEntry, zipPieces } from './zip-pieces';

/** One instant on two clocks. */
export interface ClockPair {
  readonly monotonicNs: bigint;
  readonly wallNs: bigint;
}

/** What a trace file is made of. */
export interface TraceContent {
  /** As buildDocument made it from `result`. */
  readonly document: ReportDocument;
  readonly result: ThreadsResult;
  /** CLOCK_MONOTONIC of time 0 of the result. */
  readonly origin: bigint;
  readonly clock?: ClockPair;
  /** As buildDocument had it. */
  readonly sources?: SourceContext;
}

/**
 * The bytes of a trace file in pieces. Each is made when the one before has been taken, so that writing takes
 * some megabytes, whatever the length of the run.
 *
 * @throws ZipError if a table is larger than a file can hold
 */
export function traceFilePieces(
  content: TraceContent,
  compressor?: Compressor
): AsyncGenerator<Uint8Array> {
  const { document, result, origin, clock } = content;
  const paths = new SourcePaths(content.sources ?? NO_SOURCES);
  const tables = new TableWriter(document, result, origin);
  const states = occurringStates(result.threads.map(({ track }) => track));
  const meta = {
    format: FORMAT,
    version: formatVersion(states, document.capture.mode),
    origin_ns: String(origin + BigInt(Math.round(result.begin))),
    ...(clock && {
      clock: {
        monotonic_ns: String(clock.monotonicNs),
        wall_ns: String(clock.wallNs)
      }
    }),
    entries: TABLES,
    ...(result.lineSplit && { line_period_ns: result.lineSplit.period }),
    document
  };
  const table = (name: string, batches: Iterable<ArrowTable>): ZipEntry => ({
    name,
    content: arrowFile(batches)
  });
  const lines = result.lines.map(line => paths.place(line));
  return zipPieces(
    [
      { name: META, content: [strToU8(JSON.stringify(meta))] },
      table(INTERVALS, tables.intervals()),
      table(WAITS, tables.waits()),
      table(
        LINES,
        tables.lines(
          lines,
          result.lines.map(({ file }) => paths.ownerOf(file))
        )
      ),
      table(STACKS, tables.stacks()),
      table(HOLDS, tables.holds()),
      table(LOCK_WAITS, tables.lockWaits()),
      table(COLLECTIONS, tables.collections()),
      table(SIGHTINGS, tables.sightings()),
      table(LINE_POOLS, tables.linePools())
    ],
    compressor
  );
}
