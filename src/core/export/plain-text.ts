/** Texts that others wrote, made harmless for a terminal and for the line they stand in. */

// Control characters move a terminal's cursor; directional ones (Unicode UAX 9) reorder what follows.
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** One line of text without anything that acts on a terminal. */
export function plain(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}
