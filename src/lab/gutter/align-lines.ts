/** Where the lines of an earlier text are in a later one. */

/** A line of the earlier text as it is now; undefined if it is gone. */
export type FoundLine =
  { /** Index in the later text. */ at: number; changed: boolean } | undefined;

/** Larger differences than this, in pairs of lines, are not worked out: these lines count as changed. */
const MOST_PAIRS = 1 << 18;

/**
 * Find each line of `before` in `after`, which keep their order. Where as many lines have come as have gone, they are the
 * same ones, changed.
 *
 * @param before a number for each line, equal for equal lines
 */
export function alignLines(
  before: ArrayLike<number>,
  after: ArrayLike<number>
): FoundLine[] {
  const pairs = new Int32Array(before.length).fill(-1);
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) {
    pairs[start] = start++;
  }
  let end = 0;
  while (
    end < shorter - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end++;
    pairs[before.length - end] = after.length - end;
  }
  pairMiddle(
    before,
    after,
    pairs,
    start,
    before.length - end,
    after.length - end
  );
  return foundLines(pairs, after.length);
}

/** The longest common subsequence of before[start, beforeEnd) and after[start, afterEnd). */
function pairMiddle(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  pairs: Int32Array,
  start: number,
  beforeEnd: number,
  afterEnd: number
): void {
  const rows = beforeEnd - start;
  const columns = afterEnd - start;
  if (rows === 0 || columns === 0 || rows * columns > MOST_PAIRS) {
    return;
  }
  // lengths[i][j]: of the sequences that begin at line i of the one and j of the other.
  const stride = columns + 1;
  const lengths = new Uint16Array((rows + 1) * stride);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      lengths[i * stride + j] =
        before[start + i] === after[start + j]
          ? lengths[(i + 1) * stride + j + 1] + 1
          : Math.max(
              lengths[(i + 1) * stride + j],
              lengths[i * stride + j + 1]
            );
    }
  }
  let i = 0;
  let j = 0;
  while (i < rows && j < columns) {
    if (before[start + i] === after[start + j]) {
      pairs[start + i++] = start + j++;
    } else if (lengths[(i + 1) * stride + j] >= lengths[i * stride + j + 1]) {
      i++;
    } else {
      j++;
    }
  }
}

/** Lines between two that were found are theirs, changed, if there are as many now as there were. */
function foundLines(pairs: Int32Array, afterLength: number): FoundLine[] {
  const found: FoundLine[] = [];
  let previous = -1;
  for (let i = 0; i < pairs.length;) {
    if (pairs[i] >= 0) {
      previous = pairs[i++];
      found.push({ at: previous, changed: false });
      continue;
    }
    let end = i;
    while (end < pairs.length && pairs[end] < 0) {
      end++;
    }
    const next = end < pairs.length ? pairs[end] : afterLength;
    const sameNumber = next - previous - 1 === end - i;
    for (; i < end; i++) {
      previous++;
      found.push(sameNumber ? { at: previous, changed: true } : undefined);
    }
  }
  return found;
}
