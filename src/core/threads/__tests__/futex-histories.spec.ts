/** Futex calls over random histories: what is told against what happened. */
import { ThreadAnalysis } from '../analysis';
import { WaitKind, type ThreadsResult } from '../result';
import { batches, EVENTS } from './batches';
import {
  GIL,
  PID,
  simulateFutexes,
  SWITCH_INTERVAL,
  type SimulatedFutexes
} from './futex-simulator';

const THREADS = 4;
const SECOND = 1e9;

function analyse({ rows, end }: SimulatedFutexes): ThreadsResult {
  const analysis = new ThreadAnalysis({
    events: EVENTS,
    strings: [''],
    pid: PID,
    schedulerStates: true,
    mode: 'futex',
    mainGil: GIL,
    switchInterval: SWITCH_INTERVAL,
    start: {
      time: 0,
      threads: Array.from({ length: THREADS }, (_, thread) => ({
        pid: PID,
        tid: PID + thread,
        comm: '',
        running: true
      }))
    }
  });
  for (const batch of batches(rows, 1000)) {
    analysis.consume(batch);
  }
  return analysis.finish({ begin: 0, end });
}

/** Length of what two spans have in common. */
function common(
  a: { start: number; end: number },
  b: { start: number; end: number }
): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('history %d', seed => {
  const truth = simulateFutexes(seed, THREADS, SECOND / 2);
  const { waits, holds, threads, oddities } = analyse(truth);

  it('has each wait, from its start to its end', () => {
    const told: string[] = [];
    for (let row = 0; row < waits.length; row++) {
      if (waits.kind[row] === WaitKind.Contended) {
        const { tid } = threads[waits.thread[row]];
        told.push(`${tid}: ${waits.start[row]} to ${waits.end[row]}`);
      }
    }
    const happened = truth.waits.map(
      ({ thread, start, end }) => `${thread}: ${start} to ${end}`
    );
    expect(happened.length).toBeGreaterThan(50);
    expect(told.sort()).toEqual(happened.sort());
    expect(oddities.brokenAlternation).toBe(0);
  });

  it('counts the switch intervals that passed', () => {
    const ignored = waits.ignored.reduce((sum, count) => sum + count, 0);
    expect(truth.rounds).toBeGreaterThan(10);
    expect(ignored).toBe(truth.rounds);
  });

  it('tells holds that were, and most of those that were waited for', () => {
    let claimed = 0;
    let right = 0;
    for (let row = 0; row < holds.length; row++) {
      const hold = { start: holds.start[row], end: holds.end[row] };
      const { tid } = threads[holds.thread[row]];
      claimed += hold.end - hold.start;
      right += truth.holds
        .filter(({ thread }) => thread === tid)
        .reduce((sum, other) => sum + common(hold, other), 0);
    }
    // Between a signal and the signalled thread's waking a short hold may be missed, some 10 us each.
    expect(right).toBeGreaterThan(0.999 * claimed);
    let blamed = 0;
    let waited = 0;
    for (const wait of truth.waits) {
      waited += truth.holds.reduce((sum, hold) => sum + common(wait, hold), 0);
    }
    for (let row = 0; row < waits.length; row++) {
      const wait = { start: waits.start[row], end: waits.end[row] };
      for (let hold = 0; hold < holds.length; hold++) {
        blamed +=
          waits.kind[row] === WaitKind.Contended
            ? common(wait, { start: holds.start[hold], end: holds.end[hold] })
            : 0;
      }
    }
    expect(blamed).toBeGreaterThan(0.95 * waited);
  });
});
