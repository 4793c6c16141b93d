/** From a run to its verdict: which cause is the cause. */
import { formatCount, formatPercent } from '../quantities';
import type { ThreadsResult } from '../threads/result';
import type { ReportDocument } from '../trace/document';
import type { TraceFile } from '../trace/read-trace-file';
import type { IPlaces } from '../trace/source-paths';
import type { Candidate } from './candidate';
import { asleep } from './causes/asleep';
import { callKeepsGil } from './causes/call-keeps-gil';
import { collector } from './causes/collector';
import { convoy } from './causes/convoy';
import { busyMachine, fewCpus } from './causes/few-cpus';
import { fine } from './causes/fine';
import { gilBound } from './causes/gil-bound';
import { lock, queue } from './causes/locks';
import { parallel, scaling } from './causes/remarks';
import { oversubscription } from './causes/oversubscription';
import { priorityInversion } from './causes/priority-inversion';
import { serial } from './causes/serial';
import { spinning } from './causes/spinning';
import { starvation } from './causes/starvation';
import {
  resultColumns,
  traceColumns,
  type RunColumns
} from './facts/run-columns';
import { RunFacts } from './facts/run-facts';
import type { Finding } from './finding';
import type { Sentence } from './sentence';

const CAUSES: readonly ((facts: RunFacts) => Candidate | undefined)[] = [
  callKeepsGil,
  collector,
  convoy,
  starvation,
  priorityInversion,
  oversubscription,
  gilBound,
  lock,
  queue,
  serial,
  fewCpus,
  asleep
];

/**
 * A cause is named if mending it could give back this part of the run: runs of one program differ by as much. What other programs
 * took from it is not counted: a program that waits for itself does so on a busy machine, too.
 */
const NAMED_PART = 0.1;

/** Begins what the estimates say, but not the lower limits of their intervals. */
const DOUBT = 'Perhaps, as there were too few readings to be sure: ';

/** Every machine has something else to do: below this part of a run that is not worth a sentence. */
const BUSY_PART = 0.25;

/** Percent of the run that tracing may take without a word of it. */
const MUCH_COST = 10;

/** A run that had so little of the machine says nothing of itself. */
const LEAST_LEFT = 0.15;

/**
 * What a run says, the most important first.
 *
 * @param document as buildDocument made it from `result` with `places`
 */
export function findingsOf(
  result: ThreadsResult,
  document: ReportDocument,
  places: IPlaces
): Finding[] {
  return judge(resultColumns(result, document, places));
}

/** The same from a trace file. */
export function findingsOfTrace(file: TraceFile): Finding[] {
  return judge(traceColumns(file));
}

function judge(columns: RunColumns): Finding[] {
  const facts = new RunFacts(columns);
  const all = verdict(facts);
  if (all.length === 0) {
    return [];
  }
  sayLimits(all[0].sentence, facts);
  all.push(
    ...remarks(facts).filter(({ kind }) => all.every(one => one.kind !== kind))
  );
  return all.map(({ kind, sentence, remedy }) => ({
    kind,
    text: sentence.text,
    evidence: sentence.evidence,
    ...(remedy !== undefined && { remedy })
  }));
}

/** What of the records is missing bounds every figure, and what tracing took was not the program's doing. */
function sayLimits(sentence: Sentence, { document }: RunFacts): void {
  const { lost, overhead_percent: cost = 0 } = document.capture;
  if (lost > 0) {
    sentence
      .say(' ')
      .cite(formatCount(lost), { table: 'capture' })
      .say(
        lost === 1
          ? ' record was lost: times are at least as long as said.'
          : ' records were lost: times are at least as long as said.'
      );
  }
  if (cost >= MUCH_COST) {
    sentence
      .say(' Tracing itself took at least ')
      .cite(formatPercent(cost), { table: 'capture' })
      .say(' of the run.');
  }
}

/** The causes, or that there is none; nothing where too little is known. */
function verdict(facts: RunFacts): Candidate[] {
  const { duration } = facts;
  const machine = busyMachine(facts);
  const left = duration - (machine?.gain ?? 0);
  const named = CAUSES.map(cause => cause(facts))
    .filter(candidate => candidate !== undefined)
    .filter(({ gain }) => gain >= NAMED_PART * left)
    .sort((a, b) => b.gain - a.gain);
  const own = left < LEAST_LEFT * duration ? [] : named;
  const busy =
    machine !== undefined && machine.gain >= BUSY_PART * duration
      ? [machine]
      : [];
  const certain = [
    ...own.filter(({ gain, sure = 1 }) => gain * sure >= NAMED_PART * left),
    ...busy.filter(({ gain, sure = 1 }) => gain * sure >= NAMED_PART * duration)
  ];
  if (certain.length > 0) {
    return certain;
  }
  const [likely] = [...own, ...busy];
  return likely === undefined
    ? [suspect(facts) ?? fine(facts)].filter(
        candidate => candidate !== undefined
      )
    : [{ ...likely, sentence: likely.sentence.after(DOUBT) }];
}

/** Who may be spinning is no cause, since it may be work: but a run in which much was done like that is not called fine. */
function suspect(facts: RunFacts): Candidate | undefined {
  const spins = spinning(facts);
  return (spins?.gain ?? 0) >= NAMED_PART * facts.duration ? spins : undefined;
}

/** What is said besides, whatever the verdict is. */
function remarks(facts: RunFacts): Candidate[] {
  return [scaling(facts), spinning(facts), parallel(facts)].filter(
    candidate => candidate !== undefined
  );
}
