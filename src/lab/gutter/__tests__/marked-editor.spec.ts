import { EditorState } from '@codemirror/state';
import { EditorView, showTooltip } from '@codemirror/view';
import { ENGLISH } from '../../../viewer/translation';
import { CellSlots } from '../cell-slots';
import type { LineChange, Mark } from '../marks';
import { markedEditor, SETTLE_MS } from '../marked-editor';
import { markField } from '../mark-state';
import { showBox } from '../mark-tooltip';
import type { CellFigures } from '../run-figures';
import { readRunFigures } from '../run-figures';
import { bundleOf, lineRow } from './made-figures';

const TEXT = 'first\nsecond\nthird';

function figuresOf(text?: string): CellFigures {
  const figures = readRunFigures(
    bundleOf(
      [lineRow('c', 2, 5), lineRow('c', 3, 10)],
      text === undefined ? {} : { c: text },
      { name: 'two loops' }
    )
  )?.cells.get('c');
  if (figures === undefined) {
    throw new Error('no figures');
  }
  return figures;
}

describe('an editor of a cell', () => {
  const model = {};
  let slots: CellSlots;
  let picked: Mark[];
  let views: EditorView[];

  beforeEach(() => {
    jest.useFakeTimers();
    slots = new CellSlots();
    picked = [];
    views = [];
  });

  afterEach(() => {
    views.forEach(view => view.destroy());
    jest.useRealTimers();
  });

  function open(doc = TEXT): EditorView {
    const view = new EditorView({
      state: EditorState.create({
        doc,
        extensions: markedEditor({
          slots,
          model,
          trans: ENGLISH,
          onPick: mark => picked.push(mark)
        })
      }),
      parent: document.body
    });
    views.push(view);
    jest.advanceTimersByTime(1);
    return view;
  }

  function changes(view: EditorView): LineChange[] {
    return view.state.field(markField).map(({ mark }) => mark.change);
  }

  function texts(view: EditorView): (string | null)[] {
    return Array.from(
      view.dom.querySelectorAll('.giltracer-Mark'),
      node => node.textContent
    );
  }

  it('has no gutter without figures, and one with them', () => {
    const view = open();
    expect(view.dom.querySelector('.cm-gutters')).toBeNull();
    slots.of(model).figures = figuresOf(TEXT);
    expect(texts(view)).toEqual(['5 ms', '10 ms']);
    slots.of(model).figures = undefined;
    expect(view.dom.querySelector('.cm-gutters')).toBeNull();
  });

  it('shows what was there before it was made, in each view', () => {
    slots.of(model).figures = figuresOf(TEXT);
    expect([open(), open()].map(texts)).toEqual([
      ['5 ms', '10 ms'],
      ['5 ms', '10 ms']
    ]);
  });

  it('draws bars in parts of the longest, and what was changed as such', () => {
    slots.of(model).figures = figuresOf(TEXT.replace('third', 'another'));
    const view = open();
    const marks = [...view.dom.querySelectorAll('.giltracer-Mark')];
    const parts = marks.map(mark =>
      mark
        .querySelector<HTMLElement>('.giltracer-Mark-bar')
        ?.style.getPropertyValue('--giltracer-mark-part')
    );
    expect(parts).toEqual(['0.5', '1']);
    expect(
      marks.map(mark => mark.classList.contains('giltracer-mod-stale'))
    ).toEqual([false, true]);
  });

  it('lays marks out anew when the last key was a while ago', () => {
    slots.of(model).figures = figuresOf(TEXT);
    const view = open();
    view.dispatch({ changes: { from: 7, insert: 'x' } });
    expect(changes(view)).toEqual(['line', 'elsewhere']);
    jest.advanceTimersByTime(SETTLE_MS / 2);
    view.dispatch({ changes: { from: 7, to: 8 } });
    expect(changes(view)).toEqual(['line', 'elsewhere']);
    jest.advanceTimersByTime(SETTLE_MS);
    expect(changes(view)).toEqual(['same', 'same']);
  });

  it('does not take back what it can’t know', () => {
    slots.of(model).figures = figuresOf();
    const view = open();
    expect(changes(view)).toEqual(['unknown', 'unknown']);
    view.dispatch({ changes: { from: 0, insert: 'zero\n' } });
    jest.advanceTimersByTime(SETTLE_MS * 2);
    expect(
      view.state
        .field(markField)
        .map(({ pos }) => view.state.doc.lineAt(pos).text)
    ).toEqual(['second', 'third']);
  });

  it('hides and shows its marks with the setting', () => {
    slots.of(model).figures = figuresOf(TEXT);
    const view = open();
    slots.shown = false;
    expect(view.dom.querySelector('.cm-gutters')).toBeNull();
    slots.shown = true;
    expect(texts(view)).toEqual(['5 ms', '10 ms']);
  });

  it('tells all in a box, until the text changes or Escape is pressed', () => {
    slots.of(model).figures = figuresOf(TEXT);
    const view = open();
    const box = (): string | null | undefined => {
      const [tooltip] = view.state
        .facet(showTooltip)
        .filter(each => each !== null);
      return tooltip?.create(view).dom.textContent;
    };
    view.dispatch({ effects: showBox.of(6) });
    expect(box()).toMatch(/^Made others wait5 ms.*“two loops”/);
    view.dispatch({ changes: { from: 0, insert: 'x' } });
    expect(box()).toBeUndefined();
    view.dispatch({ effects: showBox.of(0) });
    expect(box()).toBe('Nothing is known of this line.');
    view.contentDOM.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })
    );
    expect(box()).toBeUndefined();
  });

  it('hands on the mark that was clicked', () => {
    slots.of(model).figures = figuresOf(TEXT);
    const view = open();
    // Without a layout all lines are at the top: the first one is meant, which has no mark.
    const gutter = view.dom.querySelector('.giltracer-Gutter');
    gutter?.dispatchEvent(new MouseEvent('mousedown', { button: 0 }));
    expect(picked).toEqual([]);
  });

  it('follows its slot no longer when it is gone', () => {
    const view = open();
    view.destroy();
    slots.of(model).figures = figuresOf(TEXT);
    slots.shown = false;
    jest.runOnlyPendingTimers();
    expect(texts(view)).toEqual([]);
  });
});
