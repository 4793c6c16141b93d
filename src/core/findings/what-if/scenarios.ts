/** The changes that are tried for each run. */
import type { HoldColumns } from '../../threads/result';
import type { ReportDocument } from '../../trace/document';
import type { IPlaces } from '../../trace/source-paths';
import type { Change, WhatIf } from '../what-if';
import type { RecordedRun } from './recorded-run';
import { Replay } from './replay';

/** Rungs that know each hold. */
const RUNGS_WITH_HOLDS = ['full', 'watch'];

const MOST_LINES = 3;
/** A line that made others wait for less, of all waiting, is not tried. */
const LEAST_SHARE = 0.05;
/** Waiting that is less than this part of the run matters to nobody. */
const LEAST_WAITING = 0.01;

const INTERVALS_NS = [500_000, 1_000_000, 50_000_000];

/** How far apart two switch intervals must be. */
const OTHER_INTERVAL = 1.5;

/** One change on one run. Never fails: undefined if it can't be told. */
export function replay(
  run: RecordedRun,
  document: ReportDocument,
  places: IPlaces,
  change: Change
): WhatIf | undefined {
  try {
    return canReplay(run, document)
      ? new Replay(run, document, places).predict(change)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The changes that most readers ask for. Never fails: what can't be told is left out. */
export function whatIf(
  run: RecordedRun,
  document: ReportDocument,
  places: IPlaces
): WhatIf[] {
  try {
    if (!canReplay(run, document)) {
      return [];
    }
    const replayed = new Replay(run, document, places);
    return changesOf(document, replayed).flatMap(
      change => replayed.predict(change) ?? []
    );
  } catch {
    // A figure less is better than a run without a result.
    return [];
  }
}

function canReplay(
  { holds, threads }: RecordedRun,
  { capture }: ReportDocument
): boolean {
  return (
    RUNGS_WITH_HOLDS.includes(capture.mode) &&
    capture.gil_enabled &&
    capture.scheduler_states &&
    capture.shed === undefined &&
    capture.lost === 0 &&
    capture.late === undefined &&
    severalHolders(holds) &&
    threads.some(({ main }) => main)
  );
}

/** Several threads held the one GIL that there was. Plain loops: runs have a million holds. */
function severalHolders({ length, thread, gil }: HoldColumns): boolean {
  let several = false;
  for (let row = 0; row < length; row++) {
    if (gil[row] !== 0) {
      return false;
    }
    several ||= thread[row] !== thread[0];
  }
  return several;
}

function changesOf(document: ReportDocument, replayed: Replay): Change[] {
  const { capture, lines, threads } = document;
  const waited = threads.reduce(
    (sum, { states_ns: states }) => sum + (states['waiting-gil'] ?? 0),
    0
  );
  const changes: Change[] = [];
  if (waited > LEAST_WAITING * capture.duration_ns) {
    for (const row of lines.slice(0, MOST_LINES)) {
      if ((row.made_wait_ns ?? 0) >= LEAST_SHARE * waited) {
        const { file, line, function: name, cell } = row;
        changes.push({
          kind: 'release',
          line: {
            file,
            line,
            ...(name !== undefined && { function: name }),
            ...(cell !== undefined && { cell })
          }
        });
      }
    }
    const { switch_interval: recorded = 0 } = capture.environment;
    for (const interval of INTERVALS_NS) {
      const ratio = Math.max(interval / recorded, recorded / interval);
      if (ratio > OTHER_INTERVAL) {
        changes.push({ kind: 'switch-interval', switch_interval_ns: interval });
      }
    }
  }
  const workers = replayed.workers?.length ?? 0;
  if (workers > 1) {
    changes.push({ kind: 'threads', threads: 1 });
    changes.push({ kind: 'threads', threads: 2 * workers });
  }
  changes.push({ kind: 'no-gil' });
  return changes;
}
