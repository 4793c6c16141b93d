/** What was recorded of each thread → its programme. */
import { ThreadState } from '../../threads/states';
import type { Nanoseconds, ThreadIndex } from '../../units';
import { findLinks, type ThreadLinks } from './dependencies';
import { CpuUse } from './cpu-use';
import type { Excerpt } from './excerpt';
import type { HeldLines } from './held-lines';
import {
  needsGil,
  Piece,
  ProgrammeRows,
  timesOf,
  type Programme,
  type Workload
} from './programme';
import type { RecordedRun } from './recorded-run';

export interface BuildOptions {
  readonly switchInterval: Nanoseconds;
  /** What tracing adds to each hold and to each time between two: taken out. */
  readonly hitCost: Nanoseconds;
  readonly cpus: number;
  readonly excerpt: Excerpt;
}

/** Between a forced drop and the next request a thread does nothing of its own. */
const FORCED_GAP: Nanoseconds = 50_000;

/** A hold of so many switch intervals in which another thread waited did not answer; among many waiters intervals overlap. */
const UNANSWERED_BY_TWO = 1.5;
const UNANSWERED_BY_MORE = 2.5;

/** A programme that is shorter is not worth to be repeated. */
const LEAST_REPEATED: Nanoseconds = 1_000_000;

/** @returns undefined if the run has no main thread */
export function buildWorkload(
  run: RecordedRun,
  lines: HeldLines,
  options: BuildOptions
): Workload | undefined {
  const main = run.threads.findIndex(thread => thread.main);
  if (main < 0) {
    return undefined;
  }
  const links = findLinks(run, options.excerpt);
  const rows = holdsByThread(run);
  const holders = rows.filter(({ length }) => length > 0).length;
  const limit =
    options.switchInterval *
    (holders > 2 ? UNANSWERED_BY_MORE : UNANSWERED_BY_TWO);
  const cpus = new CpuUse(run, options.cpus);
  const programmes = run.threads.map((_, thread) =>
    new ProgrammeBuilder(
      run,
      lines,
      options,
      links.threads[thread],
      rows[thread],
      { limit, cpus }
    ).build(thread)
  );
  return {
    main,
    events: links.events,
    programmes,
    endless: Uint8Array.from(programmes, (programme, thread) => {
      const time = timesOf(programme).reduce((sum, each) => sum + each, 0);
      return links.threads[thread].endless && time >= LEAST_REPEATED ? 1 : 0;
    })
  };
}

class ProgrammeBuilder {
  constructor(
    private readonly _run: RecordedRun,
    private readonly _lines: HeldLines,
    private readonly _options: BuildOptions,
    private readonly _links: ThreadLinks,
    private readonly _holds: Int32Array,
    private readonly _known: { limit: Nanoseconds; cpus: CpuUse }
  ) {}

  build(thread: ThreadIndex): Programme {
    const { birth, exit, lastly } = this._links;
    const { track } = this._run.threads[thread];
    if (birth >= 0) {
      this._rows.event(Piece.Await, birth);
    }
    for (let i = 0; i < track.length; i++) {
      const end = i + 1 < track.length ? track.start[i + 1] : track.end;
      for (let from = track.start[i]; from < end;) {
        this._passMarks(from);
        const to = Math.min(end, this._links.marks[this._mark]?.time ?? end);
        this._add(track.state[i], from, to);
        from = to;
      }
    }
    this._passMarks(Infinity);
    this._flushGap();
    for (const event of lastly) {
      this._rows.event(Piece.Await, event);
    }
    if (exit >= 0) {
      this._rows.event(Piece.Signal, exit);
    }
    return this._rows;
  }

  /** Puts in the events up to a time. */
  private _passMarks(time: Nanoseconds): void {
    const { marks } = this._links;
    for (; this._mark < marks.length; this._mark++) {
      const { time: at, signal, event } = marks[this._mark];
      if (at > time) {
        return;
      }
      if (this._gap.length > 0) {
        this._flushGap();
      }
      this._rows.event(signal ? Piece.Signal : Piece.Await, event);
    }
  }

  private _add(state: number, from: Nanoseconds, to: Nanoseconds): void {
    const { excerpt } = this._options;
    const time = excerpt.kept(from, to);
    if (time === 0) {
      this._forced = false;
      return;
    }
    switch (state) {
      case ThreadState.RunningGil:
        this._hold(from, to, Piece.Gil);
        return;
      case ThreadState.HoldingOffCpu:
        this._hold(from, to, Piece.GilAsleep);
        return;
      case ThreadState.Running:
        this._gap.push(Piece.Work, time);
        return;
      case ThreadState.WaitingGil:
        return;
      case ThreadState.Preempted:
        this._gap.push(Piece.Asleep, time * this._known.cpus.others(from, to));
        return;
      default:
        if (!this._isElastic(from)) {
          this._gap.push(Piece.Asleep, time);
        }
    }
  }

