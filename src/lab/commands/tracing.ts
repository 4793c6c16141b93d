/** What the commands do with the cells of the current notebook. */
import {
  NotebookActions,
  type INotebookTracker,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { ICellModel } from '@jupyterlab/cells';
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import type { ShimLoader, ShimState } from '../kernel/shim';
import {
  areTraced,
  isTraced,
  traceableCells,
  traceCells,
  untraceCells
} from './trace-cells';

export namespace Tracing {
  export interface IOptions {
    notebooks: INotebookTracker;
    shims: ShimLoader;
    /** The line for cells that shall be traced from now on. */
    line: () => string;
    /** Told when a kernel can't trace. */
    onProblem: (state: ShimState) => void;
  }
}

export class Tracing {
  constructor(private readonly _options: Tracing.IOptions) {
    const { notebooks } = _options;
    notebooks.activeCellChanged.connect(this._onActiveCellChanged, this);
    notebooks.selectionChanged.connect(this._tell, this);
    notebooks.currentChanged.connect(this._tell, this);
    this._onActiveCellChanged();
  }

  /** Emitted when the properties below may have other values. */
  readonly changed = new Signal<this, void>(this);

  /** Whether a cell that may be edited is selected, in a notebook that runs Python. */
  get isPossible(): boolean {
    return this._cells().length > 0;
  }

  /** Whether all selected cells are traced. */
  get isTraced(): boolean {
    return areTraced(this._cells());
  }

  /** Trace the selected cells, or no longer if all of them are traced. */
  toggle(): void {
    if (this.isTraced) {
      untraceCells(this._cells());
    } else {
      void this.trace();
    }
    // The button takes the focus when all that is done for its click.
    window.setTimeout(() => this._leaveButton());
  }

  /**
   * Trace the selected cells that are not traced yet.
   * @returns false if the kernel is known not to be able to
   */
  async trace(): Promise<boolean> {
    traceCells(this._cells(), this._options.line());
    const kernel = kernelOf(this._options.notebooks.currentWidget);
    if (kernel === undefined) {
      return true;
    }
    // A kernel that is busy answers when it is idle; what is run until then waits in the same line.
    const answer = this._load(kernel);
    return kernel.status === 'idle' ? answer : true;
  }

  /** Before a cell runs: its magic must be there. Sends its request before it returns. */
  prepare(panel: NotebookPanel | undefined, cell: ICellModel): void {
    const kernel = kernelOf(panel ?? null);
    if (
      kernel !== undefined &&
      !this._options.shims.has(kernel) &&
      cell.type === 'code' &&
      isTraced(cell)
    ) {
      void this._load(kernel);
    }
  }

  /**
   * Take the focus from the button in the cell's toolbar back to the cell: there, the keys that run a cell
   * would press the button again.
   */
  private _leaveButton(): void {
    const notebook = this._options.notebooks.currentWidget?.content;
    const focused = document.activeElement;
    if (
      notebook?.activeCell?.node.contains(focused) === true &&
      focused?.closest('.jp-cell-toolbar') != null
    ) {
      void NotebookActions.focusActiveCell(notebook, { preventScroll: true });
    }
  }

  private async _load(kernel: Kernel.IKernelConnection): Promise<boolean> {
    const shim = await this._options.shims.load(kernel);
    const isProblem = shim.state === 'missing' || shim.state === 'broken';
    if (isProblem) {
      this._options.onProblem(shim);
    }
    return !isProblem;
  }

  private _cells(): ICellModel[] {
    const panel = this._options.notebooks.currentWidget;
    return panel === null || !runsPython(panel)
      ? []
      : traceableCells(panel.content);
  }

  private readonly _tell = (): void => {
    this.changed.emit();
  };

  private readonly _onActiveCellChanged = (): void => {
    this._active?.contentChanged.disconnect(this._tell, this);
    this._active = this._options.notebooks.activeCell?.model;
    this._active?.contentChanged.connect(this._tell, this);
    this._tell();
  };

  private _active: ICellModel | undefined;
}

/** The kernel of a notebook, if it has one that may answer. */
export function kernelOf(
  panel: NotebookPanel | null
): Kernel.IKernelConnection | undefined {
  const kernel = panel?.sessionContext.session?.kernel ?? undefined;
  return panel === null ||
    kernel === undefined ||
    kernel.isDisposed ||
    kernel.status === 'dead' ||
    !runsPython(panel)
    ? undefined
    : kernel;
}

/** Whether a notebook's kernel runs Python, as far as that is known: a new notebook may have none yet. */
function runsPython({ sessionContext }: NotebookPanel): boolean {
  const name = sessionContext.session?.kernel?.name;
  const specs = sessionContext.specsManager.specs?.kernelspecs;
  const language = name === undefined ? undefined : specs?.[name]?.language;
  return language === undefined || language.toLowerCase() === 'python';
}
