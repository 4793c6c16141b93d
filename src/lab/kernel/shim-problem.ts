/** Says why a cell can't be traced in its kernel, and what mends it. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element } from '../../viewer/dom';
import { commandLines } from '../doctor/command-lines';
import { installLine } from './install-line';
import type { ShimState } from './shim';

/** Show a dialog for what is not in order; returns when it is closed. */
export async function showShimProblem(
  shim: ShimState,
  trans: TranslationBundle
): Promise<void> {
  if (shim.state !== 'missing' && shim.state !== 'broken') {
    return;
  }
  const body = new Widget();
  body.addClass('giltracer-Problem');
  if (shim.state === 'missing') {
    body.node.append(
      element(
        'p',
        '',
        trans.__(
          'Cells of this notebook can’t be traced: giltracer is not installed in the environment of its kernel. Install it with this line in a terminal, then run the cell again; no restart is needed.'
        )
      ),
      commandLines(
        [installLine(shim.python)],
        trans.__('line that installs giltracer'),
        trans
      )
    );
  } else {
    body.node.append(
      element(
        'p',
        '',
        trans.__(
          'Cells of this notebook can’t be traced: Python can’t import giltracer in its kernel. Installing it again may help.'
        )
      ),
      commandLines([shim.message], trans.__('the error'), trans)
    );
  }
  await showDialog({
    title: trans.__('giltracer is not loaded'),
    body,
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}
