/** What tracing itself uses of the CPUs: the bridge with all its threads, and perf. */
import type { Nanoseconds } from '../../core/units';

/** CPU time of the bridge with all its threads and of perf, and the time in which they used it. */
export interface OwnCpu {
  used: Nanoseconds;
  during: Nanoseconds;
}

/** With one decimal. */
export function percentOfOneCpu({ used, during }: OwnCpu): number {
  return during > 0 ? Math.round((1000 * used) / during) / 10 : 0;
}

/** Measures from its making on. */
export class OwnCpuMeter {
  /**
   * @param _now the time of the recording
   * @param _perfTimes CPU time that each perf has used so far; undefined: it can no longer tell
   */
  constructor(
    private readonly _now: () => Nanoseconds,
    private readonly _perfTimes: () => readonly (Nanoseconds | undefined)[]
  ) {
    this._usedBefore = this._used();
    this._began = _now();
  }

  /** Since it was made; undefined if a perf can no longer tell. */
  read(): OwnCpu | undefined {
    const used = this._used();
    return used === undefined || this._usedBefore === undefined
      ? undefined
      : { used: used - this._usedBefore, during: this._now() - this._began };
  }

  private _used(): Nanoseconds | undefined {
    const { user, system } = process.cpuUsage();
    let used: Nanoseconds | undefined = 1000 * (user + system);
    for (const time of this._perfTimes()) {
      used = used === undefined || time === undefined ? undefined : used + time;
    }
    return used;
  }

  private readonly _usedBefore: Nanoseconds | undefined;
  private readonly _began: Nanoseconds;
}
