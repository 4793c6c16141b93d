/** Which lanes stand out: those that the reader picked or looks for are lit, all others dimmed. */
import type { Arrangement } from './arrangement';
import type { Lane } from './lane-data';
import type { LaneRows } from './lane-rows';

export interface Lit {
  /** Undefined: none stands out. */
  readonly lanes: ReadonlySet<Lane> | undefined;
  /** Of the picked thread. */
  readonly picked: Lane | undefined;
}

/** Lanes of folded groups that are shown for being lit: more would unfold the group. */
const MOST_REVEALED = 12;

export class Spotlight {
  constructor(
    private readonly _rows: LaneRows,
    private readonly _arrangement: Arrangement
  ) {}

  show(lit: Lit): void {
    this._lit = lit;
    const { lanes, picked } = lit;
    const revealed = new Set([...(lanes ?? [])].slice(0, MOST_REVEALED));
    if (picked !== undefined) {
      revealed.add(picked);
    }
    this._arrangement.reveal(revealed);
    this.renew();
  }

  /** Light the rows again, after they were arranged anew. */
  renew(): void {
    const { lanes, picked } = this._lit;
    const lit = new Set([...(lanes ?? [])].map(lane => this._rows.rowOf(lane)));
    for (const row of this._rows.shown) {
      row.setPicked(row.lane === picked);
      const dimmed = lanes !== undefined && !lit.has(row);
      row.node.classList.toggle('giltracer-mod-dimmed', dimmed);
    }
  }

  private _lit: Lit = { lanes: undefined, picked: undefined };
}
