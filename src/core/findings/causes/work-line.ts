/** The line of the user's own code on which threads worked longest. */
import type { SourceLine } from '../../trace/document';
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

/** The line that had the GIL longest. */
export function heldLine({
  document,
  columns
}: RunFacts): SourceLine | undefined {
  let most = 0;
  let line: SourceLine | undefined;
  for (const row of document.lines) {
    const held = row.held_ns ?? 0;
    if (held > most && columns.ownPlaces.has(row)) {
      most = held;
      line = row;
    }
  }
  return line;
}
