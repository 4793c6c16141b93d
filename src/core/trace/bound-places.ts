/** Bounds for what a bundle says of places in the source: names of files and functions, stacks, marks. */
import { shorten } from './bound-texts';
import { boundCellTexts } from './cell-texts';
import type {
  CollectionsInfo,
  ReportDocument,
  SourceLine,
  WaitRow
} from './document';
import { storedBytes } from './stored-size';

const FILE_LENGTH = 150;
const NAME_LENGTH = 100;

/** Part of the budget that the stacks of the longest waits may take. */
const STACKS_PART = 1 / 8;

/** Runs of the garbage collector that are marked one by one take at most this part. */
const COLLECTIONS_PART = 1 / 64;

/** Part of the budget for what the lines of cells were. */
const CELL_TEXTS_PART = 1 / 16;

/** What one of them takes as stored. */
const COLLECTION_BYTES = 120;

/** A document whose places are bounded, and how many of its waits no longer have a stack. */
export function boundPlaces(
  document: ReportDocument,
  maxBytes: number
): { document: ReportDocument; stacksLeftOut: number } {
  const { collections } = document;
  const [waits, stacksLeftOut] = boundStacks(
    document.waits.map(shortWait),
    maxBytes * STACKS_PART
  );
  return {
    document: {
      ...document,
      blame: document.blame.map(row => ({
        ...row,
        waiter: shortPlace(row.waiter),
        ...(row.holder && { holder: shortPlace(row.holder) })
      })),
      waits,
      lines: document.lines.map(shortPlace),
      ...(document.cells && {
        cells: boundCellTexts(
          document.cells.map(shortPlace),
          maxBytes * CELL_TEXTS_PART
        )
      }),
      ignored: document.ignored.map(row => ({
        ...shortPlace(row),
        ...(row.native_function !== undefined && {
          native_function: shorten(row.native_function, NAME_LENGTH)
        }),
        ...(row.library !== undefined && {
          library: shortenStart(row.library, FILE_LENGTH)
        })
      })),
      locks: document.locks.map(shortPlace),
      ...(collections && {
        collections: boundCollections(collections, maxBytes)
      })
    },
    stacksLeftOut
  };
}

/** A place with bounded names. */
export function shortPlace<Place extends Partial<SourceLine>>(
  place: Place
): Place {
  const { file = '', function: name = '', cell = '', task = '' } = place;
  return file.length <= FILE_LENGTH &&
    name.length <= NAME_LENGTH &&
    cell.length <= NAME_LENGTH &&
    task.length <= NAME_LENGTH
    ? place
    : {
        ...place,
        file: shortenStart(file, FILE_LENGTH),
        ...(name !== '' && { function: shorten(name, NAME_LENGTH) }),
        ...(cell !== '' && { cell: shorten(cell, NAME_LENGTH) }),
        ...(task !== '' && { task: shorten(task, NAME_LENGTH) })
      };
}

function shortWait(wait: WaitRow): WaitRow {
  const { line, holder_line: holderLine, stack, holder_stack: held } = wait;
  return {
    ...wait,
    ...(line && { line: shortPlace(line) }),
    ...(holderLine && { holder_line: shortPlace(holderLine) }),
    ...(stack && { stack: stack.map(shortPlace) }),
    ...(held && { holder_stack: held.map(shortPlace) })
  };
}

/** The longest waits keep stacks and chains as long as these fit. */
function boundStacks(waits: WaitRow[], maxBytes: number): [WaitRow[], number] {
  let bytes = 0;
  let leftOut = 0;
  const bounded = waits.map(wait => {
    const { stack, holder_stack: held, chain, ...rest } = wait;
    if (!stack && !held && !chain) {
      return wait;
    }
    bytes += storedBytes([stack, held, chain]);
    if (bytes <= maxBytes) {
      return wait;
    }
    leftOut++;
    return rest;
  });
  return [bounded, leftOut];
}

function boundCollections(
  collections: CollectionsInfo,
  maxBytes: number
): CollectionsInfo {
  const most = Math.floor((maxBytes * COLLECTIONS_PART) / COLLECTION_BYTES);
  const { longest } = collections;
  if (!longest || longest.length <= most) {
    return collections;
  }
  return {
    ...collections,
    longest: [...longest]
      .sort((a, b) => b.duration_ns - a.duration_ns)
      .slice(0, most)
      .sort((a, b) => a.start_ns - b.start_ns)
  };
}

/** The end of a path tells more than its begin. */
function shortenStart(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const end = text.slice(text.length - length + 1);
  // Not in the middle of a surrogate pair.
  return `…${end.replace(/^[\udc00-\udfff]/, '')}`;
}
