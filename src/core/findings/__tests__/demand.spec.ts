import { demandOf } from '../facts/demand';
import { workersOf } from '../facts/work';
import { columnsOf, MS, type MadeRun } from './made-runs';

function demand(run: MadeRun, cpus = 2) {
  const columns = columnsOf(run);
  return demandOf(columns, cpus, workersOf(columns));
}

describe('demand', () => {
  it('loses half of the time where one of two threads has the GIL', () => {
    const found = demand({ threads: ['HHHHwwww', 'wwwwHHHH'] });
    expect(found.losses.gil).toBe(4 * MS);
    expect(found.contested).toBe(8 * MS);
    expect(found.contestedWork).toBe(8 * MS);
    expect([...found.wantedBy.slice(0, 4)]).toEqual([0, 0, 8 * MS, 0]);
  });

  it('loses nothing to the GIL where all CPUs are busy', () => {
    // Two work without the GIL, the third waits for nobody that could run faster.
    const found = demand({ threads: ['RRRR', 'HHHH', 'wwww'] });
    expect(found.losses.gil).toBe(0);
    // Three could work, two CPUs: a third of the time.
    expect(found.losses.cpus).toBeCloseTo((4 * MS) / 3, 3);
  });

  it('loses to other programs what threads that could run wait beside idle CPUs', () => {
    const found = demand({ threads: ['RRRR', 'pppp'] });
    expect(found.losses).toEqual({
      gil: 0,
      lock: 0,
      queue: 0,
      cpus: 0,
      machine: 2 * MS,
      inversion: 0
    });
  });

  it('charges waits for a holder without a CPU to what took the CPU', () => {
    expect(demand({ threads: ['hhhh', 'wwww'] }).losses.machine).toBe(4 * MS);
    // Here both CPUs are the program's own.
    const own = demand({ threads: ['hhhh', 'wwww', 'RRRR', 'RRRR'] }).losses;
    expect(own.inversion).toBe(4 * MS);
    expect(own.cpus).toBe(0);
    expect(own.machine).toBe(0);
    // Of three that wait one waits for nothing but a CPU: of five that could work two can.
    const crowded = demand({
      threads: ['hhhh', 'wwww', 'RRRR', 'RRRR', 'pppp']
    }).losses;
    expect(crowded.inversion).toBe(4 * MS);
    expect(crowded.cpus).toBeCloseTo((4 * MS * (3 / 5)) / 3, 3);
  });

  it('tells locks from queues and from waits for others', () => {
    const lockWaits = [{ thread: 1, start: 0, end: 6 }];
    const run = { threads: ['RRRRRR', 'LLLLLL'] };
    const of = (stack: number) =>
      demand({ ...run, lockWaits: [{ ...lockWaits[0], stack }] }).losses;
    expect(of(0)).toMatchObject({ lock: 3 * MS, queue: 0 });
    expect(of(2)).toMatchObject({ lock: 0, queue: 3 * MS });
    expect(of(3)).toMatchObject({ lock: 0, queue: 0 });
  });

  it('charges to the GIL a lock whose next owner would wait for the GIL with others', () => {
    const lockWaits = [
      { thread: 2, start: 0, end: 6, stack: 0 },
      { thread: 3, start: 0, end: 6, stack: 2 }
    ];
    const threads = ['HHHHHH', 'wwwwww', 'LLLLLL', 'LLLLLL'];
    expect(demand({ threads, lockWaits })).toMatchObject({
      losses: { gil: 3 * MS, lock: 0, queue: 0 },
      lockedByPython: 0
    });
    // Nobody waits for the GIL: the lock is what is in the way, but Python code runs under it.
    threads[1] = '......';
    expect(demand({ threads, lockWaits })).toMatchObject({
      losses: { gil: 0, lock: 1.5 * MS, queue: 1.5 * MS },
      lockedByPython: 1.5 * MS
    });
  });

  it('charges waits for a holder that sleeps to the GIL', () => {
    const found = demand({ threads: ['hhhh', 'wwww'], asleep: { 0: 4 } });
    expect(found.losses).toMatchObject({ gil: 2 * MS, machine: 0 });
  });

  it('counts native threads that work for no call', () => {
    const run = { threads: ['HHRRww', 'RRRR.R'], native: [1] };
    expect([...demand(run).spun]).toEqual([[1, 3 * MS]]);
    // Another Python thread may be in a call all the time.
    const calls = { ...run, threads: [...run.threads, 'RRRRRR'] };
    expect([...demand(calls).spun]).toEqual([]);
  });

  it('does not call an empty queue a loss while nobody has work', () => {
    const found = demand({
      threads: ['......', 'LLLLLL'],
      lockWaits: [{ thread: 1, start: 0, end: 6, stack: 2 }]
    });
    expect(found.losses.queue).toBe(0);
    expect(found.idle).toBe(6 * MS);
  });

  it('says nothing of time of which nothing is known', () => {
    expect(demand({ threads: ['????'] })).toMatchObject({ idle: 0, worked: 0 });
  });

  it('finds where one thread alone had work', () => {
    const found = demand({
      threads: ['HHHHHHLLLLLL', '      RRRRRR', '      RRRRRR'],
      lockWaits: [{ thread: 0, start: 6, end: 12, stack: 3 }]
    });
    expect(found.serial).toEqual([{ thread: 0, start: 0, end: 6 * MS }]);
  });

  it('does not call a thread alone while others that work sleep', () => {
    const found = demand({ threads: ['RRRRRR', 'RR....'] });
    expect(found.serial).toEqual([]);
  });
});
