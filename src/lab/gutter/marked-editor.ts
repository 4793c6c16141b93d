/** What an editor of a cell needs to show its marks. */
import { Compartment, type Extension } from '@codemirror/state';
import type { EditorView, PluginValue, ViewUpdate } from '@codemirror/view';
import { ViewPlugin } from '@codemirror/view';
import { Signal } from '@lumino/signaling';
import type { ITranslation } from '../../viewer/translation';
import type { CellSlot, CellSlots } from './cell-slots';
import type { IMarkActions } from './mark-gutter';
import { markGutter } from './mark-gutter';
import { markField, setMarks } from './mark-state';
import { markTooltip, showBox } from './mark-tooltip';
import type { Mark } from './marks';
import { marksOf } from './marks';

/** After the last key marks are laid out anew: a change that was undone is none. In milliseconds. */
export const SETTLE_MS = 400;
/** The pointer rests before a box is shown; in milliseconds. */
export const POINT_MS = 250;

export namespace MarkedEditor {
  export interface IOptions {
    readonly slots: CellSlots;
    /** The editor's cell. */
    readonly model: object;
    readonly trans: ITranslation;
    /** A mark was clicked. */
    readonly onPick: (mark: Mark, view: EditorView) => void;
  }
}

/** The extension of one editor. */
export function markedEditor(options: MarkedEditor.IOptions): Extension {
  const column = new Compartment();
  return [
    markField,
    markTooltip(options.trans),
    column.of([]),
    ViewPlugin.define(view => new Marks(view, column, options))
  ];
}

/** Lays the figures of the cell on its lines. */
class Marks implements PluginValue, IMarkActions {
  constructor(
    private readonly _view: EditorView,
    private readonly _column: Compartment,
    private readonly _options: MarkedEditor.IOptions
  ) {
    const { slots, model } = _options;
    this._slot = slots.of(model);
    this._slot.changed.connect(this._layOut, this);
    slots.shownChanged.connect(this._layOut, this);
    if (this._slot.figures !== undefined) {
      // An editor takes no transaction while it is made.
      this._layOutLater(0);
    }
  }

  update({ docChanged }: ViewUpdate): void {
    const { versions = [] } = this._slot.figures ?? {};
    // Marks of a text that is not known have nothing to go by but where they were.
    const isKnown =
      versions.length > 0 && versions.every(({ sums }) => sums !== undefined);
    if (docChanged && isKnown) {
      this._layOutLater(SETTLE_MS);
    }
  }

  destroy(): void {
    clearTimeout(this._settling);
    clearTimeout(this._pointing);
    Signal.clearData(this);
  }

  pick(mark: Mark): void {
    this._options.onPick(mark, this._view);
  }

  point(pos: number | undefined): void {
    if (pos === this._pointedAt) {
      return;
    }
    this._pointedAt = pos;
    clearTimeout(this._pointing);
    this._pointing = window.setTimeout(
      () => this._view.dispatch({ effects: showBox.of(pos) }),
      pos === undefined ? 0 : POINT_MS
    );
  }

  private _layOutLater(ms: number): void {
    clearTimeout(this._settling);
    this._settling = window.setTimeout(() => this._layOut(), ms);
  }

  private readonly _layOut = (): void => {
    clearTimeout(this._settling);
    const { slots } = this._options;
    const { figures } = this._slot;
    const marks =
      figures === undefined || !slots.shown
        ? []
        : marksOf(figures, this._view.state.doc.toJSON());
    if (marks.length === 0 && this._view.state.field(markField).length === 0) {
      return;
    }
    const drawn = marks.some(({ mark }) => mark.figure !== undefined);
    const column =
      drawn === this._hasColumn
        ? []
        : [this._column.reconfigure(drawn ? markGutter(this) : [])];
    this._hasColumn = drawn;
    this._view.dispatch({ effects: [setMarks.of(marks), ...column] });
  };
  private readonly _slot: CellSlot;
  private _hasColumn = false;
  private _pointedAt: number | undefined;
  private _settling = 0;
  private _pointing = 0;
}