  private _hold(from: Nanoseconds, to: Nanoseconds, kind: Piece): void {
    const { holds } = this._run;
    const { excerpt } = this._options;
    while (
      this._row < this._holds.length &&
      holds.end[this._holds[this._row]] <= from
    ) {
      this._row++;
    }
    const hold = this._row < this._holds.length ? this._holds[this._row] : -1;
    if (hold !== this._current) {
      this._begin(hold);
    }
    if (hold < 0 || holds.start[hold] >= to) {
      this._rows.push(kind, excerpt.kept(from, to));
      return;
    }
    // The last part of a hold in which others waited in vain is a call.
    const called =
      holds.wanted[hold] > this._known.limit
        ? holds.end[hold] - holds.wanted[hold]
        : Infinity;
    const part =
      kind === Piece.GilAsleep ? this._known.cpus.others(from, to) : 1;
    let at = from;
    this._lines.split(from, to, (line, time) => {
      const end = at + time;
      const kept = part * excerpt.kept(at, end);
      const less = Math.min(this._taken, kept);
      this._taken -= less;
      if (kept - less > 0) {
        const call = kind === Piece.Gil && end > called;
        this._pushHeld(call, kind, kept - less, line);
      }
      at = end;
    });
    if (holds.end[hold] <= to) {
      this._forced = holds.forced[hold] === 1;
      this._inCall = false;
    }
  }

  private _pushHeld(
    call: boolean,
    kind: Piece,
    time: Nanoseconds,
    line: number
  ): void {
    const last = this._rows.length - 1;
    if (
      call &&
      this._inCall &&
      this._rows.kind[last] === Piece.GilCall &&
      this._rows.line[last] === line
    ) {
      this._rows.amount[last] += time;
    } else {
      this._rows.push(call ? Piece.GilCall : kind, time, line);
    }
    this._inCall = call;
  }

  /** A hold begins: what came since the one before? */
  private _begin(hold: number): void {
    this._current = hold;
    const { length, kind, amount } = this._gap;
    const nothing =
      this._forced &&
      (length === 0 ||
        (length === 1 && kind[0] === Piece.Work && amount[0] < FORCED_GAP));
    if (nothing) {
      this._gap.length = 0;
    } else {
      this._flushGap();
    }
    this._forced = false;
    this._inCall = false;
    this._taken = nothing ? 0 : this._options.hitCost;
    this._lines.find(hold);
  }

  /** What was done without the GIL; nothing at all still is a drop. */
  private _flushGap(): void {
    const { _gap: gap, _rows: rows } = this;
    const last = rows.length - 1;
    if (gap.length === 0 && last >= 0 && needsGil(rows.kind[last])) {
      rows.push(Piece.Work, 0);
    }
    if (gap.length > 0 && gap.kind[0] === Piece.Work) {
      gap.amount[0] = Math.max(0, gap.amount[0] - this._options.hitCost);
    }
    rows.append(gap);
    gap.length = 0;
  }

  private _isElastic(time: Nanoseconds): boolean {
    const { elastic } = this._links;
    while (this._wait < elastic.length && elastic[this._wait].end <= time) {
      this._wait++;
    }
    return this._wait < elastic.length && elastic[this._wait].start <= time;
  }

  private readonly _rows = new ProgrammeRows();
  /** Since the last hold. */
  private readonly _gap = new ProgrammeRows();
  private _mark = 0;
  private _row = 0;
  private _wait = 0;
  private _current = -2;
  private _forced = false;
  private _inCall = false;
  /** Cost of tracing that is still to be taken out of the hold. */
  private _taken: Nanoseconds = 0;
}

/** Rows of the holds of each thread. */
function holdsByThread({ holds, threads }: RecordedRun): Int32Array[] {
  const count = new Uint32Array(threads.length);
  for (let row = 0; row < holds.length; row++) {
    count[holds.thread[row]]++;
  }
  const rows = Array.from(count, length => new Int32Array(length));
  count.fill(0);
  for (let row = 0; row < holds.length; row++) {
    const thread = holds.thread[row];
    rows[thread][count[thread]++] = row;
  }
  return rows;
}
