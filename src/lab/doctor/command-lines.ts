/** Lines to paste somewhere else, with a button that copies them. */
import { button, element } from '../../viewer/dom';
import { copyText } from '../../viewer/tables/clipboard';
import type { ITranslation } from '../../viewer/translation';

/** How long the button says that it has copied, in milliseconds. */
const SAID = 2000;

/**
 * The lines as they are, never wrapped.
 * @param name what they are for, for those who hear it
 */
export function commandLines(
  lines: readonly string[],
  name: string,
  trans: ITranslation
): HTMLElement {
  const node = element('div', 'giltracer-Lines');
  const text = lines.join('\n');
  const shown = element('pre', 'giltracer-Lines-text', text);
  // It may scroll: without a place in the order of Tab, the keyboard could not.
  shown.tabIndex = 0;
  shown.setAttribute('role', 'group');
  shown.setAttribute('aria-label', name);
  const label = trans.__('Copy');
  const copy = button('giltracer-Button', label, trans.__('Copy: %1', name));
  copy.setAttribute('aria-label', trans.__('Copy: %1', name));
  const said = element('span', 'giltracer-mod-spoken');
  said.setAttribute('role', 'status');
  copy.addEventListener('click', () => {
    void copyText(text, node).then(done => {
      const answer = done ? trans.__('Copied') : trans.__('Not copied');
      copy.textContent = said.textContent = answer;
      window.setTimeout(() => {
        copy.textContent = label;
        said.textContent = '';
      }, SAID);
    });
  });
  node.append(shown, copy, said);
  return node;
}
