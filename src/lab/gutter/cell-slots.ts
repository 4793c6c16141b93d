/** Where the figures of a cell lie for all its editors: a notebook may be open in several views. */
import { Signal } from '@lumino/signaling';
import type { CellFigures } from './run-figures';

/** The figures of one cell. */
export class CellSlot {
  /** Emitted when the figures are others, or none. */
  readonly changed = new Signal<this, void>(this);

  get figures(): CellFigures | undefined {
    return this._figures;
  }

  set figures(figures: CellFigures | undefined) {
    if (this._figures !== figures) {
      this._figures = figures;
      this.changed.emit();
    }
  }

  private _figures: CellFigures | undefined;
}

/** The slots of all cells, by their models. */
export class CellSlots {
  /** Emitted when marks are to be shown, or no longer. */
  readonly shownChanged = new Signal<this, boolean>(this);

  /** Whether marks are shown at all. */
  get shown(): boolean {
    return this._shown;
  }

  set shown(shown: boolean) {
    if (this._shown !== shown) {
      this._shown = shown;
      this.shownChanged.emit(shown);
    }
  }

  /** The slot of a cell; the same one for the same model. */
  of(model: object): CellSlot {
    let slot = this._slots.get(model);
    if (slot === undefined) {
      slot = new CellSlot();
      this._slots.set(model, slot);
    }
    return slot;
  }

  private _shown = true;
  private readonly _slots = new WeakMap<object, CellSlot>();
}
