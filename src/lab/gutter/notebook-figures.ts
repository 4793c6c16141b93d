/** Follows the results in the outputs of a notebook, and lays their figures into the slots of its cells. */
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IOutputModel } from '@jupyterlab/rendermime';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { BUNDLE_MIME_TYPE } from '../../core/trace/bundle';
import type { CellSlots } from './cell-slots';
import type { RunFigures } from './run-figures';
import { readRunFigures } from './run-figures';

/** Outputs come in bursts; in milliseconds. */
export const READ_AFTER_MS = 50;
/** A notebook may have hundreds of results: the page must stay usable while they are read. In milliseconds. */
const READ_FOR_MS = 8;

type Outputs = ICodeCellModel['outputs'];

export class NotebookFigures implements IDisposable {
  constructor(
    private readonly _model: INotebookModel,
    private readonly _slots: CellSlots
  ) {
    _model.cells.changed.connect(this._onCellsChanged, this);
    this._onCellsChanged();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._timer);
      Signal.clearData(this);
    }
  }

  private _readLater(): void {
    this._timer ??= window.setTimeout(() => {
      this._timer = undefined;
      this._readSome();
    }, READ_AFTER_MS);
  }

  private _readSome(): void {
    const until = performance.now() + READ_FOR_MS;
    for (const cell of this._unread) {
      if (performance.now() > until) {
        this._readLater();
        return;
      }
      this._unread.delete(cell);
      const runs = this._runsIn(cell.outputs);
      // A cell that runs again has lost its outputs: until it has a result, that of its run before is the newest there is.
      if (runs.length > 0 || cell.executionState !== 'running') {
        this._runs.set(cell, runs);
      }
    }
    this._layOut();
  }

  private _runsIn(outputs: Outputs): RunFigures[] {
    const runs: RunFigures[] = [];
    for (let index = 0; index < outputs.length; index++) {
      const output = outputs.get(index);
      // What a program prints may be long, and is copied when it is asked for.
      if (output.type === 'stream' || output.type === 'error') {
        continue;
      }
      let figures = this._read.get(output);
      if (figures === undefined) {
        figures = readRunFigures(output.data[BUNDLE_MIME_TYPE]) ?? null;
        this._read.set(output, figures);
      }
      if (figures !== null) {
        runs.push(figures);
      }
    }
    return runs;
  }

  /** Of all runs that know a cell, the newest counts. */
  private _layOut(): void {
    const newest = new Map<string, RunFigures>();
    for (const run of [...this._runs.values()].flat()) {
      for (const cell of run.cells.keys()) {
        const other = newest.get(cell);
        if (other === undefined || other.startedAt < run.startedAt) {
          newest.set(cell, run);
        }
      }
    }
    for (const cell of this._cells.values()) {
      this._slots.of(cell).figures = newest.get(cell.id)?.cells.get(cell.id);
    }
  }

  private readonly _onCellsChanged = (): void => {
    const cells = new Set([...this._model.cells].filter(isCode));
    for (const [outputs, cell] of this._cells) {
      if (!cells.delete(cell)) {
        outputs.changed.disconnect(this._onOutputsChanged, this);
        cell.stateChanged.disconnect(this._onStateChanged, this);
        this._cells.delete(outputs);
        this._runs.delete(cell);
        this._unread.delete(cell);
      }
    }
    for (const cell of cells) {
      this._cells.set(cell.outputs, cell);
      cell.outputs.changed.connect(this._onOutputsChanged, this);
      cell.stateChanged.connect(this._onStateChanged, this);
      this._unread.add(cell);
    }
    this._readLater();
  };
  private readonly _onOutputsChanged = (
    outputs: Outputs,
    { type, newValues }: { type: string; newValues: IOutputModel[] }
  ): void => {
    const cell = this._cells.get(outputs);
    if (cell !== undefined) {
      if (type === 'set') {
        newValues.forEach(output => this._read.delete(output));
      }
      this._unread.add(cell);
      this._readLater();
    }
  };
  /** A run that has ended without a result has none to come. */
  private readonly _onStateChanged = (
    cell: ICellModel,
    { name }: { name: string }
  ): void => {
    if (name === 'executionState' && isCode(cell)) {
      this._unread.add(cell);
      this._readLater();
    }
  };
  private readonly _cells = new Map<Outputs, ICodeCellModel>();
  private readonly _unread = new Set<ICodeCellModel>();
  /** What was read of an output; null: nothing. */
  private readonly _read = new WeakMap<IOutputModel, RunFigures | null>();
  private readonly _runs = new Map<ICodeCellModel, RunFigures[]>();
  private _timer: number | undefined;
  private _isDisposed = false;
}

function isCode(cell: ICellModel): cell is ICodeCellModel {
  return cell.type === 'code';
}
