/** One run, replayed with one thing changed: how long it would have taken, and how sure that is. */
import type { ReportDocument } from '../../trace/document';
import { placeKey, type IPlaces } from '../../trace/source-paths';
import type { Nanoseconds, ThreadIndex } from '../../units';
import { lineOf } from '../facts/own-places';
import type { Change, WhatIf } from '../what-if';
import { alikeWorkers } from './alike-workers';
import { assumptionsOf, type AssumptionFacts } from './assumptions';
import { buildWorkload } from './build-workload';
import { released, splitAmong } from './changed-workload';
import { Excerpt } from './excerpt';
import type { WhatIfGap } from './gap';
import { handOffTime } from './hand-off';
import { HeldLines } from './held-lines';
import type { Workload } from './programme';
import type { RecordedRun } from './recorded-run';
import { simulate, type Machine } from './simulation';

/** One set of what is not known of the run. */
interface Variant {
  readonly workload: Workload;
  readonly machine: Machine;
  /** Whether its times may be taken as they are: else only how they compare with the unchanged run's. */
  readonly whole: boolean;
  /** How long the unchanged run takes in the replay. */
  readonly unchanged: Nanoseconds;
}

/** A range wider than this tells nothing. */
const WIDEST = 1.5;

/** A run differs by so much from the next one. */
const RUN_TO_RUN = 0.07;

/**
 * CPUs that work at the same time may be so much slower than one alone: measured on two virtual CPUs with work that needs no
 * memory, 0.77 to 0.97.
 */
const PARALLEL_SPEED = 0.82;

/** Half of an interval that holds four of five, for one that holds 95 of 100: 1.28 and 1.96 standard deviations. */
const MOST_LIKELY = 0.654;

/** Probes between a drop and the acquire of the thread that it wakes. */
const HITS_OF_HAND_OFF = 2;

/** A traced run is so much slower in ways that no hit accounts for: its readers share its CPUs. Measured: 0 to 4 %. */
const TRACED_SLOWER = 0.03;

/** A replay of the unchanged run that is farther off has not understood it. */
const MOST_ERROR = 0.25;

/** All replays of a run together are to take a fifth of a second: a step takes some 100 ns. */
const MOST_STEPS = 100_000;
const MOST_PIECES = 20_000;
/** Spans of an excerpt: many, but each long against a switch interval. */
const LONGEST_SPAN: Nanoseconds = 200_000_000;
const SPANS = 8;
const LEAST_INTERVALS = 4;

export class Replay {
  /** @param places names lines as the document does */
  constructor(
    private readonly _run: RecordedRun,
    private readonly _document: ReportDocument,
    places: IPlaces
  ) {
    const { environment } = _document.capture;
    this._cpus = Math.min(
      environment.cpus_usable ?? NaN,
      environment.cpu_quota ?? Infinity
    );
    this._switchInterval = environment.switch_interval ?? NaN;
    const states = _run.threads.reduce(
      (sum, { track }) => sum + track.length,
      0
    );
    const every = Math.max(1, Math.ceil(states / MOST_PIECES));
    const span = Math.max(
      LEAST_INTERVALS * this._switchInterval,
      Math.min(LONGEST_SPAN, this._duration / (SPANS * every))
    );
    this._excerpt = new Excerpt(_run.begin, span, every);
    this._lines = new HeldLines(_run, places);
    this._handOff = handOffTime(_run);
    this._holders = _run.threads.map(() => false);
    for (let row = 0; row < _run.holds.length; row++) {
      this._holders[_run.holds.thread[row]] = true;
    }
  }

  /** How far the replay of the unchanged run is off; undefined if it can't be replayed. */
  get error(): number | undefined {
    const { variants } = this;
    return variants.length === 0
      ? undefined
      : this._whole(variants[0].unchanged) / this._duration - 1;
  }

  /** How long the run would have taken, or why that can't be told. */
  predict(change: Change): WhatIf | WhatIfGap {
    const { error } = this;
    if (!this._knowsMachine) {
      return 'machine';
    }
    if (error === undefined || Math.abs(error) > MOST_ERROR) {
      return 'misunderstood';
    }
    const durations: Nanoseconds[] = [];
    for (const variant of this.variants) {
      const changed = this._changed(variant, change);
      if (typeof changed === 'string') {
        return changed;
      }
      const { workload, machine } = changed;
      const result = simulate(workload, machine, MOST_STEPS);
      if (result === undefined) {
        return 'endless';
      }
      // By the replay's own error, and by what it leaves out.
      const { duration } = result;
      durations.push((this._duration * duration) / variant.unchanged);
      if (variant.whole) {
        durations.push(this._whole(duration));
      }
    }
    const least = Math.min(...durations);
    const most = Math.max(...durations);
    const middle = (least + most) / 2;
    const doubt = Math.hypot(
      RUN_TO_RUN * middle,
      this._lineDoubt(change) * (this._duration - middle)
    );
    const low = (least - doubt) * (1 - TRACED_SLOWER);
    const high = most + doubt;
    if (!(low > 0 && high <= WIDEST * low)) {
      return 'wide';
    }
    return {
      change,
      low_ns: Math.round(low),
      high_ns: Math.round(high),
      assumptions: assumptionsOf(change, this._facts)
    };
  }

