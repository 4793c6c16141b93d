/** The field for a search in the lanes. */
import { button, element } from '../dom';
import type { ITranslation } from '../translation';

/** What the field asks for. */
export interface ISearchActions {
  find(text: string): void;
  /** To the next (1) or previous (-1) of what was found. */
  stepFound(direction: 1 | -1): void;
  /** Give the focus back to the lanes. */
  leaveSearch(): void;
}

export class SearchBox {
  constructor(actions: ISearchActions, trans: ITranslation) {
    const { _field: field } = this;
    field.type = 'search';
    field.placeholder = trans.__('Thread, file, function');
    field.setAttribute(
      'aria-label',
      trans.__('Search for a thread, file or function in the lanes')
    );
    field.addEventListener('input', () => actions.find(field.value));
    field.addEventListener('keydown', event => {
      if (event.key === 'Enter') {
        actions.stepFound(event.shiftKey ? -1 : 1);
      } else if (event.key === 'Escape') {
        field.value = '';
        actions.find('');
        actions.leaveSearch();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    });
    this._steps.append(
      this._step('↑', trans.__('Previous found'), () => actions.stepFound(-1)),
      this._step('↓', trans.__('Next found'), () => actions.stepFound(1))
    );
    this._steps.hidden = true;
    this.node.append(field, this._steps, this._count);
  }

  readonly node = element('span', 'giltracer-Search');

  focus(): void {
    this._field.focus();
    this._field.select();
  }

  /** How much was found, in words. */
  show(words: string): void {
    this._count.textContent = words;
    this._steps.hidden = words === '';
  }

  private _step(text: string, title: string, act: () => void): HTMLElement {
    const node = button('giltracer-Button', text, title, act);
    node.setAttribute('aria-label', title);
    return node;
  }

  private readonly _field = element('input', 'giltracer-Search-field');
  private readonly _steps = element('span', 'giltracer-Search-steps');
  private readonly _count = element('span', 'giltracer-Search-count');
}
