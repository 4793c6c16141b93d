/** One row of the lanes: a label, and a canvas. */
import type { CssPixels } from '../../core/units';
import { button, element } from '../dom';
import { formatPercent } from '../format';
import type { Theme } from '../theme';
import { cssColour, textOn, threadStyle } from '../theme';
import { threadName } from '../thread-name';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import { RowCanvas } from './row-canvas';
import { sharesOfThreads } from './thread-shares';
import { laneName } from './tooltip';

/** Room above a lane for the marks of long waits. */
export const MARK_HEIGHT: CssPixels = 4;
export const LANE_HEIGHT: CssPixels = 20;
export const AXIS_HEIGHT: CssPixels = 20;
/** Of a lane that was folded. */
export const FOLDED_HEIGHT: CssPixels = 6;

/** The number by which the GIL's lane names a thread, on the thread's colour. */
export function threadBadge(
  number: number | undefined,
  theme: Theme
): HTMLElement {
  const badge = element('span', 'giltracer-Badge');
  if (number !== undefined) {
    const { base } = threadStyle(theme, number);
    badge.textContent = String(number);
    badge.style.backgroundColor = cssColour(base);
    badge.style.color = textOn(base);
  }
  return badge;
}

/** What a row asks for. */
export interface ILaneActions {
  /** Its label was chosen. */
  pickLane(lane: Lane): void;
  foldLane(lane: Lane): void;
}

/** A lane of one thread, or of several as one. */
export class LaneRow {
  constructor(
    readonly lane: Lane,
    theme: Theme,
    actions: ILaneActions,
    private readonly _trans: ITranslation
  ) {
    const trans = _trans;
    this.node = element('div', 'giltracer-Lane');
    this.node.setAttribute('role', 'listitem');
    this.node.setAttribute('aria-label', laneSummary(lane, trans));
    this.node.tabIndex = -1;
    this.canvas.node.setAttribute('aria-hidden', 'true');
    const label = element('div', 'giltracer-Lane-label');
    label.title = laneTitle(lane, trans);
    const name = laneName(lane, trans);
    label.append((this._badge = threadBadge(lane.number, theme)));
    if (lane.thread === undefined) {
      label.append(element('span', 'giltracer-Lane-name', name));
    } else {
      this._pick = button('giltracer-Lane-name', name, label.title, () =>
        actions.pickLane(lane)
      );
      this._fold = button('giltracer-Lane-fold', '', '', () =>
        actions.foldLane(lane)
      );
      // Both have keys of their own; hundreds of stops for the tab key would help nobody.
      this._pick.tabIndex = this._fold.tabIndex = -1;
      label.append(this._pick, this._fold);
      this.setPicked(false);
      this.setFolded(false);
    }
    this.node.append(label, this.canvas.node);
  }

  readonly node: HTMLElement;
  readonly canvas = new RowCanvas(MARK_HEIGHT + LANE_HEIGHT);

  applyTheme(theme: Theme): void {
    const badge = threadBadge(this.lane.number, theme);
    this._badge.replaceWith(badge);
    this._badge = badge;
  }

  /** Whether its thread is the one that the reader picked. */
  setPicked(picked: boolean): void {
    this._pick?.setAttribute('aria-pressed', String(picked));
    this.node.classList.toggle('giltracer-mod-picked', picked);
  }

  /** A folded lane is a thin one. */
  setFolded(folded: boolean): void {
    const words = folded
      ? this._trans.__('Draw this lane at its full height')
      : this._trans.__('Fold this lane');
    this.node.classList.toggle('giltracer-mod-thin', folded);
    this.canvas.height = folded ? FOLDED_HEIGHT : MARK_HEIGHT + LANE_HEIGHT;
    if (this._fold !== undefined) {
      this._fold.title = words;
      this._fold.setAttribute('aria-label', words);
      this._fold.setAttribute('aria-expanded', String(!folded));
    }
  }

  private readonly _pick: HTMLButtonElement | undefined;
  private readonly _fold: HTMLButtonElement | undefined;
  private _badge: HTMLElement;
}

/** The lane in words, for those who don't see it. */
export function laneSummary(lane: Lane, trans: ITranslation): string {
  const { thread } = lane;
  if (thread === undefined) {
    // Of lanes that a bundle joined, the table may list some threads only.
    const all = lane.threads.length === lane.count;
    const shares = all ? sharesOfThreads(lane.threads, trans) : [];
    return [laneName(lane, trans), ...shares].join(', ');
  }
  const parts = [threadName(thread, trans)];
  if (thread.has_gil_percent !== undefined) {
    parts.push(
      trans.__('has the GIL %1', formatPercent(thread.has_gil_percent))
    );
  }
  if (thread.gil_wait_percent !== undefined) {
    parts.push(
      trans.__('waits for the GIL %1', formatPercent(thread.gil_wait_percent))
    );
  }
  if (thread.no_gil_percent !== undefined) {
    parts.push(trans.__('no GIL %1', formatPercent(thread.no_gil_percent)));
  }
  return parts.join(', ');
}

function laneTitle(lane: Lane, trans: ITranslation): string {
  const { thread } = lane;
  if (thread === undefined) {
    return trans.__('The mean of %1 threads', lane.count);
  }
  const title = trans.__(
    '%1, thread id %2',
    threadName(thread, trans),
    thread.tid
  );
  return thread.main ? `${title}\n${trans.__('* the main thread')}` : title;
}
