/** The plugins of the extension. Each file in `plugins/` wires one. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { documentsPlugin } from './plugins/documents';
import { rendererPlugin } from './plugins/renderer';

const plugins: JupyterFrontEndPlugin<void>[] = [
  rendererPlugin,
  documentsPlugin
];

export default plugins;
