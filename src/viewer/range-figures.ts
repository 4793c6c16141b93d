/** The figures of a part of a run, for the tables of a view in which the reader has picked a range. */
import type { ReportDocument } from '../core/trace/document';
import type { TimeRange } from './lanes/time-scale';

/** What the tables show of a range. */
export interface RangeFigures {
  /**
   * All figures clipped to the range. Threads are those of the view's document, in the same order, then any that it left out; of waits each that overlaps the
   * range, with its own start and length. A figure that can't be known of a range is absent.
   */
  readonly document: ReportDocument;
  /** Sentences for the reader: what is only known on average, and what is not known of a range. */
  readonly remarks: readonly string[];
}

/** Whoever knows figures of ranges: a whole trace knows them exactly, a bundle on average. */
export interface IRangeFigures {
  /** @param range on the run's clock, which begins at 0 */
  figures(range: TimeRange): RangeFigures;

  /** Whether that takes so long that the reader should be told before. */
  takesLong(range: TimeRange): boolean;
}
