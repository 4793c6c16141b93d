/** The table of lines of a document: what each line held, waited and released. */
import { addedSpreads, type LineSpread } from '../threads/sampled/line-sums';
import { missed, type Spread } from '../threads/sampled/spread';
import type { LineFigures, LineTimes, ThreadsResult } from '../threads/result';
import type { BlameRow, BlameSide, LineRow, SourceLine } from './document';
import { placeKey, taskPlace, type IPlaces } from './source-paths';

/** What of the lines' times was recorded. */
export interface RecordedTimes {
  /** Every take and drop: without them, how long a line held the GIL is not known. */
  readonly holds: boolean;
  /** True where times are estimates: waits are not counted then. */
  readonly sampled?: boolean;
}

/**
 * Figures of each line, in the order that `ReportDocument.lines` has.
 *
 * @param blame as blameRows made it
 * @param madeWaits as madeWaitSpreads made it, where times are sampled
 */
export function lineRows(
  result: ThreadsResult,
  paths: IPlaces,
  blame: readonly BlameRow[],
  recorded: RecordedTimes,
  madeWaits: ReadonlyMap<string, Spread> = new Map()
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
    .map(sum => ({
      ...lineRow(sum, recorded),
      ...sampledErrors(sum.times.spread, madeWaits.get(placeKey(sum.place)))
    }));
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
    waits: a.waits + b.waits,
    spread: addedSpreads(a.spread, b.spread)
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
    ...(!recorded.sampled && { waits }),
    total_waited_ns: Math.round(total.waitedNs)
  };
}

/** Half widths of the 95 % intervals of a line's sampled times. */
function sampledErrors(
  spread: LineSpread | undefined,
  madeWait: Spread | undefined
): Partial<LineRow> {
  if (spread === undefined) {
    return {};
  }
  const rounded = (one: Spread | undefined): number | undefined =>
    one === undefined ? undefined : Math.round(one.errorNs);
  const errors: Partial<LineRow> = {
    // What made nobody wait as far as was seen may have done so for as long as it may have held.
    made_wait_error_ns: rounded(
      madeWait ?? missed(spread.self.heldNs?.floor ?? 0)
    ),
    held_error_ns: rounded(spread.self.heldNs),
    waited_error_ns: rounded(spread.self.waitedNs),
    released_error_ns: rounded(spread.self.releasedNs),
    total_held_error_ns: rounded(spread.total.heldNs),
    total_waited_error_ns: rounded(spread.total.waitedNs),
    total_released_error_ns: rounded(spread.total.releasedNs),
    held_while_wanted_error_ns: rounded(spread.self.heldWhileWantedNs),
    total_held_while_wanted_error_ns: rounded(spread.total.heldWhileWantedNs)
  };
  return Object.fromEntries(
    Object.entries(errors).filter(([, error]) => error !== undefined)
  );
}
