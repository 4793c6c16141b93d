/**
 * Size of a value once it stands in a notebook. nbformat writes `json.dumps(…, indent=1,
 * ensure_ascii=False)` (nbformat/v4/nbjson.py), so lists and objects take a line per entry; other
 * writers escape what is not ASCII. The bound here holds for both and for compact JSON.
 */

/** Columns by which the value of a MIME type is indented: cells, cell, outputs, output, data, type. */
const NOTEBOOK_INDENT = 6;

/** Length of \uXXXX instead of one UTF-16 code unit. */
const ESCAPED_LENGTH = 6;

const LINE_FEED = 10;

/** Bytes that a JSON value takes at most within a notebook file. */
export function storedBytes(value: unknown): number {
  const text = JSON.stringify(value, null, 1);
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === LINE_FEED) {
      bytes += NOTEBOOK_INDENT;
    } else if (code > 127) {
      bytes += ESCAPED_LENGTH - 1;
    }
  }
  return bytes;
}
