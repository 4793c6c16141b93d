/** The command that opens our settings. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import { settingsIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { COMMANDS } from './command-ids';
import { NO_ARGUMENTS } from './no-arguments';

/** JupyterLab's settings editor. */
const OPEN_EDITOR = 'settingeditor:open';

/** Behind the address of Notebook 7's page of files: show the settings there. */
const FRAGMENT = '#giltracer-settings';

export function addSettingsCommand(
  app: JupyterFrontEnd,
  trans: TranslationBundle
): void {
  const { commands, serviceManager } = app;
  // Titles of all our settings have it, in each language; the editor's search field gets it.
  const query = trans._p('schema', 'GIL tracer');
  commands.addCommand(COMMANDS.openSettings, {
    label: trans.__('GIL Tracer Settings'),
    caption: trans.__('Open the settings of the GIL tracer'),
    icon: settingsIcon,
    describedBy: NO_ARGUMENTS,
    execute: async () => {
      if (commands.hasCommand(OPEN_EDITOR)) {
        await commands.execute(OPEN_EDITOR, { query });
        return;
      }
      // Notebook 7 has the editor on its page of files only.
      const { baseUrl } = serviceManager.serverSettings;
      window.open(URLExt.join(baseUrl, 'tree') + FRAGMENT, '_blank');
    }
  });
  void app.restored.then(() => {
    if (window.location.hash === FRAGMENT && commands.hasCommand(OPEN_EDITOR)) {
      return commands.execute(OPEN_EDITOR, { query });
    }
    return undefined;
  });
}
