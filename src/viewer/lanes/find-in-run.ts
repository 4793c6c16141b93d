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

/** Waits that are charged to a line, or to what was held there. */
export function waitsOn(
  line: SourceLine,
  { waits }: ReportDocument
): readonly WaitRow[] {
  const same = (other: SourceLine | undefined): boolean =>
    other?.file === line.file &&
    other.line === line.line &&
    other.function === line.function;
  return waits.filter(
    ({ line: own, holder_line: held }) => same(own) || same(held)
  );
}
