/** A button that shows what is hidden at first, and hides it again. */
import { button } from '../dom';

/** @param hidden is hidden from now on, until the button is pressed */
export function unfoldButton(
  label: string,
  hidden: readonly HTMLElement[]
): HTMLButtonElement {
  const show = (shown: boolean): void => {
    hidden.forEach(each => (each.hidden = !shown));
    fold.setAttribute('aria-expanded', String(shown));
  };
  const fold = button('giltracer-fold', label, '', () =>
    show(fold.getAttribute('aria-expanded') === 'false')
  );
  show(false);
  return fold;
}
