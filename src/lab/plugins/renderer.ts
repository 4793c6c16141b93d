/** Wires the renderer of results into JupyterLab. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IThemeManager } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
// Registering a renderer needs its factory at once: createRenderer must answer, not promise.
import { ILiveConnections } from '../live/live-connections';
import { LiveSettings } from '../live/live-settings';
import { NotebookKernels } from '../live/notebook-kernels';
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { RENDERER_RANK, rendererFactory } from '../renderer/factory';
import { RunStore } from '../renderer/run-store';
import { IShownRuns, ShownRuns } from '../renderer/shown-runs';
import { startTraceWorker } from '../trace/start-worker';
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { TraceLoader } from '../trace/trace-loader';
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { TraceSources } from '../trace/trace-sources';

/** Shows results of `%%giltracer` in outputs. */
export const rendererPlugin: JupyterFrontEndPlugin<IShownRuns> = {
  id: 'giltracer:renderer',
  description: 'Shows the results of %%giltracer in the output of a cell.',
  autoStart: true,
  provides: IShownRuns,
  requires: [IRenderMimeRegistry, ILiveConnections],
  optional: [IThemeManager, ITranslator, INotebookTracker, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    connections: ILiveConnections,
    themes: IThemeManager | null,
    translator: ITranslator | null,
    notebooks: INotebookTracker | null,
    settings: ISettingRegistry | null
  ): IShownRuns => {
    const { serverSettings, kernels } = app.serviceManager;
    const trans = (translator ?? nullTranslator).load('giltracer');
    const loader = new TraceLoader(startTraceWorker);
    const shown = new ShownRuns();
    const liveSettings = new LiveSettings(settings);
    const factory = rendererFactory({
      trans,
      shown,
      store: new RunStore(serverSettings),
      traces: new TraceSources({ settings: serverSettings, loader, trans }),
      live: {
        kernels: new NotebookKernels(notebooks, kernels),
        connections
      },
      liveSpan: () => liveSettings.span,
      themeChanged: themes?.themeChanged
    });
    rendermime.addFactory(factory, RENDERER_RANK);
    return shown;
  }
};
