/** Order, folds and reveals of lanes: what the reader made of the list of rows. */
import type { Lane } from './lane-data';
import type { LaneGroup, LaneOrder } from './lane-groups';
import { groupLanes } from './lane-groups';
import type { Folds, LaneRows } from './lane-rows';
import { isGroupFolded } from './lane-rows';

/** What is kept when the same run is shown again. */
export interface ArrangementState {
  readonly order: LaneOrder;
  readonly folds: Folds;
}

export const AS_AT_FIRST: ArrangementState = {
  order: 'role',
  folds: new Map()
};

export class Arrangement {
  constructor(
    private readonly _lanes: readonly Lane[],
    private readonly _rows: LaneRows,
    state: ArrangementState
  ) {
    this._order = state.order;
    this._folds = new Map(state.folds);
    this._arrange();
  }

  get state(): ArrangementState {
    return { order: this._order, folds: this._folds };
  }

  setOrder(order: LaneOrder): void {
    this._order = order;
    this._arrange();
  }

  foldGroup(group: LaneGroup): void {
    this._folds.set(group.key, !isGroupFolded(group, this._folds));
    this._show();
  }

  foldLane({ key }: Lane): void {
    this._folds.set(key, !(this._folds.get(key) ?? false));
    this._show();
  }

  /** Show these lanes even where their groups are folded, and no others. */
  reveal(lanes: ReadonlySet<Lane>): void {
    const same =
      lanes.size === this._revealed.size &&
      [...lanes].every(lane => this._revealed.has(lane));
    if (!same) {
      this._revealed = lanes;
      this._show();
    }
  }

  private _arrange(): void {
    this._groups = groupLanes(this._lanes, this._order);
    this._show();
  }

  private _show(): void {
    const { activeElement } = document;
    this._rows.arrange(this._groups, this._folds, this._revealed);
    // Rows are put in anew, so that the one with the focus lost it.
    if (activeElement instanceof HTMLElement) {
      this._rows.focusAgain(activeElement);
    }
  }

  private _groups: readonly LaneGroup[] = [];
  private _order: LaneOrder;
  private readonly _folds: Map<string, boolean>;
  private _revealed: ReadonlySet<Lane> = new Set();
}
