/** The list of keys, which opens above the lanes. */
import { button, element } from '../dom';
import type { ITranslation } from '../translation';

export class HelpBox {
  /** @param _onClose gives the focus back */
  constructor(
    trans: ITranslation,
    private readonly _onClose: () => void
  ) {
    const { node } = this;
    node.hidden = true;
    node.tabIndex = -1;
    node.setAttribute('role', 'dialog');
    node.setAttribute('aria-label', trans.__('Keys of the lanes'));
    const list = element('dl', 'giltracer-Help-keys');
    for (const [keys, words] of this._keys(trans)) {
      list.append(element('dt', '', keys), element('dd', '', words));
    }
    const close = trans.__('Close');
    node.append(
      element('div', 'giltracer-Help-title', trans.__('Keys of the lanes')),
      list,
      button('giltracer-Button', close, trans.__('Escape closes, too'), () =>
        this.toggle()
      )
    );
    node.addEventListener('keydown', event => {
      if (event.key === 'Escape' || event.key === '?') {
        this.toggle();
        event.preventDefault();
        event.stopPropagation();
      }
    });
  }

  readonly node = element('div', 'giltracer-Help');

  /** Open or close. */
  toggle(): void {
    this.node.hidden = !this.node.hidden;
    if (this.node.hidden) {
      this._onClose();
    } else {
      this.node.focus();
    }
  }

  private _keys(trans: ITranslation): readonly (readonly [string, string])[] {
    return [
      ['W, S, +, −', trans.__('zoom in and out')],
      ['A, D, ←, →', trans.__('move to earlier and later times')],
      ['0, Home, End', trans.__('show all, the start, the end')],
      ['↑, ↓', trans.__('walk through the lanes')],
      ['Enter', trans.__('on a lane: pick its thread, again: no more')],
      ['F', trans.__('on a lane or a group: fold it, again: unfold it')],
      ['[, ]', trans.__('to the previous and the next wait')],
      ['Shift + ←, →', trans.__('select a range: move its edge')],
      ['Shift + Home, End', trans.__('choose the edge that moves')],
      ['Enter', trans.__('on the lanes: zoom to the selected range')],
      ['/, Ctrl + F', trans.__('search; Enter: next, Shift + Enter: previous')],
      ['Escape', trans.__('take the last pick back, then leave the lanes')],
      [trans.__('Ctrl or ⌘ + wheel'), trans.__('zoom around the pointer')],
      [trans.__('drag, Shift + drag'), trans.__('move, select a range')]
    ];
  }
}
