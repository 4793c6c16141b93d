/** What those did who held the GIL while a picked wait lasted. */
import { button, element } from '../dom';
import { formatDuration } from '../format';
import { stateLabel } from '../state-words';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import type { WaitParts } from './wait-parts';
import { holderName, holderShares } from './wait-parts';

/** More are told by their number. */
const LISTED = 6;

export class HolderPanel {
  /** @param _show brings a lane into view */
  constructor(
    private readonly _show: (lane: Lane) => void,
    private readonly _trans: ITranslation
  ) {
    this.node.hidden = true;
  }

  readonly node = element('div', 'giltracer-Holders');

  /** The holders of a wait, or nothing. */
  show(parts: WaitParts | undefined): void {
    const trans = this._trans;
    this.node.hidden = parts === undefined;
    this.node.replaceChildren();
    if (parts === undefined) {
      return;
    }
    if (parts.links.length === 0) {
      this.node.textContent = trans.__(
        'Nobody is known to have held the GIL during this wait.'
      );
      return;
    }
    const list = element('ul', 'giltracer-Holders-list');
    for (const link of parts.links.slice(0, LISTED)) {
      const { lane, start, end } = link;
      const name = holderName(link, trans);
      const held = trans.__('held the GIL for %1', formatDuration(end - start));
      const shares = holderShares(link, state => stateLabel(trans, state));
      const item = element('li');
      item.append(
        button(
          'giltracer-Table-action',
          name,
          trans.__('Show the lane of %1', name),
          () => this._show(lane)
        ),
        ` ${[held, ...shares].join(' · ')}`
      );
      list.append(item);
    }
    const more = parts.links.length - LISTED;
    if (more > 0) {
      const words = trans._n('%1 more hold', '%1 more holds', more);
      list.append(element('li', '', words));
    }
    const title = trans.__('What they did meanwhile');
    this.node.append(element('div', 'giltracer-Details-title', title), list);
  }
}
