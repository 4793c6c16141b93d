/** The marks without a mouse: gutters are hidden from screen readers (CodeMirror 6 marks them aria-hidden). */
import type { Cell } from '@jupyterlab/cells';
import type { INotebookTracker, Notebook } from '@jupyterlab/notebook';
import { EditorView } from '@codemirror/view';
import { Announcer } from '../../viewer/lanes/announcer';
import { element } from '../../viewer/dom';
import type { ITranslation } from '../../viewer/translation';
import type { IShownRuns } from '../renderer/shown-runs';
import type { CellSlots } from './cell-slots';
import { markAt } from './mark-state';
import { showBox } from './mark-tooltip';
import { spokenMark } from './mark-words';
import type { Mark } from './marks';
import { marksOf } from './marks';

/** A line of the notebook: its cell's index, and its number from 1. */
interface LinePlace {
  readonly cell: number;
  readonly line: number;
}

export class MarkReader {
  constructor(
    private readonly _notebooks: INotebookTracker,
    private readonly _slots: CellSlots,
    private readonly _runs: IShownRuns | null,
    private readonly _trans: ITranslation
  ) {
    this._announcer = new Announcer(this._spoken);
  }

  /** Show the figures of the line with the cursor, and have them read aloud. */
  read(): void {
    const here = this._here();
    if (here !== undefined) {
      this._say(here.view, here.pos);
    }
  }

  /** Lead to the line with the cursor in the result that its figures are from. */
  showInResult(): void {
    const here = this._here();
    const mark = here && markAt(here.view.state, here.pos);
    if (here === undefined || mark === undefined) {
      this.read();
    } else {
      this.showMark(mark, here.view);
    }
  }

  /** Lead to a mark's line in its result, and back to the editor. */
  showMark({ row, run }: Mark, view: EditorView): void {
    const back = {
      label: this._trans.__('Back to the code'),
      go: () => {
        view.focus();
        view.dom.scrollIntoView({ block: 'nearest' });
      }
    };
    const { id } = run.info;
    if (this._runs?.showLine(id, row, view.dom, back) !== true) {
      this._tell(this._trans.__('The result of this run is not on the page.'));
    }
  }

  /** Put the cursor on the next marked line of the notebook, or the one before: after the last comes the first. */
  async step(forward: boolean): Promise<void> {
    const notebook = this._notebooks.currentWidget?.content;
    if (notebook === undefined) {
      return;
    }
    const marked = notebook.widgets.flatMap((cell, index) =>
      this._markedLines(cell).map(line => ({ cell: index, line }))
    );
    const here = cursorOf(notebook);
    const places = forward ? marked : marked.reverse();
    const next =
      places.find(place =>
        forward ? isBehind(place, here) : isBehind(here, place)
      ) ?? places[0];
    if (next === undefined) {
      this._tell(this._trans.__('No line of this notebook is marked.'));
      return;
    }
    await this._goTo(notebook, next);
  }

  private _markedLines(cell: Cell): number[] {
    const view = editorOf(cell);
    const { figures } = this._slots.of(cell.model);
    if (figures === undefined || !this._slots.shown || cell.inputHidden) {
      return [];
    }
    const lines =
      view?.state.doc.toJSON() ?? cell.model.sharedModel.source.split('\n');
    return marksOf(figures, lines)
      .filter(({ mark }) => mark.figure !== undefined)
      .map(({ line }) => line);
  }

  private async _goTo(notebook: Notebook, place: LinePlace): Promise<void> {
    const cell = notebook.widgets[place.cell];
    notebook.deselectAll();
    notebook.activeCellIndex = place.cell;
    notebook.mode = 'edit';
    await notebook.scrollToCell(cell);
    await cell.ready;
    const view = editorOf(cell);
    if (view === null || place.line > view.state.doc.lines) {
      return;
    }
    const { from } = view.state.doc.line(place.line);
    view.focus();
    view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    this._say(view, from);
  }

  private _here(): { view: EditorView; pos: number } | undefined {
    const cell = this._notebooks.currentWidget?.content.activeCell;
    const view = cell ? editorOf(cell) : null;
    if (view === null) {
      return undefined;
    }
    const { doc, selection } = view.state;
    return { view, pos: doc.lineAt(selection.main.head).from };
  }

  private _say(view: EditorView, pos: number): void {
    view.dispatch({ effects: showBox.of(pos) });
    const mark = markAt(view.state, pos);
    const line = view.state.doc.lineAt(pos).number;
    const trans = this._trans;
    this._tell(
      mark === undefined
        ? trans.__('Line %1. Nothing is known of this line.', line)
        : spokenMark(line, mark, trans)
    );
  }

  private _tell(words: string): void {
    // A region that comes with its text is not read.
    if (!this._spoken.isConnected) {
      document.body.append(this._spoken);
    }
    // Nor is the same text again.
    this._announcer.say('');
    this._announcer.sayLater(words);
  }

  private readonly _spoken = element('div', 'giltracer-mod-spoken');
  private readonly _announcer: Announcer;
}

function editorOf(cell: Cell): EditorView | null {
  return cell.editorWidget === null
    ? null
    : EditorView.findFromDOM(cell.editorWidget.node);
}

function cursorOf(notebook: Notebook): LinePlace {
  const { activeCell, activeCellIndex } = notebook;
  const view = activeCell && editorOf(activeCell);
  return {
    cell: activeCellIndex,
    line: view
      ? view.state.doc.lineAt(view.state.selection.main.head).number
      : 0
  };
}

function isBehind(a: LinePlace, b: LinePlace): boolean {
  return a.cell > b.cell || (a.cell === b.cell && a.line > b.line);
}
