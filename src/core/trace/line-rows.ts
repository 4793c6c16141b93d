/** The table of lines of a document: what each line held, waited and released. */
import type { LineFigures, LineTimes, ThreadsResult } from '../threads/result';
import type { BlameRow, BlameSide, LineRow, SourceLine } from './document';
import { placeKey, taskPlace, type SourcePaths } from './source-paths';

/** What of the lines' times was recorded. */
export interface RecordedTimes {
  /** Every take and drop: without them, how long a line held the GIL is not known. */
  readonly holds: boolean;
}

/**
 * Figures of each line, in the order that `ReportDocument.lines` has.
 *
 * @param blame as blameRows made it
 */
export function lineRows(
  result: ThreadsResult,
  paths: SourcePaths,
  blame: readonly BlameRow[],
  recorded: RecordedTimes
): LineRow[] {
  const sums = new Map<string, LineSum>();
  for (const times of result.lineTimes) {
    const record = result.lines[times.line];
    if (record === undefined || !paths.tells(record)) {
      continue;
    }
    const place = paths.place(record);
    const key = placeKey(place);
    const sum = sums.get(key);
    if (sum === undefined) {
      const variance = times.heldErrorNs ** 2;
      sums.set(key, { place, times, variance, madeWait: 0 });
    } else {
      sum.variance += times.heldErrorNs ** 2;
      sum.times = addTimes(sum.times, times);
    }
  }
  for (const { waiter, holder, wait_ns: waitNs } of blame) {
    for (const side of [holder, waiter]) {
      for (const place of placesOfSide(side)) {
        const key = placeKey(place);
        const sum = sums.get(key) ?? {
          place,
          times: NO_TIMES,
          variance: 0,
          madeWait: 0
        };
        sums.set(key, sum);
        sum.madeWait += side === holder ? waitNs : 0;
      }
    }
  }
  return [...sums.values()]
    .sort(
      (a, b) =>
        b.madeWait - a.madeWait ||
        b.times.self.heldWhileWantedNs - a.times.self.heldWhileWantedNs ||
        b.times.self.waitedNs - a.times.self.waitedNs ||
        b.times.self.heldNs - a.times.self.heldNs
    )
    .map(sum => lineRow(sum, recorded));
}

interface LineSum {
  readonly place: SourceLine;
  times: LineTimes;
  /** Sum of the squares of the half widths. */
  variance: number;
  madeWait: number;
}

const NO_FIGURES: LineFigures = {
  heldNs: 0,
  heldWhileWantedNs: 0,
  waitedNs: 0,
  releasedNs: 0
};

/** Of a line that times are charged to for what it called, and that was never innermost. */
const NO_TIMES: LineTimes = {
  line: -1,
  self: NO_FIGURES,
  total: NO_FIGURES,
  heldErrorNs: 0,
  samples: 0,
  waits: 0
};

/** The line, and the task that ran it. */
function placesOfSide(side: BlameSide | undefined): SourceLine[] {
  if (side?.file === undefined || side.line === undefined) {
    return [];
  }
  const { file, line, function: name, cell, task } = side;
  const place = {
    file,
    line,
    ...(name !== undefined && { function: name }),
    ...(cell !== undefined && { cell })
  };
  return task === undefined ? [place] : [place, taskPlace(task)];
}

function addTimes(a: LineTimes, b: LineTimes): LineTimes {
  return {
    ...a,
    self: addFigures(a.self, b.self),
    total: addFigures(a.total, b.total),
    samples: a.samples + b.samples,
    waits: a.waits + b.waits
  };
}

function addFigures(a: LineFigures, b: LineFigures): LineFigures {
  return {
    heldNs: a.heldNs + b.heldNs,
    heldWhileWantedNs: a.heldWhileWantedNs + b.heldWhileWantedNs,
    waitedNs: a.waitedNs + b.waitedNs,
    releasedNs: a.releasedNs + b.releasedNs
  };
}

function lineRow(
  { place, times, variance, madeWait }: LineSum,
  recorded: RecordedTimes
): LineRow {
  const { self, total, samples, waits } = times;
  return {
    ...place,
    made_wait_ns: madeWait,
    ...(recorded.holds && {
      held_ns: Math.round(self.heldNs),
      held_error_ns: Math.round(Math.sqrt(variance)),
      held_while_wanted_ns: Math.round(self.heldWhileWantedNs),
      released_ns: Math.round(self.releasedNs),
      total_held_ns: Math.round(total.heldNs),
      total_held_while_wanted_ns: Math.round(total.heldWhileWantedNs),
      total_released_ns: Math.round(total.releasedNs)
    }),
    samples,
    waited_ns: Math.round(self.waitedNs),
    waits,
    total_waited_ns: Math.round(total.waitedNs)
  };
}
