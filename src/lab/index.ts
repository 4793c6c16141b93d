/** The plugins of the extension. Each file in `plugins/` wires one. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { rendererPlugin } from './plugins/renderer';

const plugins: JupyterFrontEndPlugin<void>[] = [rendererPlugin];

export default plugins;
