/** Keeps the page's live connections: whoever shows a kernel's run gets them here, so that a kernel has one. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ILiveConnections, LiveConnections } from '../live/live-connections';
import { LIVE_PLUGIN } from '../live/live-settings';
import { translateSettings } from '../settings/translate-settings';

export const livePlugin: JupyterFrontEndPlugin<ILiveConnections> = {
  id: LIVE_PLUGIN,
  description: 'Connects to the live view of kernels that giltracer traces.',
  autoStart: true,
  provides: ILiveConnections,
  optional: [ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ): ILiveConnections => {
    const trans = (translator ?? nullTranslator).load('giltracer');
    translateSettings(settings, LIVE_PLUGIN, trans);
    const { serverSettings, kernels } = app.serviceManager;
    return new LiveConnections(serverSettings, id =>
      [...kernels.running()].some(kernel => kernel.id === id)
    );
  }
};
