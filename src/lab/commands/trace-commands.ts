/** The commands that trace cells. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { tracedIcon, tracerIcon } from '../icons';
import { COMMANDS } from './command-ids';
import { MAGIC } from './magic-line';
import { NO_ARGUMENTS } from './no-arguments';
import type { Tracing } from './tracing';

/** JupyterLab's own: runs the selected cells and stays there. */
const RUN = 'notebook:run-cell';

export function addTraceCommands(
  commands: CommandRegistry,
  tracing: Tracing,
  trans: TranslationBundle
): void {
  commands.addCommand(COMMANDS.traceCell, {
    label: trans.__('Trace This Cell'),
    caption: () =>
      tracing.isTraced
        ? trans.__('Trace this cell no longer: takes %1 away', MAGIC)
        : trans.__(
            'Trace this cell: shows which thread holds the GIL, and who waits'
          ),
    icon: () => (tracing.isTraced ? tracedIcon : tracerIcon),
    describedBy: NO_ARGUMENTS,
    isEnabled: () => tracing.isPossible,
    isToggleable: true,
    isToggled: () => tracing.isTraced,
    execute: () => tracing.toggle()
  });
  commands.addCommand(COMMANDS.traceAndRunCell, {
    label: trans.__('Trace and Run This Cell'),
    caption: trans.__('Put %1 on the selected cells and run them', MAGIC),
    icon: tracerIcon,
    describedBy: NO_ARGUMENTS,
    isEnabled: () => tracing.isPossible,
    execute: async () => {
      if (await tracing.trace()) {
        await commands.execute(RUN);
      }
    }
  });
  tracing.changed.connect(() => {
    commands.notifyCommandChanged(COMMANDS.traceCell);
    commands.notifyCommandChanged(COMMANDS.traceAndRunCell);
  });
}
