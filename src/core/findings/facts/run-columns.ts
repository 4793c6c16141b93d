/** What findings are made from: a run's document and its columns, whether just analysed or read from a trace file. */
import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  StateTrack,
  ThreadsResult,
  WaitColumns
} from '../../threads/result';
import { type LineSplit, NO_SIGHTINGS } from '../../threads/line-split';
import type { ReportDocument } from '../../trace/document';
import {
  NO_HOLDS,
  NO_LOCK_WAITS,
  NO_SPANS,
  NO_STACKS
} from '../../trace/empty-columns';
import { threadOrder } from '../../trace/lanes';
import type { TraceFile } from '../../trace/read-trace-file';
import type { IPlaces } from '../../trace/source-paths';
import { SourceStacks } from '../../trace/source-stacks';
import { TracePlaces } from '../../trace/trace-places';
import type { Nanoseconds, ThreadIndex } from '../../units';
import { OwnPlaces } from './own-places';

export interface RunColumns {
  readonly begin: Nanoseconds;
  readonly end: Nanoseconds;
  readonly document: ReportDocument;
  /** For each thread of the columns its row in the document's table. */
  readonly rowOf: readonly number[];
  readonly tracks: readonly StateTrack[];
  readonly waits: WaitColumns;
  readonly holds: HoldColumns;
  readonly lockWaits: LockWaitColumns;
  readonly collections: CollectionColumns;
  readonly sightings: LineSplit['sightings'];
  readonly stacks: SourceStacks;
  readonly ownPlaces: OwnPlaces;
}

/** @param document as buildDocument made it from `result` with `places` */
export function resultColumns(
  result: ThreadsResult,
  document: ReportDocument,
  places: IPlaces
): RunColumns {
  const rowOf = new Array<number>(result.threads.length);
  threadOrder(result).forEach((thread: ThreadIndex, row) => {
    rowOf[thread] = row;
  });
  return {
    begin: result.begin,
    end: result.end,
    document,
    rowOf,
    tracks: result.threads.map(({ track }) => track),
    waits: result.waits,
    holds: result.holds,
    lockWaits: result.lockWaits,
    collections: result.collections,
    sightings: result.lineSplit?.sightings ?? NO_SIGHTINGS,
    stacks: new SourceStacks(result.lines, result.stacks, places),
    ownPlaces: new OwnPlaces(
      result.lines
        .filter(({ file }) => places.ownerOf(file) !== 'other')
        .map(line => places.place(line))
    )
  };
}

/** Columns of a file of an older version that lacks tables say nothing of what they held. */
export function traceColumns({
  document,
  columns,
  tables
}: TraceFile): RunColumns {
  const { lines = [], owners = [], stacks = NO_STACKS } = tables;
  const places = new TracePlaces(lines, owners);
  return {
    begin: columns.begin,
    end: columns.end,
    document,
    rowOf: document.threads.map((_, row) => row),
    tracks: columns.tracks,
    waits: columns.waits,
    holds: tables.holds ?? NO_HOLDS,
    lockWaits: tables.lockWaits ?? NO_LOCK_WAITS,
    collections: tables.collections ?? NO_SPANS,
    sightings: tables.lineSplit?.sightings ?? NO_SIGHTINGS,
    stacks: new SourceStacks(places.records, stacks, places),
    ownPlaces: new OwnPlaces(lines.filter((_, row) => owners[row] !== 'other'))
  };
}
