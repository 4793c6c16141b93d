/** Replays whose length can be worked out by hand, from how CPython hands its GIL over. */
import fc from 'fast-check';
import type { Workload } from '../programme';
import { simulate, type Machine } from '../simulation';
import { machine, MS, workload } from './made-workloads';

function ms(work: Workload, changes: Partial<Machine> = {}): number {
  const result = simulate(work, machine(changes), 100_000);
  return result === undefined ? NaN : result.duration / MS;
}

describe('a replay', () => {
  it('lets one thread at a time have the GIL', () => {
    const loops = workload('gil 100', 'gil 100');
    expect(ms(loops)).toBeCloseTo(200);
    expect(ms(loops, { gil: false })).toBeCloseTo(100);
    expect(ms(loops, { gil: false, cpus: 1 })).toBeCloseTo(200);
    expect(ms(loops, { gil: false, cpus: 1.5 })).toBeCloseTo(200 / 1.5);
  });

  it('shares CPUs evenly among threads that work', () => {
    // All three at 2/3 until the first is done at 45; then two CPUs for two.
    expect(ms(workload('work 30', 'work 60', 'work 60'))).toBeCloseTo(75);
  });

  it('slows CPUs that work at the same time', () => {
    // Both at 0.8 until the first is done at 50; the other has 20 left.
    expect(
      ms(workload('work 40', 'work 60'), { parallelSpeed: 0.8 })
    ).toBeCloseTo(70);
    expect(
      ms(workload('work 40', 'work 60'), { parallelSpeed: 0.8, cpus: 1 })
    ).toBeCloseTo(100);
  });

  it('lets others work while one has the GIL', () => {
    expect(ms(workload('gil 60 work 40', 'work 90'))).toBeCloseTo(100);
  });

  it('pays for each hand-over', () => {
    // Each interval begins a hand-over and a wake-up later; the GIL is free for 1 ms at 5, 12, 19, 26, 33, 40 and 44.
    expect(ms(workload('gil 20', 'gil 20'), { handOff: MS })).toBeCloseTo(47);
  });

  it('makes a thread that wants the GIL for a moment wait for an interval', () => {
    // Waits from 10 to 15, 26 to 31, 42 to 47, 58 to 63.
    const moments = 'sleep 10 gil 1 '.repeat(4);
    expect(ms(workload('gil 10000', moments))).toBeCloseTo(10_004);
    const alone = workload(moments, 'gil 100');
    expect(ms(alone)).toBeCloseTo(104);
    // Waits from 10 to 60, and from 71 to the other's end at 101; then alone to 124.
    expect(ms(alone, { switchInterval: 50 * MS })).toBeCloseTo(124);
  });

  it('comes to an end where a thread that goes on for ever has nothing to do', () => {
    for (const idle of ['gil 0 work 0', 'signal 2', '']) {
      const work = workload('gil 20', idle);
      work.endless[2] = 1;
      expect(ms(work)).toBeCloseTo(20);
    }
  });

  it('never interrupts a call that keeps the GIL', () => {
    // Gets it at 20, and after the second call that the first one asked for.
    expect(ms(workload('call 20 call 20', 'work 1 gil 1'))).toBeCloseTo(41);
    // In Python it gets the GIL at 6.
    expect(
      ms(workload('gil 20 signal 2 gil 20', 'work 1 gil 1 await 2 sleep 30'))
    ).toBeCloseTo(51);
    expect(
      ms(workload('call 20 signal 2 call 20', 'work 1 gil 1 await 2 sleep 30'))
    ).toBeCloseTo(51);
  });

  it('keeps the GIL of a thread that dozes', () => {
    expect(ms(workload('dozes 50', 'sleep 1 gil 10'), { cpus: 1 })).toBeCloseTo(
      60
    );
  });

  it('gives the GIL to who has waited longest', () => {
    // The second asks first, and keeps it for 4; the third one then has it from 14 to 24.
    const three = (last: string): Workload =>
      workload('call 10', 'sleep 1 call 4 ' + last, 'sleep 2 call 10');
    expect(ms(three('sleep 20'))).toBeCloseTo(34);
    expect(ms(three('sleep 5'))).toBeCloseTo(24);
  });

  it('lets a thread that comes back at once take the GIL before the one it woke', () => {
    // Drops at 10 and is back at 10.01, long before the other one is awake; asked at 15.
    expect(
      ms(workload('call 10 work 0.01 gil 20', 'sleep 9 gil 1 sleep 100'), {
        handOff: 0.1 * MS
      })
    ).toBeCloseTo(10.1 + 5 + 0.1 + 1 + 100);
  });

  it('waits for events', () => {
    expect(
      ms(workload('gil 10 await 2 gil 1', 'sleep 30 signal 2 sleep 5'))
    ).toBeCloseTo(35);
  });

  it('gives up a circle, and what takes too many steps', () => {
    expect(
      simulate(workload('await 2 signal 3', 'await 3 signal 2'), machine(), 99)
    ).toBeUndefined();
    expect(
      simulate(workload('gil 1000', 'gil 1000'), machine(), 99)
    ).toBeUndefined();
  });
});

const threads = fc.array(
  fc
    .array(
      fc.tuple(
        fc.constantFrom('gil', 'work', 'sleep', 'call'),
        fc.integer({ min: 1, max: 30 })
      ),
      { minLength: 1, maxLength: 8 }
    )
    .map(pieces => pieces.map(piece => piece.join(' ')).join(' ')),
  { minLength: 1, maxLength: 5 }
);

describe('any replay', () => {
  it('is never slower without a GIL, given CPUs enough', () => {
    fc.assert(
      fc.property(threads, programmes => {
        const work = workload(...programmes);
        const cpus = programmes.length;
        const free = ms(work, { gil: false, cpus });
        expect(free).toBeLessThanOrEqual(ms(work, { cpus }) + 1e-6);
        // Without a GIL and with CPUs for all, the longest programme decides.
        const longest = Math.max(
          ...programmes.map(text =>
            [...text.matchAll(/\d+/g)].reduce((sum, [n]) => sum + Number(n), 0)
          )
        );
        expect(free).toBeCloseTo(longest);
      })
    );
  });

  it('is never slower with more CPUs, where nothing is waited for', () => {
    fc.assert(
      fc.property(
        threads,
        fc.integer({ min: 1, max: 4 }),
        (programmes, cpus) => {
          const work = workload(...programmes);
          expect(ms(work, { gil: false, cpus: cpus + 1 })).toBeLessThanOrEqual(
            ms(work, { gil: false, cpus }) + 1e-6
          );
        }
      )
    );
  });

  it('takes no less than the time of the GIL, and no more than all in a row', () => {
    fc.assert(
      fc.property(
        threads,
        fc.constantFrom('longest', 'any'),
        (programmes, wakes) => {
          const took = ms(workload(...programmes), { wakes, cpus: 5 });
          let held = 0;
          let all = 0;
          for (const text of programmes) {
            for (const [, kind, time] of text.matchAll(/(\w+) (\d+)/g)) {
              held += kind === 'gil' || kind === 'call' ? Number(time) : 0;
              all += Number(time);
            }
          }
          expect(took).toBeGreaterThanOrEqual(held - 1e-6);
          expect(took).toBeLessThanOrEqual(all + 1e-6);
        }
      )
    );
  });
});
