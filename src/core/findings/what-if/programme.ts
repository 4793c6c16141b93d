/**
 * What each thread did, without the time in which it waited for the GIL or for a CPU: that is what a replay makes anew.
 */
import { grown } from '../../threads/growing-column';
import type { Nanoseconds, ThreadIndex } from '../../units';

/** What a piece of a programme needs. */
export const Piece = {
  /** A CPU and the GIL. Gives the GIL up when it is asked to. */
  Gil: 0,
  /** The same in a call that can't be asked. Two in a row are two calls. */
  GilCall: 1,
  /** The GIL, but no CPU. */
  GilAsleep: 2,
  /** A CPU. */
  Work: 3,
  /** Time only. */
  Asleep: 4,
  /** Goes on when an event has come: `amount` is its number. */
  Await: 5,
  /** Makes an event come. */
  Signal: 6
} as const;

export type Piece = (typeof Piece)[keyof typeof Piece];

/** Pieces of one thread in order. */
export interface Programme {
  readonly length: number;
  /** Piece. */
  readonly kind: Uint8Array;
  /** Nanoseconds, or the number of an event. */
  readonly amount: Float64Array;
  /** Line that held the GIL, as the replay numbers them; -1: not known, or none. */
  readonly line: Int32Array;
}

/** Programmes of all threads of a run. */
export interface Workload {
  readonly programmes: readonly Programme[];
  /** By thread: 1 if it would begin anew, were the run longer. */
  readonly endless: Uint8Array;
  /** How many events there are. */
  readonly events: number;
  /** The thread whose end is the end of the run. */
  readonly main: ThreadIndex;
}

/** Whether a piece needs the GIL. */
export function needsGil(kind: number): boolean {
  return kind <= Piece.GilAsleep;
}

/** Programmes that grow. Neighbours alike become one piece. */
export class ProgrammeRows implements Programme {
  length = 0;
  kind = new Uint8Array(16);
  amount = new Float64Array(16);
  line = new Int32Array(16);

  push(kind: Piece, amount: number, line = -1): void {
    const before = this.length - 1;
    const joins =
      before >= 0 &&
      kind !== Piece.GilCall &&
      kind < Piece.Await &&
      this.kind[before] === kind &&
      this.line[before] === line;
    if (joins) {
      this.amount[before] += amount;
      return;
    }
    if (this.length === this.kind.length) {
      const { kind: kinds, amount: amounts, line: lines } = this;
      Object.assign(this, grown({ kind: kinds, amount: amounts, line: lines }));
    }
    this.kind[this.length] = kind;
    this.amount[this.length] = amount;
    this.line[this.length++] = line;
  }

  event(kind: typeof Piece.Await | typeof Piece.Signal, event: number): void {
    this.push(kind, event);
  }

  append({ length, kind, amount, line }: Programme): void {
    for (let row = 0; row < length; row++) {
      this.push(kind[row] as Piece, amount[row], line[row]);
    }
  }
}

/** Nanoseconds of each kind of piece, events left out. */
export function timesOf({ length, kind, amount }: Programme): Nanoseconds[] {
  const times = [0, 0, 0, 0, 0];
  for (let row = 0; row < length; row++) {
    if (kind[row] < Piece.Await) {
      times[kind[row]] += amount[row];
    }
  }
  return times;
}