  /** Threads that did alike work; undefined if they can't be told. */
  get workers(): readonly ThreadIndex[] | undefined {
    const [variant] = this.variants;
    return variant && alikeWorkers(variant.workload, this._holders);
  }

  private _changed(
    { workload, machine }: Variant,
    change: Change
  ): Pick<Variant, 'workload' | 'machine'> | WhatIfGap {
    switch (change.kind) {
      case 'release': {
        const line = this._lines.indexOf(change.line);
        return line < 0
          ? 'line'
          : { workload: released(workload, line), machine };
      }
      case 'switch-interval': {
        const switchInterval = change.switch_interval_ns;
        return { workload, machine: { ...machine, switchInterval } };
      }
      case 'threads': {
        const workers = alikeWorkers(workload, this._holders);
        return workers === undefined
          ? 'workers'
          : {
              workload: splitAmong(workload, workers, change.threads),
              machine
            };
      }
      case 'no-gil':
        return { workload, machine: { ...machine, gil: false } };
    }
  }

  private get variants(): readonly Variant[] {
    this._variants ??= this._makeVariants();
    return this._variants;
  }

  private _makeVariants(): Variant[] {
    const cost = this._document.capture.ns_per_hit ?? 0;
    const recorded = this._workload(0);
    if (recorded === undefined) {
      return [];
    }
    const likely: Machine = {
      cpus: this._cpus,
      parallelSpeed: 1,
      gil: true,
      switchInterval: this._switchInterval,
      handOff: this._handOff,
      wakes: 'longest'
    };
    const tried: Omit<Variant, 'unchanged'>[] = [
      { workload: recorded, machine: likely, whole: true }
    ];
    if (this._cpus > 1) {
      const machine = { ...likely, parallelSpeed: PARALLEL_SPEED };
      tried.push({ workload: recorded, machine, whole: false });
    }
    // Of two threads the one that waits is the one that is woken.
    if (this._holders.filter(Boolean).length > 2) {
      const machine: Machine = { ...likely, wakes: 'any' };
      tried.push({ workload: recorded, machine, whole: true });
    }
    const cheaper = cost > 0 ? this._workload(cost) : undefined;
    if (cheaper !== undefined) {
      const handOff = Math.max(0, likely.handOff - HITS_OF_HAND_OFF * cost);
      const machine = { ...likely, handOff };
      tried.push({ workload: cheaper, machine, whole: true });
    }
    const variants: Variant[] = [];
    for (const each of tried) {
      const result = simulate(each.workload, each.machine, MOST_STEPS);
      if (result === undefined) {
        return [];
      }
      variants.push({ ...each, unchanged: result.duration });
    }
    return variants;
  }

  private get _knowsMachine(): boolean {
    return this._cpus > 0 && this._switchInterval > 0 && this._duration > 0;
  }

  private _workload(hitCost: Nanoseconds): Workload | undefined {
    return this._knowsMachine
      ? buildWorkload(this._run, this._lines, {
          switchInterval: this._switchInterval,
          hitCost,
          cpus: this._cpus,
          excerpt: this._excerpt
        })
      : undefined;
  }

  /** What a part of the run that was replayed stands for. */
  private _whole(duration: Nanoseconds): Nanoseconds {
    const { begin, end } = this._run;
    return (duration * (end - begin)) / this._excerpt.kept(begin, end);
  }

  /** How far the time of a line may be off, as a part of it. */
  private _lineDoubt(change: Change): number {
    if (change.kind !== 'release') {
      return 0;
    }
    const key = placeKey(lineOf(change.line));
    const row = this._document.lines.find(
      each => placeKey(lineOf(each)) === key
    );
    const { held_ns: held = 0, held_error_ns: error = 0 } = row ?? {};
    return held > 0 ? Math.min(1, (MOST_LIKELY * error) / held) : 0;
  }

  private get _facts(): AssumptionFacts {
    return {
      mode: this._document.capture.mode,
      cpus: this._cpus,
      error: this.error ?? 0,
      every: this._excerpt.every
    };
  }

  private get _duration(): Nanoseconds {
    return this._run.end - this._run.begin;
  }

  private readonly _cpus: number;
  private readonly _switchInterval: Nanoseconds;
  private readonly _handOff: Nanoseconds;
  private readonly _excerpt: Excerpt;
  private readonly _lines: HeldLines;
  private readonly _holders: boolean[];
  private _variants: readonly Variant[] | undefined;
}
