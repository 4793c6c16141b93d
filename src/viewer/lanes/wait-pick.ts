/** The wait that the reader picked: by a click, by keys, or in a table. */
import type { WaitRow } from '../../core/trace/document';
import type { CssPixels } from '../../core/units';
import type { Picks } from '../picks';
import type { ITranslation } from '../translation';
import type { Announcer } from './announcer';
import type { Lane } from './lane-data';
import { waitWords } from './range-words';
import { rangeAround, spanOf } from './time-scale';
import type { Viewport } from './viewport';
import { waitParts, type WaitParts } from './wait-parts';
import type { WaitWalk } from './wait-walk';

/** From this width on a wait is told from its neighbours; beyond this part of the view it is too wide. */
const CLEAR_WIDTH: CssPixels = 24;
const TOO_WIDE = 0.8;

export class WaitPick {
  /** @param _onChange called when another wait is to be shown, and whether the reader may not see it yet */
  constructor(
    readonly walk: WaitWalk,
    private readonly _lanes: readonly Lane[],
    private readonly _viewport: Viewport,
    private readonly _picks: Picks,
    private readonly _announcer: Announcer,
    private readonly _onChange: (parts: WaitParts | undefined) => void,
    private readonly _trans: ITranslation
  ) {
    this._unsubscribe = _picks.subscribe(({ wait }, changed) => {
      if (changed === 'wait') {
        this._take(wait);
      }
    });
  }

  /** Who takes part in the picked wait. */
  get parts(): WaitParts | undefined {
    return this._parts;
  }

  /** Pick a wait that is seen already: the visible range stays. */
  pick(wait: WaitRow | undefined): void {
    this._seen = true;
    this._picks.pick('wait', wait);
    this._seen = false;
  }

  /** Go to the next (1) or previous (-1) wait, from the picked one or from the middle of the view. */
  async step(direction: 1 | -1, width: CssPixels): Promise<void> {
    const { range } = this._viewport;
    const middle = (range.start + range.end) / 2;
    const from = this._picks.current.wait?.start_ns ?? middle;
    const least = spanOf(range) / Math.max(1, width);
    const wait = await this.walk.walk(direction, from, least);
    if (wait !== undefined) {
      this.goTo(wait, width);
    } else {
      this._announcer.say(this._trans.__('No further wait'));
    }
  }

  /** Pick a wait and make it visible, at the same zoom if it can be seen well at it. */
  goTo(wait: WaitRow, width: CssPixels): void {
    this.pick(wait);
    const { start_ns: start, duration_ns: length } = wait;
    const { range, bounds } = this._viewport;
    const part = length / spanOf(range);
    if (part * width >= CLEAR_WIDTH && part <= TOO_WIDE) {
      this._viewport.centre(start + length / 2);
    } else {
      this._viewport.show(rangeAround(start, start + length, bounds));
    }
  }

  dispose(): void {
    this._unsubscribe();
  }

  private _take(wait: WaitRow | undefined): void {
    this._parts = wait && waitParts(wait, this._lanes);
    this._onChange(this._parts);
    if (wait !== undefined && !this._seen) {
      const { start_ns: start, duration_ns: length } = wait;
      const { bounds } = this._viewport;
      this._viewport.show(rangeAround(start, start + length, bounds));
    }
    if (this._parts !== undefined) {
      this._announcer.say(waitWords(this._parts, this._trans));
    }
  }

  private readonly _unsubscribe: () => void;
  private _parts: WaitParts | undefined;
  private _seen = false;
}
