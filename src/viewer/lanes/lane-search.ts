/** A search in the lanes: what was found, and which of it the reader is at. */
import type { ReportDocument, WaitRow } from '../../core/trace/document';
import type { ITranslation } from '../translation';
import type { Findings } from './find-in-run';
import { findInRun, NOTHING_FOUND } from './find-in-run';
import type { Lane } from './lane-data';

/** Goes to what was found. */
export interface ISearchTarget {
  goToLane(lane: Lane): void;
  goToWait(wait: WaitRow): void;
}

export class LaneSearch {
  constructor(
    private readonly _lanes: readonly Lane[],
    private readonly _document: ReportDocument,
    private readonly _target: ISearchTarget,
    private readonly _trans: ITranslation
  ) {}

  get found(): Findings {
    return this._found;
  }

  /** How much was found, in words; '' for nothing asked. */
  get words(): string {
    const trans = this._trans;
    const { named, waits, lanes } = this._found;
    if (this._text === '') {
      return '';
    }
    if (lanes.size === 0) {
      return trans.__('nothing found');
    }
    const parts = [
      trans._n('%1 lane', '%1 lanes', lanes.size),
      trans._n('%1 wait', '%1 waits', waits.length)
    ];
    const all = named.length + waits.length;
    return this._at < 0
      ? parts.join(', ')
      : `${trans.__('%1 of %2', this._at + 1, all)} · ${parts.join(', ')}`;
  }

  find(text: string): void {
    this._text = text.trim();
    this._at = -1;
    this._found =
      this._text === ''
        ? NOTHING_FOUND
        : findInRun(text, this._lanes, this._document);
  }

  /** Go to the next (1) or previous (-1) of what was found, round and round. */
  step(direction: 1 | -1): void {
    const { named, waits } = this._found;
    const count = named.length + waits.length;
    if (count === 0) {
      return;
    }
    const from = this._at < 0 && direction < 0 ? 0 : this._at;
    this._at = (from + direction + count) % count;
    if (this._at < named.length) {
      this._target.goToLane(named[this._at]);
    } else {
      this._target.goToWait(waits[this._at - named.length]);
    }
  }

  private _text = '';
  private _found = NOTHING_FOUND;
  private _at = -1;
}
