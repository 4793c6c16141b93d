/** The command that inserts the example, or opens it as a new notebook. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type * as nbformat from '@jupyterlab/nbformat';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { KernelSpec } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { tracerIcon } from '../icons';
import { COMMANDS } from './command-ids';
import { NO_ARGUMENTS } from './no-arguments';

/** JupyterLab's own: opens a file of the server. */
const OPEN = 'docmanager:open';

/** @param line the magic line of cells that shall be traced */
export function addExampleCommand(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  line: () => string,
  trans: TranslationBundle
): void {
  const { commands, serviceManager } = app;
  commands.addCommand(COMMANDS.insertExample, {
    label: trans.__('Insert a GIL Example'),
    caption: trans.__(
      'Insert two threads that wait for each other below the active cell, or into a new notebook'
    ),
    icon: tracerIcon,
    describedBy: NO_ARGUMENTS,
    execute: async () => {
      const { exampleCells, exampleNotebook, insertExample } =
        await import('./example');
      const cells = exampleCells(line(), trans);
      const panel = notebooks.currentWidget;
      if (panel !== null) {
        await panel.context.ready;
        insertExample(panel.content, cells);
        app.shell.activateById(panel.id);
        return;
      }
      const { contents, kernelspecs } = serviceManager;
      await kernelspecs.ready;
      const { path } = await contents.newUntitled({ type: 'notebook' });
      await contents.save(path, {
        type: 'notebook',
        format: 'json',
        content: exampleNotebook(cells, pythonKernel(kernelspecs.specs))
      });
      await commands.execute(OPEN, { path });
    },
    // A notebook that may not be edited takes no cells.
    isEnabled: () => notebooks.currentWidget?.content.model?.readOnly !== true
  });
}

/** The kernel of a new notebook: the default one if that runs Python, else another that does. */
function pythonKernel(
  specs: KernelSpec.ISpecModels | null
): nbformat.IKernelspecMetadata | undefined {
  const found = Object.values(specs?.kernelspecs ?? {}).filter(
    spec => spec?.language.toLowerCase() === 'python'
  );
  const spec = found.find(each => each?.name === specs?.default) ?? found[0];
  return spec && { name: spec.name, display_name: spec.display_name };
}
