/** The buttons above the lanes, and what is visible in words. */
import { button, element } from '../dom';
import type { ITranslation } from '../translation';
import type { LaneOrder } from './lane-groups';
import { SearchBox, type ISearchActions } from './search-box';

/** What the toolbar asks for. */
export interface IToolbarActions extends ISearchActions {
  zoomBy(factor: number): void;
  reset(): void;
  setOrder(order: LaneOrder): void;
  zoomToPicked(): void;
  clearPicked(): void;
  help(): void;
}

export class Toolbar {
  constructor(actions: IToolbarActions, order: LaneOrder, trans: ITranslation) {
    this._add('+', trans.__('Zoom in'), () => actions.zoomBy(0.5));
    this._add('−', trans.__('Zoom out'), () => actions.zoomBy(2));
    this._add(trans.__('All'), trans.__('Show the whole run'), () =>
      actions.reset()
    );
    this.search = new SearchBox(actions, trans);
    this._select.addEventListener('click', () =>
      this._setSelecting(!this.selecting)
    );
    this._select.textContent = trans.__('Select');
    this._select.title = trans.__(
      'Drag selects a range of time, as Shift + drag always does'
    );
    this._setSelecting(false);
    this.node.append(
      this._select,
      this._orderChoice(actions, order, trans),
      this.search.node
    );
    this._add('?', trans.__('Keys of the lanes'), () => actions.help());
    this._hint.textContent = trans.__(
      'Ctrl or ⌘ + wheel zooms, drag moves, double click shows all'
    );
    this.status.append(
      this.rangeText,
      this._pickedControls(actions, trans),
      this._hint
    );
  }

  readonly node = element('div', 'giltracer-Lanes-toolbar');
  readonly search: SearchBox;
  /** A line of its own height: what it says changes with each zoom, and the lanes must not move below the pointer. */
  readonly status = element('div', 'giltracer-Lanes-status');
  /** What is visible. */
  readonly rangeText = element('span', 'giltracer-Lanes-range');

  /** Whether a drag selects a range. */
  get selecting(): boolean {
    return this._select.getAttribute('aria-pressed') === 'true';
  }

  /** Say which range is selected, if any. */
  showPicked(words: string | undefined): void {
    this._picked.hidden = words === undefined;
    this._hint.hidden = words !== undefined;
    this._pickedText.textContent = words ?? '';
    if (words !== undefined) {
      this._setSelecting(false);
    }
  }

  private _setSelecting(selecting: boolean): void {
    this._select.setAttribute('aria-pressed', String(selecting));
  }

  private _pickedControls(
    actions: IToolbarActions,
    trans: ITranslation
  ): HTMLElement {
    this._picked.hidden = true;
    this._picked.append(
      element('span', '', trans.__('Selected')),
      this._pickedText,
      button(
        'giltracer-Button',
        trans.__('Zoom to it'),
        trans.__('Show the selected range'),
        () => actions.zoomToPicked()
      ),
      button(
        'giltracer-Button',
        trans.__('Clear'),
        trans.__('Select nothing'),
        () => actions.clearPicked()
      )
    );
    return this._picked;
  }

  private _add(text: string, title: string, act: () => void): void {
    const node = button('giltracer-Button', text, title, act);
    node.setAttribute('aria-label', title);
    this.node.append(node);
  }

  private _orderChoice(
    actions: IToolbarActions,
    order: LaneOrder,
    trans: ITranslation
  ): HTMLElement {
    const label = element(
      'label',
      'giltracer-Lanes-order',
      trans.__('Order of lanes')
    );
    const select = element('select', 'giltracer-Select');
    const words: Record<LaneOrder, string> = {
      role: trans.__('by role'),
      waited: trans.__('by time waiting'),
      'made-wait': trans.__('by time made others wait'),
      name: trans.__('by name')
    };
    for (const [value, text] of Object.entries(words)) {
      const option = element('option', '', text);
      option.value = value;
      select.append(option);
    }
    select.value = order;
    select.addEventListener('change', () =>
      actions.setOrder(select.value as LaneOrder)
    );
    label.append(select);
    return label;
  }

  private readonly _select = button('giltracer-Button', '', '');
  private readonly _hint = element('span', 'giltracer-Lanes-hint');
  private readonly _picked = element('span', 'giltracer-Lanes-picked');
  private readonly _pickedText = element('span', 'giltracer-Lanes-pickedText');
}
