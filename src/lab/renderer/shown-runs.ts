/** Which runs are on the page, for those who lead the reader to a part of one. */
import { Token } from '@lumino/coreutils';
import type { SourceLine } from '../../core/trace/document';
import type { WayBack } from '../../viewer/tables/run-tables';

export interface IShownRuns {
  /**
   * Light up a line in the view of a run, and lead the reader there. Of several views the one in the same document as `near`
   * is taken, if there is one.
   *
   * @param back leads the reader back
   * @returns whether there is such a view, and its run has figures of the line
   */
  showLine(
    runId: string,
    place: SourceLine,
    near: Node,
    back: WayBack
  ): boolean;
}

export const IShownRuns = new Token<IShownRuns>(
  'giltracer:IShownRuns',
  'Leads to the views of giltracer runs that are on the page.'
);

/** What a view of a run can do; `RunView` can. */
export interface IShownRun {
  readonly node: HTMLElement;
  readonly runId: string | undefined;
  showLine(place: SourceLine, back: WayBack): boolean;
}

/** A document's tab: what JupyterLab and Notebook 7 give each widget of the main area. */
const DOCUMENT = '.jp-Document';

export class ShownRuns implements IShownRuns {
  add(view: IShownRun): void {
    this._views.add(view);
  }

  delete(view: IShownRun): void {
    this._views.delete(view);
  }

  showLine(
    runId: string,
    place: SourceLine,
    near: Node,
    back: WayBack
  ): boolean {
    const isNear = ({ node }: IShownRun): boolean =>
      node.closest(DOCUMENT)?.contains(near) ?? false;
    return [...this._views]
      .filter(view => view.runId === runId)
      .sort((a, b) => Number(isNear(b)) - Number(isNear(a)))
      .some(view => view.showLine(place, back));
  }

  private readonly _views = new Set<IShownRun>();
}
