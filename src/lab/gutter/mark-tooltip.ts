/** The box with all figures of a line. */
import { type Extension, StateEffect, StateField } from '@codemirror/state';
import type { EditorView, Tooltip } from '@codemirror/view';
import { keymap, showTooltip } from '@codemirror/view';
import { element } from '../../viewer/dom';
import type { ITranslation } from '../../viewer/translation';
import { markAt, setMarks } from './mark-state';
import { markWords } from './mark-words';

/** Show the box of the line that begins there, or none. */
export const showBox = StateEffect.define<number | undefined>();

/** Shows the box until the text, the selection or the marks change, or Escape is pressed. */
export function markTooltip(trans: ITranslation): Extension {
  const field = StateField.define<Tooltip | null>({
    create: () => null,
    update: (box, { effects, docChanged, selection }) => {
      let next = docChanged || selection !== undefined ? null : box;
      for (const effect of effects) {
        if (effect.is(showBox)) {
          const pos = effect.value;
          next = pos === undefined ? null : tooltip(pos, trans);
        } else if (effect.is(setMarks)) {
          next = null;
        }
      }
      return next;
    },
    provide: self => showTooltip.from(self)
  });
  return [
    field,
    keymap.of([
      {
        key: 'Escape',
        run: view => {
          const shown = view.state.field(field) !== null;
          if (shown) {
            view.dispatch({ effects: showBox.of(undefined) });
          }
          return shown;
        }
      }
    ])
  ];
}

function tooltip(pos: number, trans: ITranslation): Tooltip {
  return {
    pos,
    above: true,
    create: view => ({ dom: box(view, pos, trans) })
  };
}

function box(view: EditorView, pos: number, trans: ITranslation): HTMLElement {
  const node = element('div', 'giltracer-MarkBox');
  const mark = markAt(view.state, pos);
  if (mark === undefined) {
    node.append(element('p', '', trans.__('Nothing is known of this line.')));
    return node;
  }
  const { facts, remarks } = markWords(mark, trans);
  const list = element('dl', 'giltracer-MarkBox-facts');
  for (const { label, value } of facts) {
    list.append(element('dt', '', label), element('dd', '', value));
  }
  node.append(list, ...remarks.map(text => element('p', '', text)));
  return node;
}
