/** A workload with one thing changed. */
import type { LineIndex, Nanoseconds, ThreadIndex } from '../../units';
import {
  Piece,
  ProgrammeRows,
  type Programme,
  type Workload
} from './programme';

/** The line's work goes on without the GIL. */
export function released(workload: Workload, line: LineIndex): Workload {
  return {
    ...workload,
    programmes: workload.programmes.map(programme => {
      if (!programme.line.subarray(0, programme.length).includes(line)) {
        return programme;
      }
      const rows = new ProgrammeRows();
      for (let row = 0; row < programme.length; row++) {
        const kind = programme.kind[row];
        const own = programme.line[row] === line;
        rows.push(
          own ? withoutGil(kind) : (kind as Piece),
          programme.amount[row],
          own ? -1 : programme.line[row]
        );
      }
      return rows;
    })
  };
}

function withoutGil(kind: number): Piece {
  return kind === Piece.GilAsleep ? Piece.Asleep : Piece.Work;
}

/**
 * The work of some threads, one after another, cut into parts of the same length, each done by a thread of its own.
 *
 * @param workers in the order in which they began; no other thread waits for what they do but for their end, see `alikeWorkers`
 * @param threads how many there are to be
 */
export function splitAmong(
  workload: Workload,
  workers: readonly ThreadIndex[],
  threads: number
): Workload {
  const [first] = workers;
  const { programmes } = workload;
  const exits = workers.map(worker => lastEvent(programmes[worker]));
  let { events } = workload;
  const parts = partsOf(
    workers.map(worker => programmes[worker]),
    threads
  );
  const ends = parts.map(() => events++);
  const birth = programmes[first].amount[0];
  const others = programmes.map((programme, thread) =>
    workers.includes(thread)
      ? new ProgrammeRows()
      : withEnds(programme, exits, ends)
  );
  const endless = new Uint8Array(programmes.length + threads);
  endless.set(workload.endless);
  return {
    main: workload.main,
    events,
    endless,
    programmes: [
      ...others,
      ...parts.map((part, index) => {
        const rows = new ProgrammeRows();
        rows.event(Piece.Await, birth);
        rows.append(part);
        rows.event(Piece.Signal, ends[index]);
        return rows;
      })
    ]
  };
}

/** Who waited for one of the old threads waits for all new ones. */
function withEnds(
  programme: Programme,
  exits: readonly number[],
  ends: readonly number[]
): Programme {
  const rows = new ProgrammeRows();
  for (let row = 0; row < programme.length; row++) {
    const kind = programme.kind[row] as Piece;
    const amount = programme.amount[row];
    if (kind === Piece.Await && exits.includes(amount)) {
      ends.forEach(end => rows.event(Piece.Await, end));
    } else {
      rows.push(kind, amount, programme.line[row]);
    }
  }
  return rows;
}

function lastEvent({ length, amount }: Programme): number {
  return amount[length - 1];
}

/** What a thread says so early it says of its start: start() waits for it. */
const STARTING: Nanoseconds = 2_000_000;

/** Time pieces of programmes in a row, in parts of equal time. */
function partsOf(
  programmes: readonly Programme[],
  count: number
): ProgrammeRows[] {
  const parts = Array.from({ length: count }, () => new ProgrammeRows());
  let whole = 0;
  for (const { length, kind, amount } of programmes) {
    for (let row = 0; row < length; row++) {
      whole += kind[row] < Piece.Await ? amount[row] : 0;
    }
  }
  const most = whole / count;
  let done = 0;
  let part = 0;
  for (const { length, kind, amount, line } of programmes) {
    let own = 0;
    // The first event is its start, the last one its end.
    for (let row = 1; row < length - 1; row++) {
      if (kind[row] >= Piece.Await) {
        const target = parts[own < STARTING ? 0 : part];
        target.event(Piece.Signal, amount[row]);
        continue;
      }
      let left = amount[row];
      own += left;
      while (done + left > most && part < count - 1) {
        parts[part++].push(kind[row] as Piece, most - done, line[row]);
        left -= most - done;
        done = 0;
      }
      parts[part].push(kind[row] as Piece, left, line[row]);
      done += left;
    }
  }
  return parts;
}
