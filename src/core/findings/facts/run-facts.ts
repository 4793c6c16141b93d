/** Everything that causes are judged by, computed once for a run. */
import type { LineRow, ReportDocument, SourceLine } from '../../trace/document';
import { placeKey } from '../../trace/source-paths';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../../units';
import { demandOf, type Demand } from './demand';
import { gilWaits, mostOf, type GilWaits, type WaitTime } from './gil-waits';
import { lineOf } from './own-places';
import type { RunColumns } from './run-columns';
import { cpusOf, workersOf, type Cpus } from './work';

/** CPython's own (Python/ceval_gil.h: DEFAULT_INTERVAL). */
const DEFAULT_SWITCH_INTERVAL: Nanoseconds = 5_000_000;

/** So much of the time in which threads compete counts as usual. */
const USUAL_PART = 0.1;

export class RunFacts {
  readonly document: ReportDocument;
  readonly duration: Nanoseconds;
  readonly cpus: Cpus;
  /** Threads that took part in the work. */
  readonly workers: ReadonlySet<ThreadIndex>;
  readonly demand: Demand;
  readonly switchInterval: Nanoseconds;
  /** Absent on builds without a GIL, and where threads ran without it. */
  readonly gil?: GilWaits;
  /** As many threads had work at a time, usually: at most so many could have worked with CPUs enough. */
  readonly width: number;
  /** Whether the rung tells who held the GIL from when to when. */
  readonly holdsKnown: boolean;
  /** Whether times are estimates. */
  readonly sampled: boolean;

  constructor(readonly columns: RunColumns) {
    const { document } = columns;
    const { capture } = document;
    this.document = document;
    this.duration = capture.duration_ns;
    this.cpus = cpusOf(capture.environment);
    this.workers = workersOf(columns);
    this.demand = demandOf(columns, this.cpus.usable, this.workers);
    this.switchInterval =
      capture.environment.switch_interval ?? DEFAULT_SWITCH_INTERVAL;
    this.sampled = capture.mode === 'sample';
    this.holdsKnown = capture.mode !== 'waits' && capture.mode !== 'futex';
    if (capture.gil_enabled) {
      this.gil = gilWaits(columns, this.switchInterval, this.holdsKnown);
    }
    this.width = usualWidth(this.demand.wantedBy);
  }

  /** How many threads could have worked at a time. */
  get possible(): number {
    return Math.min(this.width, this.cpus.limit);
  }

  /** How many worked at a time, while two or more had work; and how far that may be off. */
  get scaled(): { threads: number; error?: number } {
    const { contested, contestedWork } = this.demand;
    const threads = contested > 0 ? contestedWork / contested : 0;
    return this.sampled && contested > 0
      ? { threads, error: this.workError / contested }
      : { threads };
  }

  /** Half width of the 95 % interval of the time that all threads spent on a CPU. */
  private get workError(): Nanoseconds {
    let squares = 0;
    for (const { states_error_ns: errors } of this.document.threads) {
      squares +=
        (errors?.['running-gil'] ?? 0) ** 2 + (errors?.running ?? 0) ** 2;
    }
    return Math.sqrt(squares);
  }

  /**
   * What waiting for the GIL for one reason cost the run at most: its part of all that such waits cost.
   */
  gilLoss(part: WaitTime): Nanoseconds {
    const { gil } = this;
    if (gil === undefined) {
      return 0;
    }
    const total =
      gil.kept.total + gil.convoy.total + gil.starved.total + gil.shared.total;
    return total > 0 ? (this.demand.losses.gil * part.total) / total : 0;
  }

  /** Lower limit of the time that threads spent in a state, as a part of what was seen of it. */
  surePart(
    state: 'waiting-gil' | 'waiting-lock' | 'preempted' | 'holding-off-cpu'
  ): number {
    if (!this.sampled) {
      return 1;
    }
    let time = 0;
    let squares = 0;
    for (const { states_ns: states, states_error_ns: errors } of this.document
      .threads) {
      // A thread that was not seen in the state adds no time, only the chance of a single moment.
      if ((states[state] ?? 0) > 0) {
        time += states[state] ?? 0;
        squares += (errors?.[state] ?? 0) ** 2;
      }
    }
    return time > 0 ? Math.max(0, 1 - Math.sqrt(squares) / time) : 0;
  }

  /** The line that made others wait longest for one reason. */
  holderLine(part: WaitTime): SourceLine | undefined {
    return this.place(mostOf(part.holderLines));
  }

  place(line: LineIndex): SourceLine | undefined {
    return line < 0 ? undefined : this.columns.stacks.placeOf(line);
  }

  /** The figures of a line. */
  rowOf(place: SourceLine): LineRow | undefined {
    this.rows ??= new Map(
      this.document.lines.map(row => [placeKey(lineOf(row)), row])
    );
    return this.rows.get(placeKey(lineOf(place)));
  }

  threadName(thread: ThreadIndex): string {
    return this.document.threads[this.columns.rowOf[thread]].name;
  }

  private rows: Map<string, LineRow> | undefined;
}

/** The largest number of threads that had work during a good part of the time in which two or more had. */
function usualWidth(wantedBy: Float64Array): number {
  const contested = wantedBy.slice(2).reduce((sum, time) => sum + time, 0);
  let above = 0;
  for (let width = wantedBy.length - 1; width >= 2; width--) {
    above += wantedBy[width];
    if (above > 0 && above >= USUAL_PART * contested) {
      return width;
    }
  }
  return 1;
}
