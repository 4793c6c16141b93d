/** Looks for threads, files and functions in a run: pure. */
import type {
  ReportDocument,
  SourceLine,
  WaitRow
} from '../../core/trace/document';
import type { Lane } from './lane-data';
import { laneOfTid } from './wait-parts';

export interface Findings {
  /** Lanes whose thread or library is called so. */
  readonly named: readonly Lane[];
  /** Waits of which either side stood there, in order of time. */
  readonly waits: readonly WaitRow[];
  /** All lanes that have to do with it. */
  readonly lanes: ReadonlySet<Lane>;
}

export const NOTHING_FOUND: Findings = {
  named: [],
  waits: [],
  lanes: new Set()
};

/** What contains `text`, in capitals or not; nothing for an empty text. */
export function findInRun(
  text: string,
  lanes: readonly Lane[],
  { waits, blame }: ReportDocument
): Findings {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') {
    return NOTHING_FOUND;
  }
  const has = (value: string | undefined): boolean =>
    value?.toLowerCase().includes(wanted) === true;
  const isAt = (place: Partial<SourceLine> | undefined): boolean =>
    has(place?.file) || has(place?.function) || has(place?.task);
  const named = lanes.filter(({ threads }) =>
    threads.some(({ name, library }) => has(name) || has(library))
  );
  const found = waits
    .filter(
      ({ line, holder_line: held, stack = [], holder_stack: holders = [] }) =>
        isAt(line) || isAt(held) || stack.some(isAt) || holders.some(isAt)
    )
    .sort((a, b) => a.start_ns - b.start_ns);
  const tids = new Set(found.map(({ tid }) => tid));
  for (const { waiter, holder } of blame) {
    for (const side of [waiter, holder]) {
      if (side !== undefined && isAt(side)) {
        tids.add(side.tid);
      }
    }
  }
  const concerned = [...tids].flatMap(tid => laneOfTid(lanes, tid) ?? []);
  return { named, waits: found, lanes: new Set([...named, ...concerned]) };
}

/** Threads that waited on a line, or whom another one waited for while they were there. */
export function threadsOn(
  line: SourceLine,
  { waits, blame }: ReportDocument
): ReadonlySet<number> {
  const tids = new Set<number>();
  const add = (tid: number | undefined): void => {
    if (tid !== undefined) {
      tids.add(tid);
    }
  };
  for (const wait of waits) {
    if (isSame(wait.line, line)) {
      tids.add(wait.tid);
    }
    if (isSame(wait.holder_line, line)) {
      tids.add(wait.tid);
      add(wait.longest_holder_tid ?? wait.holder_tid);
    }
  }
  for (const { waiter, holder } of blame) {
    for (const side of [waiter, holder]) {
      if (isSame(side, line)) {
        add(side?.tid);
      }
    }
  }
  return tids;
}

/** Waits that are charged to a line, or to what was held there. */
export function waitsOn(
  line: SourceLine,
  { waits }: ReportDocument
): readonly WaitRow[] {
  return waits.filter(
    ({ line: own, holder_line: held }) =>
      isSame(own, line) || isSame(held, line)
  );
}

function isSame(
  place: Partial<SourceLine> | undefined,
  line: SourceLine
): boolean {
  return (
    place?.file === line.file &&
    place.line === line.line &&
    place.function === line.function
  );
}
