/** Where records were lost. */
import type { Nanoseconds } from '../units';

export interface LossSpan {
  start: Nanoseconds;
  end: Nanoseconds;
}

const INITIAL_CPUS = 64;

export class LossLog {
  /** The spans, merged where they touch, in order of time. */
  get spans(): readonly LossSpan[] {
    const merged: LossSpan[] = [];
    for (const { start, end } of [...this._spans].sort(byStart)) {
      const last = merged.at(-1);
      if (last && start <= last.end) {
        last.end = Math.max(last.end, end);
      } else {
        merged.push({ start, end });
      }
    }
    return merged;
  }

  /** A record came from the CPU's ring; CPU -1 if that is not known. */
  seen(cpu: number, time: Nanoseconds): void {
    this._lastAny = time;
    if (cpu < 0) {
      return;
    }
    if (cpu >= this._lastRecord.length) {
      const wider = new Float64Array(2 * cpu).fill(this._none);
      wider.set(this._lastRecord);
      this._lastRecord = wider;
    }
    this._lastRecord[cpu] = time;
  }

  /** Nothing was recorded up to `time`: no loss that is reported from now on lies before it. */
  restart(time: Nanoseconds): void {
    this._lastRecord.fill(time);
    this._none = time;
    this._lastAny = time;
  }

  /**
   * The span of a loss that is reported at `time`. The kernel writes PERF_RECORD_LOST with the next record
   * that finds room in that ring (kernel/events/ring_buffer.c), so what is missing lies between that
   * ring's record before and this time.
   *
   * @param cpu -1 if not known: then the span begins with the last record of any CPU
   */
  add(cpu: number, time: Nanoseconds): LossSpan {
    const start = cpu < 0 ? this._lastAny : this._lastOf(cpu);
    const span = { start: Math.min(start, time), end: time };
    this._spans.push(span);
    return span;
  }

  private _lastOf(cpu: number): Nanoseconds {
    return cpu < this._lastRecord.length ? this._lastRecord[cpu] : this._none;
  }

  private readonly _spans: LossSpan[] = [];
  private _lastRecord = new Float64Array(INITIAL_CPUS).fill(-Infinity);
  private _lastAny: Nanoseconds = -Infinity;
  /** Stands for the last record of a CPU that has made none. */
  private _none: Nanoseconds = -Infinity;
}

function byStart(a: LossSpan, b: LossSpan): number {
  // Both may be -Infinity, whose difference is not a number.
  return a.start < b.start ? -1 : a.start > b.start ? 1 : 0;
}
