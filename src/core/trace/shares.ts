/** Times in states → shares that fit into a byte each. */

/** Sum of the shares of a bucket in which a thread existed. */
export const SHARE_SUM = 255;

/** Rounds each bucket to shares that sum to SHARE_SUM, by the largest remainder. */
export function quantize(
  times: Float64Array,
  stride: number,
  out: Uint8Array
): void {
  const remainders = new Float64Array(stride);
  for (let base = 0; base < times.length; base += stride) {
    let total = 0;
    for (let s = 0; s < stride; s++) {
      total += times[base + s];
    }
    if (total === 0) {
      continue;
    }
    let left = SHARE_SUM;
    for (let s = 0; s < stride; s++) {
      const exact = (times[base + s] / total) * SHARE_SUM;
      const whole = Math.floor(exact);
      out[base + s] = whole;
      remainders[s] = exact - whole;
      left -= whole;
    }
    for (; left > 0; left--) {
      let best = 0;
      for (let s = 1; s < stride; s++) {
        if (remainders[s] > remainders[best]) {
          best = s;
        }
      }
      out[base + best]++;
      remainders[best] = -1;
    }
  }
}
