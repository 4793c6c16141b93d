/** Figures of ranges from a whole trace: exact. */
import type { LoadedTrace } from '../core/trace/load-trace';
import { RangeDocuments, type RangeGap } from '../core/trace/range-document';
import type { TimeRange } from './lanes/time-scale';
import type { IRangeFigures, RangeFigures } from './range-figures';
import type { ITranslation } from './translation';

export class TraceFigures implements IRangeFigures {
  /** @param _rows for each thread of the view's document its row in the trace's: a bundle may have left some out */
  constructor(
    private readonly _trace: LoadedTrace,
    private readonly _rows: readonly number[],
    private readonly _trans: ITranslation
  ) {}

  figures(range: TimeRange): RangeFigures {
    // Made with the first question: most readers never pick a range.
    this._documents ??= new RangeDocuments(this._trace);
    const { document, gaps } = this._documents.of(range);
    const shown = new Set(this._rows);
    const others = document.threads.filter((_, row) => !shown.has(row));
    const threads = [
      ...this._rows.map(row => document.threads[row]),
      ...others
    ];
    return {
      document: { ...document, threads },
      remarks: gaps.map(gap => this._remark(gap))
    };
  }

  private _remark(gap: RangeGap): string {
    const trans = this._trans;
    switch (gap) {
      case 'lines':
        return trans.__(
          'Lines of a range are not known: the trace was made by an older giltracer.'
        );
      case 'ignored':
        return trans.__(
          'Which requests were ignored is known for the whole run only.'
        );
      case 'errors':
        return trans.__(
          'These times are estimates; how far they may be off is known for the whole run only.'
        );
    }
  }

  private _documents: RangeDocuments | undefined;
}
