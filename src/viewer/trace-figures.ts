/** What a whole trace tells: exact figures of ranges, and every wait. */
import type { Change, WhatIf } from '../core/findings/what-if';
import type { WhatIfGap } from '../core/findings/what-if/gap';
import { recordedRun } from '../core/findings/what-if/recorded-run';
import { Replays } from '../core/findings/what-if/scenarios';
import type { ThreadWait } from '../core/timeline/longest-waits';
import type { WaitRow } from '../core/trace/document';
import type { LoadedTrace } from '../core/trace/load-trace';
import { RangeDocuments, type RangeGap } from '../core/trace/range-document';
import type { Nanoseconds } from '../core/units';
import type { TimeRange } from './lanes/time-scale';
import type { IWaitSource } from './lanes/wait-source';
import type { IRangeFigures, RangeFigures } from './range-figures';
import type { ITranslation } from './translation';

/** Holds and waits that are counted in some 20 ms. */
const QUICK_ROWS = 500_000;

export class TraceFigures implements IRangeFigures, IWaitSource {
  /** @param _rows for each thread of the view's document its row in the trace's: a bundle may have left some out */
  constructor(
    private readonly _trace: LoadedTrace,
    private readonly _rows: readonly number[],
    private readonly _trans: ITranslation
  ) {}

  figures(range: TimeRange): RangeFigures {
    const { document, gaps } = this._documentsOfRanges.of(range);
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

  takesLong({ start, end }: TimeRange): boolean {
    const { columns, tables } = this._trace.file;
    const rows = columns.waits.length + (tables.holds?.length ?? 0);
    return rows * ((end - start) / columns.end) > QUICK_ROWS;
  }

  /** How long the run would have taken with a change, or why that can't be told. */
  whatIf(change: Change): WhatIf | WhatIfGap {
    this._replays ??= this._startReplays();
    return this._replays?.predict(change) ?? 'old-trace';
  }

  next(time: Nanoseconds, least: Nanoseconds): WaitRow | undefined {
    return this._wait(this._trace.timeline.nextWait(time, least));
  }

  previous(time: Nanoseconds, least: Nanoseconds): WaitRow | undefined {
    return this._wait(this._trace.timeline.previousWait(time, least));
  }

  private _wait(found: ThreadWait | undefined): WaitRow | undefined {
    return found && this._documentsOfRanges.wait(found.row);
  }

  /** Made with the first question: most readers never ask. */
  private get _documentsOfRanges(): RangeDocuments {
    this._documents ??= new RangeDocuments(this._trace);
    return this._documents;
  }

  private _startReplays(): Replays | undefined {
    const recorded = recordedRun(this._trace);
    return (
      recorded &&
      new Replays(recorded.run, this._trace.file.document, recorded.places)
    );
  }

  private _remark(gap: RangeGap): string {
    const trans = this._trans;
    switch (gap) {
      case 'lines':
        return this._trace.file.document.capture.sampling !== undefined
          ? trans.__('Lines are sampled, and known for the whole run only.')
          : trans.__(
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
  private _replays: Replays | undefined;
}
