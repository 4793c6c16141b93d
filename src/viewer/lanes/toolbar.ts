/** The buttons above the lanes, and what is visible in words. */
import { button, element } from '../dom';
import type { ITranslation } from '../translation';
import type { LaneOrder } from './lane-groups';

/** What the toolbar asks for. */
export interface IToolbarActions {
  zoomBy(factor: number): void;
  reset(): void;
  setOrder(order: LaneOrder): void;
}

export class Toolbar {
  constructor(actions: IToolbarActions, order: LaneOrder, trans: ITranslation) {
    this._add('+', trans.__('Zoom in'), () => actions.zoomBy(0.5));
    this._add('−', trans.__('Zoom out'), () => actions.zoomBy(2));
    this._add(trans.__('All'), trans.__('Show the whole run'), () =>
      actions.reset()
    );
    this.node.append(
      this._orderChoice(actions, order, trans),
      this.rangeText,
      element(
        'span',
        'giltracer-Lanes-hint',
        trans.__('Ctrl or ⌘ + wheel zooms, drag moves, double click shows all')
      )
    );
  }

  readonly node = element('div', 'giltracer-Lanes-toolbar');
  /** What is visible. */
  readonly rangeText = element('span', 'giltracer-Lanes-range');

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
}
