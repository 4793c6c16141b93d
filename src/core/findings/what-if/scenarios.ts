/** What a run can be asked, and the changes that are tried for each run. */
import type { HoldColumns } from '../../threads/result';
import type { ReportDocument } from '../../trace/document';
import type { IPlaces } from '../../trace/source-paths';
import type { Change, WhatIf } from '../what-if';
import { documentGap, type WhatIfGap } from './gap';
import type { RecordedRun } from './recorded-run';
import { Replay } from './replay';

const MOST_LINES = 3;
/** A line that made others wait for less, of all waiting, is not tried. */
const LEAST_SHARE = 0.05;
/** Waiting that is less than this part of the run matters to nobody. */
const LEAST_WAITING = 0.01;

const INTERVALS_NS = [500_000, 1_000_000, 50_000_000];

/** How far apart two switch intervals must be. */
const OTHER_INTERVAL = 1.5;

/**
 * Changes on one run, whichever a reader asks for. What all of them need is counted with the first one only: measured
 * with ten million intervals 0.8 s, and some 10 ms for each further one.
 */
export class Replays {
  /** @param places names lines as the document does */
  constructor(
    private readonly _run: RecordedRun,
    private readonly _document: ReportDocument,
    private readonly _places: IPlaces
  ) {}

  /** Never fails: what can't be told has a reason. */
  predict(change: Change): WhatIf | WhatIfGap {
    try {
      this._replay ??= this._start();
      return typeof this._replay === 'string'
        ? this._replay
        : this._replay.predict(change);
    } catch {
      return 'misunderstood';
    }
  }

  private _start(): Replay | WhatIfGap {
    const { _run: run, _document: document } = this;
    return runGap(run, document) ?? new Replay(run, document, this._places);
  }

  private _replay: Replay | WhatIfGap | undefined;
}

/** The changes that most readers ask for. Never fails: what can't be told is left out. */
export function whatIf(
  run: RecordedRun,
  document: ReportDocument,
  places: IPlaces
): WhatIf[] {
  try {
    if (runGap(run, document) !== undefined) {
      return [];
    }
    const replayed = new Replay(run, document, places);
    return changesOf(document, replayed).flatMap(change => {
      const found = replayed.predict(change);
      return typeof found === 'string' ? [] : [found];
    });
  } catch {
    // A figure less is better than a run without a result.
    return [];
  }
}

/** What stands in the way of any replay of a run; undefined: nothing. */
function runGap(
  { holds, threads }: RecordedRun,
  document: ReportDocument
): WhatIfGap | undefined {
  return (
    documentGap(document) ??
    holdersGap(holds) ??
    (threads.some(({ main }) => main) ? undefined : 'main-thread')
  );
}

/** Several threads must have held the one GIL that there was. Plain loops: runs have a million holds. */
function holdersGap({
  length,
  thread,
  gil
}: HoldColumns): WhatIfGap | undefined {
  let several = false;
  for (let row = 0; row < length; row++) {
    if (gil[row] !== 0) {
      return 'several-gils';
    }
    several ||= thread[row] !== thread[0];
  }
  return several ? undefined : 'one-holder';
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
