/** Workloads drawn as text, with times in milliseconds. */
import { Piece, ProgrammeRows, type Workload } from '../programme';
import type { Machine } from '../simulation';

export const MS = 1_000_000;

const KINDS: Record<string, Piece> = {
  gil: Piece.Gil,
  call: Piece.GilCall,
  dozes: Piece.GilAsleep,
  work: Piece.Work,
  sleep: Piece.Asleep,
  await: Piece.Await,
  signal: Piece.Signal
};

/**
 * A main thread that waits for all others to end, and these: "gil 5 work 3 sleep 2 …". Thread i ends with event i; a line's
 * number may follow a time: "gil 5@1".
 */
export function workload(...threads: string[]): Workload {
  const main = new ProgrammeRows();
  threads.forEach((_, event) => main.event(Piece.Await, event));
  let events = threads.length;
  const programmes = threads.map((text, own) => {
    const rows = new ProgrammeRows();
    for (const [, kind, amount, line] of text.matchAll(
      /(\w+) ([\d.]+)(?:@(\d+))?/g
    )) {
      const piece = KINDS[kind];
      const number = Number(amount);
      const isEvent = piece >= Piece.Await;
      events = isEvent ? Math.max(events, number + 1) : events;
      rows.push(piece, isEvent ? number : number * MS, Number(line ?? -1));
    }
    rows.event(Piece.Signal, own);
    return rows;
  });
  return {
    main: 0,
    events,
    programmes: [main, ...programmes],
    endless: new Uint8Array(threads.length + 1)
  };
}

export function machine(changes: Partial<Machine> = {}): Machine {
  return {
    cpus: 2,
    parallelSpeed: 1,
    gil: true,
    switchInterval: 5 * MS,
    handOff: 0,
    wakes: 'longest',
    ...changes
  };
}
