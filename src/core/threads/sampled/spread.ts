/**
 * How far a sampled time may be from the true one.
 *
 * The instants of the rounds are drawn at random, one in each stretch of one period (a stratified sample), so
 * that given what the program did, the errors of two stretches are independent, whatever rhythm
 * the program has. Then half the squares of the successive differences, summed, estimate the variance; in
 * expectation they are never below it (collapsed strata: Wolter, Introduction to Variance Estimation, 2nd ed., 2.5
 * and 8.2). A difference is not 0 only where two readings in a row differ.
 *
 * Sums of times need the variance of the sum: two lines between which a thread goes to and fro have large
 * errors, both together a small one. So each time keeps, instead of a variance, its deviations in some replicates, which
 * add up as the times do (successive difference replication: Fay and Train 1995): each difference enters
 * each replicate with a sign that is drawn at random, always the same ones.
 */
import type { Nanoseconds } from '../../units';

/** As many as a word has bits. */
const REPLICATES = 32;

/** 97.5th percentile of Student's distribution with as many degrees of freedom. */
const STUDENT_95 = 2.037;

/**
 * So many events, each seen by one reading in the mean, may all be missed in one run of forty: -ln 0.025, the exact limit of
 * Poisson's distribution for none (Garwood 1936). The square root tells too little of so few.
 */
const MOST_MISSED = 3.689;

/** The deviations of one time. */
export class Spread {
  readonly deviations = new Float64Array(REPLICATES);
  /**
   * Time between two readings. What lasted less may have been missed altogether, which no difference
   * shows: one such event is always allowed for.
   */
  floor: Nanoseconds = 0;

  /** Time that may as well be another state's: it was told from others by something else than readings. */
  doubt: Nanoseconds = 0;

  /** Makes this the spread of a sum. */
  add(other: Spread): void {
    for (let i = 0; i < REPLICATES; i++) {
      this.deviations[i] += other.deviations[i];
    }
    this.floor = Math.max(this.floor, other.floor);
    this.doubt += other.doubt;
  }

  /** Half width of the 95 % interval; doubt comes on top, since nobody knows its sign. */
  get errorNs(): Nanoseconds {
    let squares = 0;
    for (let i = 0; i < REPLICATES; i++) {
      squares += this.deviations[i] ** 2;
    }
    return intervalOf(squares / REPLICATES, this.floor) + this.doubt;
  }
}

/**
 * Half width of the 95 % interval of a time that is in no sum with others.
 *
 * @param variance see `Spread`: half the squares of the gaps in which it began or ended
 * @param floor time between two readings
 */
export function intervalOf(variance: number, floor: Nanoseconds): Nanoseconds {
  const spread = STUDENT_95 * Math.sqrt(variance + floor ** 2);
  return Math.max(spread, MOST_MISSED * floor);
}

/** Of a time that no reading met. @param floor time between two readings */
export function missed(floor: Nanoseconds): Spread {
  const spread = new Spread();
  spread.floor = floor;
  return spread;
}

/** The spread of a sum; undefined if none has one. */
export function summedSpread(
  spreads: Iterable<Spread | undefined>
): Spread | undefined {
  let sum: Spread | undefined;
  for (const spread of spreads) {
    if (spread !== undefined) {
      sum ??= new Spread();
      sum.add(spread);
    }
  }
  return sum;
}

/** Draws the signs. */
export class Differences {
  /**
   * Two readings in a row, `gap` apart, differ: time passed from one figure to the other somewhere between.
   *
   * @param from undefined if the time is of no figure
   */
  add(
    from: Spread | undefined,
    to: Spread | undefined,
    gap: Nanoseconds
  ): void {
    // Marsaglia's xorshift with 32 bits.
    this._signs ^= this._signs << 13;
    this._signs ^= this._signs >>> 17;
    this._signs ^= this._signs << 5;
    const size = gap * Math.SQRT1_2;
    if (from !== undefined) {
      addSigned(from.deviations, size, this._signs);
    }
    if (to !== undefined) {
      addSigned(to.deviations, -size, this._signs);
    }
  }

  private _signs = 0x2545f491;
}

function addSigned(values: Float64Array, size: number, signs: number): void {
  for (let i = 0; i < REPLICATES; i++) {
    values[i] += (signs >>> i) & 1 ? size : -size;
  }
}
