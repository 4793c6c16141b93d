/** A native call runs long and never lets go of the GIL. */
import { shorten } from '../../trace/bound-texts';
import { formatCount } from '../../quantities';
import type { IgnoredRow, SourceLine, ThreadRow } from '../../trace/document';
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
  const asleep = sleepsInCall(row, facts);
  const sentence = new Sentence().say(
    asleep
      ? 'A call keeps the GIL while it sleeps: '
      : 'A call keeps the GIL all the time that it runs: '
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
    remedy: remedyOf(row, asleep, facts)
  };
}

/** Whether the thread that kept it was asleep for most of the time that it had the GIL. */
function sleepsInCall(
  row: IgnoredRow | undefined,
  { document: { threads } }: RunFacts
): boolean {
  const held = ({ states_ns: states }: ThreadRow): number =>
    (states['running-gil'] ?? 0) + (states['holding-off-cpu'] ?? 0);
  const thread =
    row === undefined
      ? [...threads].sort((a, b) => held(b) - held(a))[0]
      : threads.find(({ tid }) => tid === row.tid);
  return (
    thread !== undefined && (thread.held_asleep_ns ?? 0) > held(thread) / 2
  );
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

function remedyOf(
  row: IgnoredRow | undefined,
  asleep: boolean,
  facts: RunFacts
): string {
  const { withoutSharedGil } = new Available(facts.document.capture);
  if (asleep) {
    return `It waits for something without letting go of the GIL. If it is called through ctypes, use ctypes.CDLL, not ctypes.PyDLL; if it is an extension’s, its wait belongs between Py_BEGIN_ALLOW_THREADS and Py_END_ALLOW_THREADS; else call it in ${withoutSharedGil}.`;
  }
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
