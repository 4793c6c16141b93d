/** Asks before runs are deleted, and tells which could not be. */
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { formatBytes, formatCount } from '../../viewer/format';
import type { RunProblem } from './run-history';
import { runTitle } from './run-words';
import type { StoredRun } from './stored-run';

/** Runs whose reasons are told one by one. */
const MOST_TOLD = 3;

/** @returns whether the reader wants it */
export async function confirmDelete(
  runs: readonly StoredRun[],
  trans: TranslationBundle
): Promise<boolean> {
  const size = formatBytes(runs.reduce((sum, run) => sum + run.bytes, 0));
  const body =
    runs.length === 1
      ? trans.__(
          '“%1” (%2) is deleted for good, with its trace. It can’t be undone. Results in notebooks stay, without their full resolution.',
          runTitle(runs[0], trans),
          size
        )
      : trans.__(
          '%1 runs (%2) are deleted for good, with their traces. It can’t be undone. Results in notebooks stay, without their full resolution.',
          formatCount(runs.length),
          size
        );
  const { button } = await showDialog({
    title:
      runs.length === 1
        ? trans.__('Delete this run?')
        : trans.__('Delete these runs?'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Delete') })
    ],
    // Enter alone deletes nothing.
    defaultButton: 0
  });
  return button.accept;
}

/** Tell which runs are still there. */
export async function tellProblems(
  problems: readonly RunProblem[],
  trans: TranslationBundle
): Promise<void> {
  if (problems.length === 0) {
    return;
  }
  const told = problems
    .slice(0, MOST_TOLD)
    .map(({ run, message }) => `${runTitle(run, trans)}: ${message}`);
  const more = problems.length - told.length;
  if (more > 0) {
    told.push(trans._n('and %1 more run', 'and %1 more runs', more));
  }
  await showErrorMessage(trans.__('Not deleted'), told.join('\n'));
}
