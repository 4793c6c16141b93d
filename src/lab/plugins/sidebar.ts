/** Puts the panel "GIL tracer" beside the notebooks, and the results of stored runs into the main area. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import {
  ICommandPalette,
  IThemeManager,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
// The panel is in the page from its start, and is restored with the layout.
/* eslint-disable jupyter/prefer-lazy-imports */
import { addHistoryCommands, HistoryCommands } from '../history/commands';
import { HistoryClient } from '../history/history-client';
import { RunDocument } from '../history/run-document';
import { RunHistory } from '../history/run-history';
import { ILiveConnections } from '../live/live-connections';
import { LiveSettings } from '../live/live-settings';
import { RunStore } from '../renderer/run-store';
import { CurrentKernel } from '../sidebar/current-kernel';
import { gilIcon } from '../icons';
import { followNotebookRuns } from '../sidebar/notebook-runs';
import { SidebarPanel } from '../sidebar/panel';
import { startTraceWorker } from '../trace/start-worker';
import { TraceLoader } from '../trace/trace-loader';
import { TraceSources } from '../trace/trace-sources';
/* eslint-enable jupyter/prefer-lazy-imports */

const SHOW_PANEL = 'giltracer:show-panel';

/** Behind those of JupyterLab itself, which end at 500. */
const PANEL_RANK = 600;

export const sidebarPlugin: JupyterFrontEndPlugin<void> = {
  id: 'giltracer:sidebar',
  description:
    'Shows the run of the current kernel and the history of runs in a side panel.',
  autoStart: true,
  requires: [ILiveConnections],
  optional: [
    INotebookTracker,
    ILayoutRestorer,
    ICommandPalette,
    IThemeManager,
    ISettingRegistry,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    connections: ILiveConnections,
    notebooks: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    themes: IThemeManager | null,
    settingRegistry: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const { commands, serviceManager, shell } = app;
    const { serverSettings: settings } = serviceManager;
    const trans = (translator ?? nullTranslator).load('giltracer');
    const history = new RunHistory(new HistoryClient(settings));
    const panel = new SidebarPanel({
      commands,
      kernel: new CurrentKernel(notebooks, serviceManager.kernelspecs),
      connections,
      history,
      settings: new LiveSettings(settingRegistry),
      trans,
      themeChanged: themes?.themeChanged
    });
    followNotebookRuns({
      starts: () => panel.cellStarts(() => shell.activateById(panel.id)),
      ended: () => {
        if (panel.isVisible) {
          void history.look();
        }
      }
    });
    shell.add(panel, 'right', { rank: PANEL_RANK });
    restorer?.add(panel, panel.id);

    const documents = new WidgetTracker<MainAreaWidget<RunDocument>>({
      namespace: 'giltracer-runs'
    });
    const services: RunDocument.IServices = {
      store: new RunStore(settings),
      traces: new TraceSources({
        settings,
        loader: new TraceLoader(startTraceWorker),
        trans
      }),
      history,
      trans,
      themeChanged: themes?.themeChanged
    };
    addHistoryCommands(commands, {
      history,
      picked: () => panel.history.picked,
      open: run => openRun(app, documents, run, services),
      trans
    });
    void restorer?.restore(documents, {
      command: HistoryCommands.open,
      args: ({ content }) => ({ run: content.runId }),
      name: ({ content }) => content.runId
    });
    const selector = '.giltracer-History-run';
    Object.values(HistoryCommands).forEach((command, rank) =>
      app.contextMenu.addItem({ command, selector, rank })
    );

    commands.addCommand(SHOW_PANEL, {
      label: trans.__('Show GIL Tracer'),
      caption: trans.__('Show the live view and the history of traced cells'),
      describedBy: { args: { type: 'object', properties: {} } },
      icon: gilIcon,
      execute: () => {
        shell.activateById(panel.id);
      }
    });
    palette?.addItem({
      command: SHOW_PANEL,
      category: trans.__('GIL tracer')
    });
  }
};

/** Show a run in the main area: the tab that has it, else a new one. */
function openRun(
  app: JupyterFrontEnd,
  documents: WidgetTracker<MainAreaWidget<RunDocument>>,
  runId: string,
  services: RunDocument.IServices
): void {
  const { shell } = app;
  const there = documents.find(({ content }) => content.runId === runId);
  if (there !== undefined) {
    shell.activateById(there.id);
    return;
  }
  const content = new RunDocument(runId, services);
  const widget = new MainAreaWidget({ content });
  widget.id = `giltracer-run-${runId}`;
  widget.title.closable = true;
  widget.title.icon = gilIcon;
  shell.add(widget, 'main');
  if (!widget.isAttached) {
    // Notebook 7's main area has the notebook, and nothing beside it; what is below has no height of its own.
    widget.addClass('giltracer-mod-below');
    shell.add(widget, 'down');
  }
  void documents.add(widget);
  shell.activateById(widget.id);
  void content.load();
}
