/** Commands to trace cells, with their settings, and an example. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { COMMANDS } from '../commands/command-ids';
import { addExampleCommand } from '../commands/example-command';
import {
  DEFAULT_OPTIONS,
  magicLine,
  readOptions,
  type IMagicOptions
} from '../commands/magic-options';
import { addSettingsCommand } from '../commands/settings-command';
import { addTraceCommands } from '../commands/trace-commands';
// Whether a button is enabled is asked, and answered, at once.
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { Tracing } from '../commands/tracing';
import { translateSettings } from '../settings/translate-settings';
import { ShimLoader } from '../kernel/shim';

const ID = 'giltracer:commands';

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Commands that trace the cells of a notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('giltracer');
    let options: IMagicOptions = DEFAULT_OPTIONS;
    translateSettings(settings, ID, trans);
    void settings?.load(ID).then(loaded => {
      const read = (): void => {
        options = readOptions(loaded.composite);
      };
      loaded.changed.connect(read);
      read();
    });
    const line = (): string => magicLine(options);
    const tracing = new Tracing({
      notebooks,
      shims: new ShimLoader(),
      line,
      onProblem: shim => {
        void import('../kernel/shim-problem').then(({ showShimProblem }) =>
          showShimProblem(shim, trans)
        );
      }
    });
    // Emitted before the cell's request is sent (@jupyterlab/notebook 4.6: cellexecutor.js).
    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      const panel = notebooks.find(({ content }) => content === notebook);
      tracing.prepare(panel, cell.model);
    });

    addTraceCommands(app.commands, tracing, trans);
    addExampleCommand(app, notebooks, line, trans);
    addSettingsCommand(app, trans);
    const category = trans.__('GIL tracer');
    for (const command of [
      COMMANDS.traceCell,
      COMMANDS.traceAndRunCell,
      COMMANDS.insertExample,
      COMMANDS.openSettings
    ]) {
      palette?.addItem({ command, category });
    }
  }
};
