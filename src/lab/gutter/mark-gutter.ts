/** The gutter of an editor that has marks. */
import { RangeSet, type Extension } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { gutter, GutterMarker } from '@codemirror/view';
import { STATE_APPEARANCES } from '../../core/threads/colors';
import { STATE_NAMES, ThreadState } from '../../core/threads/states';
import { element } from '../../viewer/dom';
import type { Figure, FigureKind } from './line-figures';
import type { MarkAt } from './mark-state';
import { markAt, markField } from './mark-state';
import type { Mark } from './marks';
import { shortFigure } from './mark-words';

/** The hue of a figure is that of the state of threads in the lanes; its sign has a shape of its own. */
const STATE_OF: Record<FigureKind, ThreadState> = {
  'made-wait': ThreadState.WaitingGil,
  held: ThreadState.RunningGil,
  waited: ThreadState.WaitingGil
};

export interface IMarkActions {
  /** A mark was clicked. */
  pick(mark: Mark): void;
  /** The pointer is on a line, by its begin, or on none. */
  point(pos: number | undefined): void;
}

/** A column with the marks of an editor; it has no width where there is none. */
export function markGutter(actions: IMarkActions): Extension {
  return gutter({
    class: 'giltracer-Gutter',
    markers: view => markers(view.state.field(markField)),
    domEventHandlers: {
      mousedown: (view, { from }, event) => {
        const mark = drawnMark(view, from);
        if (mark === undefined || (event as MouseEvent).button !== 0) {
          return false;
        }
        actions.pick(mark);
        return true;
      },
      mousemove: (view, { from }) => {
        const mark = drawnMark(view, from);
        actions.point(mark === undefined ? undefined : from);
        return false;
      },
      mouseleave: () => {
        actions.point(undefined);
        return false;
      }
    }
  });
}

function drawnMark(view: EditorView, pos: number): Mark | undefined {
  const mark = markAt(view.state, pos);
  return mark?.figure === undefined ? undefined : mark;
}

function markers(marks: readonly MarkAt[]): RangeSet<GutterMarker> {
  return RangeSet.of(
    marks.flatMap(({ pos, mark }) =>
      mark.figure === undefined
        ? []
        : [new LineMarker(mark, mark.figure).range(pos)]
    )
  );
}

class LineMarker extends GutterMarker {
  constructor(
    private readonly _mark: Mark,
    private readonly _figure: Figure
  ) {
    super();
  }

  eq(other: LineMarker): boolean {
    return (
      other._mark.row === this._mark.row &&
      other._mark.change === this._mark.change
    );
  }

  toDOM(): Node {
    const { kind, ns } = this._figure;
    const node = element('div', `giltracer-Mark giltracer-mod-${kind}`);
    node.classList.toggle('giltracer-mod-stale', this._mark.change === 'line');
    const state = STATE_OF[kind];
    const { light, dark } = STATE_APPEARANCES[state];
    const own = `--giltracer-state-${STATE_NAMES[state]}`;
    node.style.setProperty('--giltracer-mark-light', `var(${own}, ${light})`);
    node.style.setProperty('--giltracer-mark-dark', `var(${own}, ${dark})`);
    const bar = element('span', 'giltracer-Mark-bar');
    const part = Math.min(1, ns / this._mark.run.longestNs);
    bar.style.setProperty('--giltracer-mark-part', String(part));
    node.append(
      element('span', 'giltracer-Mark-sign'),
      element('span', 'giltracer-Mark-figure', shortFigure(this._figure)),
      bar
    );
    return node;
  }
}
