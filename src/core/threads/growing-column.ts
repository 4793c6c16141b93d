/** Columns that grow: typed arrays that are made longer together, so that a row costs nothing most of the time. */

export type Column =
  Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Columns shorter than this double: copying them costs little. */
const SHORT = 1 << 19;

/**
 * What longer ones become at once: copied again and again, a long column would for a while be in memory
 * twice. Rows that were not written to take up none: the zeros of so large an array are the kernel's, a page
 * of memory each at the first write (calloc, mmap).
 */
const VAST = 1 << 26;

/** Longer columns that begin with what stands in these, which are all of one length. */
export function grown<Columns extends Record<string, Column>>(
  columns: Columns
): Columns {
  const [{ length }] = Object.values(columns);
  if (length >= SHORT && length < VAST) {
    try {
      return widened(columns, VAST);
    } catch {
      // A system that lends no memory which it does not have: vm.overcommit_memory = 2.
      return widened(columns, length + (length >>> 1));
    }
  }
  return widened(columns, 2 * length);
}

function widened<Columns extends Record<string, Column>>(
  columns: Columns,
  length: number
): Columns {
  const wider: Record<string, Column> = {};
  for (const [name, column] of Object.entries(columns)) {
    const ColumnOfKind = column.constructor as new (length: number) => Column;
    wider[name] = new ColumnOfKind(length);
    wider[name].set(column);
  }
  return wider as Columns;
}
