/** The page of the doctor. */
import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  MainAreaWidget,
  SessionContextDialogs
} from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { COMMANDS } from '../commands/command-ids';
import { NO_ARGUMENTS } from '../commands/no-arguments';
import type { DoctorPage } from '../doctor/doctor-page';
import { doctorIcon } from '../icons';

export const doctorPlugin: JupyterFrontEndPlugin<void> = {
  id: 'giltracer:doctor',
  description:
    'A page that tells what can be traced here, and what stands in the way.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ILabShell, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    labShell: ILabShell | null,
    palette: ICommandPalette | null,
    givenTranslator: ITranslator | null
  ): void => {
    const translator = givenTranslator ?? nullTranslator;
    const trans = translator.load('giltracer');
    let page: MainAreaWidget<DoctorPage> | undefined;

    const open = async (): Promise<MainAreaWidget<DoctorPage>> => {
      const { DoctorPage } = await import('../doctor/doctor-page');
      const dialogs = new SessionContextDialogs({ translator });
      const content = new DoctorPage({
        trans,
        current: () => {
          const panel = notebooks.currentWidget;
          return panel === null
            ? undefined
            : {
                name: panel.title.label,
                session: panel.sessionContext
              };
        },
        chooseKernel: session => dialogs.selectKernel(session)
      });
      const widget = new MainAreaWidget({ content });
      widget.id = 'giltracer-doctor';
      widget.title.label = trans.__('GIL doctor');
      widget.title.caption = trans.__('What the GIL tracer can do here');
      widget.title.icon = doctorIcon;
      widget.title.closable = true;
      return widget;
    };

    app.commands.addCommand(COMMANDS.openDoctor, {
      label: trans.__('GIL Tracer Doctor'),
      caption: trans.__(
        'Tell what can be traced in this kernel, what stands in the way, and what lifts it'
      ),
      icon: doctorIcon,
      describedBy: NO_ARGUMENTS,
      execute: async () => {
        if (page === undefined || page.isDisposed) {
          page = await open();
        }
        if (!page.isAttached) {
          // The main area of Notebook 7 has room for the notebook alone.
          app.shell.add(page, labShell === null ? 'right' : 'main');
        }
        app.shell.activateById(page.id);
        await page.content.examine();
      }
    });
    palette?.addItem({
      command: COMMANDS.openDoctor,
      category: trans.__('GIL tracer')
    });
  }
};
