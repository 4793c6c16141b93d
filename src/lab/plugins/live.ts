/** Keeps the page's live connections: whoever shows a kernel's run gets them here, so that a kernel has one. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILiveConnections, LiveConnections } from '../live/live-connections';
import { LIVE_PLUGIN } from '../live/live-settings';

export const livePlugin: JupyterFrontEndPlugin<ILiveConnections> = {
  id: LIVE_PLUGIN,
  description: 'Connects to the live view of kernels that giltracer traces.',
  autoStart: true,
  provides: ILiveConnections,
  activate: (app: JupyterFrontEnd): ILiveConnections => {
    const { serverSettings, kernels } = app.serviceManager;
    return new LiveConnections(serverSettings, id =>
      [...kernels.running()].some(kernel => kernel.id === id)
    );
  }
};
