/** The commands of the history: they are about the runs that are named, else those that are picked in the list. */
import { InputDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';
import { confirmDelete, tellProblems } from './delete-dialog';
import type { RunHistory } from './run-history';
import { runTitle } from './run-words';
import type { StoredRun } from './stored-run';

export const HistoryCommands = {
  open: 'giltracer:open-run',
  rename: 'giltracer:rename-run',
  delete: 'giltracer:delete-run'
} as const;

export interface IHistoryCommandOptions {
  readonly history: RunHistory;
  /** The runs that are picked in the list. */
  readonly picked: () => readonly StoredRun[];
  /** Show a run's result. */
  readonly open: (runId: string) => void;
  readonly trans: TranslationBundle;
}

export function addHistoryCommands(
  commands: CommandRegistry,
  { history, picked, open, trans }: IHistoryCommandOptions
): void {
  /** The one run that is meant. */
  const meant = (args: ReadonlyPartialJSONObject): string | undefined => {
    if (typeof args.run === 'string') {
      return args.run;
    }
    const runs = picked();
    return runs.length === 1 ? runs[0].id : undefined;
  };

  commands.addCommand(HistoryCommands.open, {
    label: trans.__('Open Run'),
    caption: trans.__('Show the result of a traced run'),
    describedBy: { args: argumentsOf({ run: RUN }) },
    isEnabled: args => meant(args) !== undefined,
    execute: args => {
      const run = meant(args);
      if (run !== undefined) {
        open(run);
      }
    }
  });

  commands.addCommand(HistoryCommands.rename, {
    label: trans.__('Rename Run…'),
    caption: trans.__('Give a traced run another name'),
    describedBy: {
      args: argumentsOf({
        run: RUN,
        name: {
          type: 'string',
          description:
            'The new name; with an empty one the run has its own again. Without it the reader is asked.'
        }
      })
    },
    isEnabled: args => meant(args) !== undefined,
    execute: async args => {
      const id = meant(args);
      if (id === undefined) {
        return;
      }
      const name =
        typeof args.name === 'string'
          ? args.name
          : await askName(history.find(id), trans);
      if (name !== undefined) {
        try {
          await history.rename(id, name);
        } catch (error) {
          await showErrorMessage(
            trans.__('Not renamed'),
            error instanceof Error ? error : String(error)
          );
        }
      }
    }
  });

  commands.addCommand(HistoryCommands.delete, {
    label: trans.__('Delete Runs…'),
    caption: trans.__('Delete traced runs for good'),
    describedBy: {
      args: argumentsOf({
        runs: {
          type: 'array',
          items: { type: 'string' },
          description:
            'The ids of the runs. Default: those that are picked in the sidebar.'
        }
      })
    },
    isEnabled: args => Array.isArray(args.runs) || picked().length > 0,
    execute: async args => {
      const ids = args.runs;
      const runs = Array.isArray(ids)
        ? history.runs.filter(run => ids.includes(run.id))
        : picked();
      if (runs.length > 0 && (await confirmDelete(runs, trans))) {
        const problems = await history.delete(runs.map(run => run.id));
        await tellProblems(problems, trans);
      }
    }
  });
}

const RUN = {
  type: 'string',
  description:
    'The id of a run. Default: the one that is picked in the sidebar.'
};

/** A schema of a command's arguments. */
function argumentsOf(properties: ReadonlyJSONObject): ReadonlyJSONObject {
  return { type: 'object', properties };
}

/** @returns undefined if the reader thinks better of it */
async function askName(
  run: StoredRun | undefined,
  trans: TranslationBundle
): Promise<string | undefined> {
  const { value } = await InputDialog.getText({
    title: trans.__('Rename run'),
    label: trans.__('Name; without one it has its own again'),
    text: run === undefined ? '' : runTitle(run, trans),
    okLabel: trans.__('Rename')
  });
  return value ?? undefined;
}
