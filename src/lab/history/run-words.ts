/** A stored run in words. */
import { Time } from '@jupyterlab/coreutils';
import { rungFact } from '../../viewer/capture-facts';
import { formatBytes, formatDuration } from '../../viewer/format';
import type { ITranslation } from '../../viewer/translation';
import type { StoredRun } from './stored-run';

/** A word or two, and what more there is to say of them. */
export interface RunFact {
  readonly text: string;
  readonly title?: string;
}

/** Its name, else the cell that ran. */
export function runTitle(
  { name, label }: StoredRun,
  trans: ITranslation
): string {
  return name !== '' ? name : (label ?? trans.__('GIL trace'));
}

/** What is not as it should be; undefined for a run that ended well. */
export function stateWord(
  { state, writing }: StoredRun,
  trans: ITranslation
): string | undefined {
  switch (state) {
    case 'done':
      return undefined;
    case 'partial':
      return trans.__('partial');
    case 'failed':
      return trans.__('failed');
    default:
      return writing ? trans.__('being written') : trans.__('no result');
  }
}

/** The cause in a sentence or two. */
export function verdictWords(run: StoredRun, trans: ITranslation): string {
  if (run.verdict !== undefined) {
    return run.verdict;
  }
  return run.state === undefined
    ? trans.__('No result of this run is stored.')
    : (run.message ??
        trans.__('No verdict: open it to see its lanes and tables.'));
}

/** When, how long, on which rung, with which Python, how large. */
export function runFacts(run: StoredRun, trans: ITranslation): RunFact[] {
  const { startedAt, durationNs, mode, python, bytes } = run;
  const rung = mode === undefined ? undefined : rungFact(mode, trans);
  return [
    ...(startedAt === undefined
      ? []
      : [
          {
            text: Time.formatHuman(startedAt),
            title: trans.__('Started %1', startedAt.toLocaleString())
          }
        ]),
    ...(durationNs === undefined
      ? []
      : [
          {
            text: formatDuration(durationNs),
            title: trans.__('How long it was traced')
          }
        ]),
    ...(rung === undefined ? [] : [{ text: rung.text, title: rung.title }]),
    ...(python === undefined ? [] : [{ text: trans.__('Python %1', python) }]),
    { text: formatBytes(bytes), title: trans.__('Size on disk') }
  ];
}

/** Whether a reader looks for it with these words, in lower case. */
export function matches(
  run: StoredRun,
  words: readonly string[],
  trans: ITranslation
): boolean {
  const { verdict = '', message = '', python = '', mode = '' } = run;
  const text = [
    runTitle(run, trans),
    stateWord(run, trans) ?? '',
    verdict,
    message,
    mode,
    python
  ]
    .join('\n')
    .toLowerCase();
  return words.every(word => text.includes(word));
}
