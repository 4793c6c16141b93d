/** The plugins of the extension. Each file in `plugins/` wires one. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { documentsPlugin } from './plugins/documents';
import { gutterPlugin } from './plugins/gutter';
import { rendererPlugin } from './plugins/renderer';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  rendererPlugin,
  gutterPlugin,
  documentsPlugin
];

export default plugins;
