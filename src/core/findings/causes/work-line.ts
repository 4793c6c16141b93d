/** The line of the user's own code on which threads worked longest. */
import type { LineRow, SourceLine } from '../../trace/document';
import type { Nanoseconds } from '../../units';
import type { RunFacts } from '../facts/run-facts';
import { releasedLines, workTime } from '../facts/work';

/** A line that has this part of the longest time may be a caller’s: the innermost of those is meant. */
const ALMOST = 0.8;

export function workLine(facts: RunFacts): SourceLine | undefined {
  return lineWithGil(facts) ?? lineWithoutGil(facts);
}

/** Where most of the work was done with the GIL. */
function lineWithGil({ document }: RunFacts): SourceLine | undefined {
  let held = 0;
  let worked = 0;
  for (const thread of document.threads) {
    held += thread.states_ns['running-gil'] ?? 0;
    worked += workTime(thread);
  }
  return held > worked / 2 ? document.lines.find(hasMadeWait) : undefined;
}

function hasMadeWait({
  made_wait_ns: time = 0
}: {
  made_wait_ns?: number;
}): boolean {
  return time > 0;
}

/** Where threads let go of the GIL longest, to work or to sleep. */
export function lineWithoutGil({ columns }: RunFacts): SourceLine | undefined {
  const lines = releasedLines(columns);
  const [longest] = lines;
  return lines
    .filter(({ released }) => released >= ALMOST * longest.released)
    .pop()?.row;
}

/** The line of the user's that has the most of a time. @param timeOf row of the table of lines */
export function ownLineOfMost(
  { document, columns }: RunFacts,
  timeOf: (row: LineRow) => Nanoseconds
): SourceLine | undefined {
  let most = 0;
  let line: SourceLine | undefined;
  for (const row of document.lines) {
    const time = timeOf(row);
    if (time > most && columns.ownPlaces.has(row)) {
      most = time;
      line = row;
    }
  }
  return line;
}
