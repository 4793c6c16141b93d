/** Threads that share one work: among more or fewer of them it could be split anew. */
import type { ThreadIndex } from '../../units';
import { Piece, timesOf, type Programme, type Workload } from './programme';

/** Threads alike have so much of the longest one's work at least, each kind of it. */
const ALIKE = 0.6;

/**
 * Threads that another one started, that did alike work, and that waited for nobody but the GIL; undefined if there are less
 * than two, or others that worked much.
 */
export function alikeWorkers(
  { programmes, main }: Workload,
  holders: readonly boolean[]
): ThreadIndex[] | undefined {
  const started: ThreadIndex[] = [];
  let others = 0;
  const work = programmes.map(workOf);
  programmes.forEach((programme, thread) => {
    const { length, kind } = programme;
    const own =
      holders[thread] &&
      length > 1 &&
      kind[0] === Piece.Await &&
      kind[length - 1] === Piece.Signal;
    if (own) {
      started.push(thread);
    } else if (thread !== main) {
      others += work[thread];
    }
  });
  const whole = started.reduce((sum, thread) => sum + work[thread], 0);
  if (started.length < 2 || others > whole * (1 - ALIKE)) {
    return undefined;
  }
  const most = Math.max(...started.map(thread => work[thread]));
  const gils = started.map(thread => shareOfGil(programmes[thread]));
  const alike =
    started.every(
      thread => work[thread] >= ALIKE * most && !waits(programmes[thread])
    ) && Math.max(...gils) - Math.min(...gils) < 1 - ALIKE;
  return alike ? started : undefined;
}

function workOf(programme: Programme): number {
  const times = timesOf(programme);
  return times.reduce((sum, time) => sum + time, 0);
}

function shareOfGil(programme: Programme): number {
  const times = timesOf(programme);
  const held = times[Piece.Gil] + times[Piece.GilCall] + times[Piece.GilAsleep];
  return held / Math.max(1, workOf(programme));
}

/** Whether it waits for events beside its start: another split of the work would change them. */
function waits({ length, kind }: Programme): boolean {
  for (let row = 1; row < length; row++) {
    if (kind[row] === Piece.Await) {
      return true;
    }
  }
  return false;
}
