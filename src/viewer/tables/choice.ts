/** A switch between few choices, one of which is on. */
import { button, element } from '../dom';

export interface Choice<Key extends string> {
  readonly key: Key;
  readonly label: string;
  readonly title: string;
}

/** @param onPick called with the choice that the reader makes */
export function choiceSwitch<Key extends string>(
  label: string,
  choices: readonly Choice<Key>[],
  current: Key,
  onPick: (key: Key) => void
): HTMLElement {
  const node = element('div', 'giltracer-Choice');
  node.setAttribute('role', 'group');
  node.setAttribute('aria-label', label);
  const press = (pressed: Key): void => {
    choices.forEach(({ key }, index) => {
      node.children[index].setAttribute(
        'aria-pressed',
        String(key === pressed)
      );
    });
  };
  for (const { key, label: text, title } of choices) {
    node.append(
      button('giltracer-Button', text, title, () => {
        press(key);
        onPick(key);
      })
    );
  }
  press(current);
  return node;
}
