/** How far the times of threads in their states may be off. */
import type { Nanoseconds, ThreadIndex } from '../../units';
import { STATE_COUNT, ThreadState } from '../states';
import type { HoldCells } from './hold-cells';
import type { ThreadSeries } from './series';
import { Differences, missed, type Spread } from './spread';
import { isHolding, type ThreadPieces } from './thread-pieces';

/** The spreads of one thread, by ThreadState. */
export type StateSpreads = readonly Spread[];

/** Of all threads: of times with the GIL as the rounds tell, of all others as the threads' own readings tell. */
export class AllStateSpreads {
  /**
   * @param threads how many there are
   * @param _window what counts
   */
  constructor(
    threads: number,
    private readonly _window: { begin: Nanoseconds; end: Nanoseconds },
    period: Nanoseconds,
    threadPeriod: Nanoseconds
  ) {
    this._spreads = Array.from({ length: threads }, () =>
      Array.from({ length: STATE_COUNT }, (_, state) =>
        missed(isHolding(state) ? period : threadPeriod)
      )
    );
  }

  /** Takes in the holds of one GIL. */
  addCells({ length, thread, running, gap }: HoldCells): void {
    const spreadOf = (cell: number): Spread | undefined =>
      thread[cell] < 0
        ? undefined
        : this._spreads[thread[cell]][holdingState(running[cell])];
    for (let cell = 1; cell < length; cell++) {
      const before = spreadOf(cell - 1);
      const after = spreadOf(cell);
      if (before !== after) {
        this._differences.add(before, after, gap[cell - 1]);
      }
    }
  }

  /** Takes in the readings of one thread, and where it waited for a CPU. */
  addThread(
    thread: ThreadIndex,
    { length, first, last, state }: ThreadSeries,
    pieces: ThreadPieces
  ): void {
    const { begin, end } = this._window;
    const spreadOf = (row: number): Spread | undefined =>
      isHolding(state[row]) ? undefined : this._spreads[thread][state[row]];
    for (let row = 1; row < length; row++) {
      const middle = (last[row - 1] + first[row]) / 2;
      const before = spreadOf(row - 1);
      const after = spreadOf(row);
      if (before !== after && middle > begin && middle < end) {
        this._differences.add(before, after, first[row] - last[row - 1]);
      }
    }
    for (let piece = 1; piece < pieces.length; piece++) {
      const before = pieces.state[piece - 1];
      const after = pieces.state[piece];
      const edge = pieces.queueEdge[piece];
      if (edge > 0 && before !== after) {
        const own = this._spreads[thread];
        this._differences.add(own[before], own[after], edge);
      }
    }
  }

  of(thread: ThreadIndex): StateSpreads {
    return this._spreads[thread];
  }

  private readonly _spreads: Spread[][];
  private readonly _differences = new Differences();
}

function holdingState(running: number): ThreadState {
  return running === 1 ? ThreadState.RunningGil : ThreadState.HoldingOffCpu;
}
