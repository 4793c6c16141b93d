/** Marks the lines of traced cells in their editors. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { ICellModel } from '@jupyterlab/cells';
import {
  EditorExtensionRegistry,
  IEditorExtensionRegistry
} from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
// The editors of a notebook are made with it: what they need must be there at once.

import { CellSlots } from '../gutter/cell-slots';
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { MarkReader } from '../gutter/mark-commands';
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { markedEditor } from '../gutter/marked-editor';
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { NotebookFigures } from '../gutter/notebook-figures';
import { translateSettings } from '../settings/translate-settings';
import { IShownRuns } from '../renderer/shown-runs';

namespace CommandIDs {
  export const read = 'giltracer:read-line';
  export const showInResult = 'giltracer:show-line-in-result';
  export const next = 'giltracer:next-marked-line';
  export const previous = 'giltracer:previous-marked-line';
}

const NO_ARGUMENTS = { args: { type: 'object', properties: {} } } as const;

export const gutterPlugin: JupyterFrontEndPlugin<void> = {
  id: 'giltracer:gutter',
  description: 'Marks the lines of traced cells in their editors.',
  autoStart: true,
  requires: [IEditorExtensionRegistry, INotebookTracker],
  optional: [ISettingRegistry, ICommandPalette, IShownRuns, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    extensions: IEditorExtensionRegistry,
    notebooks: INotebookTracker,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
    runs: IShownRuns | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('giltracer');
    const slots = new CellSlots();
    const reader = new MarkReader(notebooks, slots, runs, trans);
    extensions.addExtension({
      name: 'giltracer:gutter',
      factory: ({ inline, model }) =>
        inline && isCodeCell(model)
          ? EditorExtensionRegistry.createImmutableExtension(
              markedEditor({
                slots,
                model,
                trans,
                onPick: (mark, view) => reader.showMark(mark, view)
              })
            )
          : null
    });
    followNotebooks(notebooks, slots);
    translateSettings(settings, gutterPlugin.id, trans);
    void followSetting(settings, slots);

    const { commands } = app;
    const isEnabled = (): boolean => notebooks.currentWidget !== null;
    commands.addCommand(CommandIDs.read, {
      label: trans.__('Read the Figures of the Current Line Aloud'),
      caption: trans.__(
        'Show what giltracer knows of the line with the cursor, and have a screen reader read it'
      ),
      describedBy: NO_ARGUMENTS,
      isEnabled,
      execute: () => reader.read()
    });
    commands.addCommand(CommandIDs.showInResult, {
      label: trans.__('Show the Current Line in its Result'),
      caption: trans.__(
        'Light up the line with the cursor in the tables and lanes of the run that its mark is from'
      ),
      describedBy: NO_ARGUMENTS,
      isEnabled,
      execute: () => reader.showInResult()
    });
    commands.addCommand(CommandIDs.next, {
      label: trans.__('Next Marked Line'),
      caption: trans.__('Go to the next line that giltracer has marked'),
      describedBy: NO_ARGUMENTS,
      isEnabled,
      execute: () => reader.step(true)
    });
    commands.addCommand(CommandIDs.previous, {
      label: trans.__('Previous Marked Line'),
      caption: trans.__('Go to the line before that giltracer has marked'),
      describedBy: NO_ARGUMENTS,
      isEnabled,
      execute: () => reader.step(false)
    });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('GIL tracer') });
    }
  }
};

function isCodeCell(model: CodeEditor.IModel): boolean {
  return (model as Partial<ICellModel>).type === 'code';
}

/** The views of one notebook share its model. */
function followNotebooks(notebooks: INotebookTracker, slots: CellSlots): void {
  const followed = new WeakSet<INotebookModel>();
  const follow = ({ context }: NotebookPanel): void => {
    if (!followed.has(context.model)) {
      followed.add(context.model);
      const figures = new NotebookFigures(context.model, slots);
      context.disposed.connect(() => figures.dispose(), figures);
    }
  };
  notebooks.forEach(follow);
  notebooks.widgetAdded.connect((_, panel) => follow(panel), slots);
}

async function followSetting(
  registry: ISettingRegistry | null,
  slots: CellSlots
): Promise<void> {
  try {
    const settings = await registry?.load(gutterPlugin.id);
    const apply = (): void => {
      slots.shown = settings?.get('show').composite !== false;
    };
    settings?.changed.connect(apply, slots);
    apply();
  } catch {
    // Without a schema on the server there is no setting: marks are shown.
  }
}
