/** Puts text on the clipboard, also where a page came over plain HTTP and has no navigator.clipboard. */
import { element } from '../dom';

/**
 * Call while a click or a key is handled: browsers allow it only then.
 *
 * @param place an element of the page, near which the text is put for a moment
 * @returns false if the browser refused
 */
export async function copyText(
  text: string,
  place: HTMLElement
): Promise<boolean> {
  // Absent in insecure origins, whatever the types say.
  const { clipboard } = navigator as { clipboard?: Clipboard };
  try {
    if (clipboard !== undefined) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed here: the old way may be.
  }
  return copySelected(text, place);
}

function copySelected(text: string, place: HTMLElement): boolean {
  const focused = document.activeElement;
  const field = element('textarea', 'giltracer-mod-spoken');
  field.value = text;
  place.append(field);
  field.select();
  try {
    // Deprecated, and all that there is without a secure origin.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) {
      focused.focus({ preventScroll: true });
    }
  }
}
