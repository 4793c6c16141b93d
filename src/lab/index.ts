/** The plugins of the extension. Each file in `plugins/` wires one. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { commandsPlugin } from './plugins/commands';
import { doctorPlugin } from './plugins/doctor';
import { documentsPlugin } from './plugins/documents';
import { gutterPlugin } from './plugins/gutter';
import { livePlugin } from './plugins/live';
import { rendererPlugin } from './plugins/renderer';
import { sidebarPlugin } from './plugins/sidebar';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  livePlugin,
  rendererPlugin,
  gutterPlugin,
  documentsPlugin,
  sidebarPlugin,
  commandsPlugin,
  doctorPlugin
];

export default plugins;
