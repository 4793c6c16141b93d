/** The changes that a reader has asked a run about: kept while it is shown, never stored in the notebook. */
import type { WhatIfGap } from '../../core/findings/what-if/gap';
import type { Change, WhatIf } from '../../core/findings/what-if';
import { placeKey } from '../../core/trace/source-paths';
import type { ITraceDemand } from '../full-trace';

/** Whoever can replay the run. */
export interface IReplays {
  /** May take a second. */
  whatIf(change: Change): WhatIf | WhatIfGap;
}

/** One string for equal changes. */
export function changeKey(change: Change): string {
  switch (change.kind) {
    case 'release':
      return `release ${placeKey(change.line)}`;
    case 'switch-interval':
      return `switch-interval ${change.switch_interval_ns}`;
    case 'threads':
      return `threads ${change.threads}`;
    case 'no-gil':
      return 'no-gil';
  }
}

export class OwnChanges {
  /** The oldest first; no change twice. */
  get rows(): readonly WhatIf[] {
    return this._rows;
  }

  add(row: WhatIf): void {
    this._rows = [...this._without(row.change), row];
    this.onChange();
  }

  remove(change: Change): void {
    this._rows = this._without(change);
    this.onChange();
  }

  /** Who answers; undefined as long as nobody can. */
  get replays(): IReplays | undefined {
    return this._replays;
  }

  /** What must be loaded before anybody can answer; undefined if there is nothing to be loaded. */
  get demand(): ITraceDemand | undefined {
    return this._demand;
  }

  setReplays(replays: IReplays | undefined): void {
    this._replays = replays;
    this.onChange();
  }

  setDemand(demand: ITraceDemand | undefined): void {
    this._demand = demand;
    this.onChange();
  }

  /** Nobody answers and nobody shows it any more; the rows stay. */
  release(): void {
    this.onChange = () => undefined;
    this._replays = undefined;
    this._demand = undefined;
  }

  /** Called when any of this has changed; of the view that shows it. */
  onChange: () => void = () => undefined;

  private _without(change: Change): WhatIf[] {
    const key = changeKey(change);
    return this._rows.filter(each => changeKey(each.change) !== key);
  }

  private _rows: readonly WhatIf[] = [];
  private _replays: IReplays | undefined;
  private _demand: ITraceDemand | undefined;
}
