/** A native call runs long and never lets go of the GIL. */
import { shorten } from '../../trace/bound-texts';
import { formatCount } from '../../quantities';
import type { IgnoredRow, SourceLine } from '../../trace/document';
import type { Candidate } from '../candidate';
import type { RunFacts } from '../facts/run-facts';
import { Available } from '../remedies';
import { Sentence } from '../sentence';
import { timeIn } from './words';

/** The garbage collector's functions (Modules/gcmodule.c, Python/gc.c): it has a finding of its own. */
const COLLECTOR =
  /^(?:_Py)?gc_|^_PyGC_|^(?:deduce_|move_)?unreachable|^update_refs$|^subtract_refs$|^visit_/;

/** The regular expression engine (Modules/_sre). */
const REGULAR_EXPRESSION = /^_?(?:s|S)RE|^_?sre_|^pattern_/;

const NAME_LENGTH = 60;

export function callKeepsGil(facts: RunFacts): Candidate | undefined {
  const { gil, document } = facts;
  if (gil === undefined || gil.kept.total === 0) {
    return undefined;
  }
  const row = document.ignored.find(
    ({ native_function: name = '' }) => !COLLECTOR.test(name)
  );
  if (document.ignored.length > 0 && row === undefined) {
    return undefined;
  }
  const line = row === undefined ? facts.holderLine(gil.kept) : placeOf(row);
  const sentence = new Sentence().say(
    'A call keeps the GIL all the time that it runs: '
  );
  if (line !== undefined) {
    sentence.at(line).say(', ');
  }
  if (row?.native_function !== undefined) {
    sentence
      .say('in ')
      .cite(shorten(row.native_function, NAME_LENGTH), {
        table: 'ignored',
        tid: row.tid
      })
      .say(', ');
  }
  sentence
    .say('others waited ')
    .cite(timeIn('waiting-gil', gil.kept.total, facts), {
      table: row === undefined ? 'blame' : 'ignored'
    })
    .say(' for such calls');
  if (row !== undefined) {
    sentence
      .say(' and asked ')
      .cite(formatCount(row.requests), { table: 'ignored', tid: row.tid })
      .say(row.requests === 1 ? ' time in vain' : ' times in vain');
  }
  sentence.say('.');
  return {
    kind: 'call-keeps-gil',
    gain: facts.gilLoss(gil.kept),
    sure: facts.surePart('waiting-gil'),
    sentence,
    remedy: remedyOf(row, facts)
  };
}

function placeOf({
  file,
  line,
  function: name,
  cell
}: IgnoredRow): SourceLine | undefined {
  return file === undefined || line === undefined
    ? undefined
    : {
        file,
        line,
        ...(name !== undefined && { function: name }),
        ...(cell !== undefined && { cell })
      };
}

function remedyOf(row: IgnoredRow | undefined, facts: RunFacts): string {
  const { withoutSharedGil } = new Available(facts.document.capture);
  const name = row?.native_function ?? '';
  if (REGULAR_EXPRESSION.test(name)) {
    return `The regular expression engine keeps the GIL throughout a match: use an expression that does not go back and forth (no repeats within repeats), match shorter texts, or match in ${withoutSharedGil}.`;
  }
  const library = row?.library ?? '';
  if (library !== '' && !/python/i.test(library)) {
    return `If it is called through ctypes, use ctypes.CDLL, which lets go of the GIL, not ctypes.PyDLL; else call it for smaller pieces, or in ${withoutSharedGil}.`;
  }
  return `Call it for smaller pieces, so that others get the GIL between, or in ${withoutSharedGil}.`;
}
