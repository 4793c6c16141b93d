/**
 * Elements are made here and nowhere else by markup: every text of a bundle is hostile input, so it
 * only ever becomes the `textContent` of an element or the value of a harmless attribute.
 */

/** A new element with a class and a text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  text = ''
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className !== '') {
    node.className = className;
  }
  if (text !== '') {
    node.textContent = text;
  }
  return node;
}

/** A push button that never submits a form. */
export function button(
  className: string,
  text: string,
  title: string,
  onClick?: (event: MouseEvent) => void
): HTMLButtonElement {
  const node = element('button', className, text);
  node.type = 'button';
  node.title = title;
  if (onClick !== undefined) {
    node.addEventListener('click', onClick);
  }
  return node;
}
