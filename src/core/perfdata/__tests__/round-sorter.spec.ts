import fc from 'fast-check';
import { PerfStreamReader } from '../reader';
import { NO_EVENT, RecordKind } from '../records';
import { RoundSorter } from '../round-sorter';
import { collect } from './collect';
import { join, record, ROUND, sample, text, trailer, u32 } from './perf-bytes';
import { preamble, request } from './streams';

const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`round-sorter.spec: fast-check seed ${seed}`);

/** A SWITCH record; the tid tells records of the same time apart. */
function at(time: number, tid = time): Uint8Array {
  return record(14, 0, trailer(7, tid, time, 0, 101));
}

/** A sample, which is read another way than other records (SampleLoop). */
function sampleAt(time: number, tid: number): Uint8Array {
  return sample(101, 7, tid, time, 0, request(tid, 0, 0));
}

/** COMM as perf makes it up for threads that were there before. */
function comm(tid: number): Uint8Array {
  return record(3, 0, u32(7, tid), text('old'), new Uint8Array(32));
}

function times(chunks: Uint8Array[]): {
  all: number[];
  after: number[][];
  late: number;
} {
  const { rows, delivered, summary } = collect(chunks);
  const all = rows.map(({ time }) => time);
  const after = delivered.map((count, index) =>
    all.slice(index === 0 ? 0 : delivered[index - 1], count)
  );
  return { all, after, late: summary.late };
}

describe('rounds', () => {
  it("deliver as in perf's own example (session.c, process_finished_round)", () => {
    const { all, after, late } = times([
      preamble(),
      join(...[1, 2, 2, 3, 4].map(time => at(time)), ROUND),
      join(...[3, 4, 5, 5, 6, 7].map(time => at(time)), ROUND),
      join(...[6, 7, 8, 9, 10].map(time => at(time)), ROUND)
    ]);
    expect(after).toEqual([[], [], [1, 2, 2, 3, 3, 4, 4], [5, 5, 6, 6, 7, 7]]);
    expect(all.slice(-3)).toEqual([8, 9, 10]);
    expect(late).toBe(0);
  });

  it('keep records of the same time in the order of the stream', () => {
    const { rows } = collect([
      join(
        preamble(),
        ...[
          [5, 1],
          [9, 2],
          [5, 3],
          [5, 4],
          [2, 5],
          [9, 6]
        ].map(([time, tid]) => at(time, tid)),
        ROUND,
        at(9, 7),
        ROUND,
        at(9, 8),
        ROUND
      )
    ]);
    expect(rows.map(({ tid }) => tid)).toEqual([5, 1, 3, 4, 2, 6, 7, 8]);
  });

  it('count and deliver a record that comes too late', () => {
    const { all, late } = times([
      join(preamble(), at(10), at(20), ROUND, at(30), ROUND),
      join(at(20), at(19), at(5), at(40), ROUND)
    ]);
    expect(all).toEqual([10, 20, 5, 19, 20, 30, 40]);
    expect(late).toBe(2);
  });

  it('deliver nothing twice and lose nothing without any round', () => {
    const { all, after } = times([preamble(), join(at(3), at(1), at(2))]);
    expect(after).toEqual([[], []]);
    expect(all).toEqual([1, 2, 3]);
  });
});

describe('records without a time', () => {
  it('come first, with the time of the first record that follows', () => {
    const { rows } = collect([
      join(preamble(), at(50), comm(1), comm(2), ROUND),
      join(at(40), comm(3), ROUND)
    ]);
    expect(rows.map(({ kind, tid, time }) => [kind, tid, time])).toEqual([
      ['Comm', 1, 40],
      ['Comm', 2, 40],
      ['Comm', 3, 40],
      ['SwitchIn', 40, 40],
      ['SwitchIn', 50, 50]
    ]);
  });

  it('later come before what waits, with the time of what was delivered', () => {
    const { rows, summary } = collect([
      join(preamble(), at(1), at(2), ROUND, at(3), ROUND, comm(9), ROUND)
    ]);
    expect(rows.map(({ tid, time }) => [tid, time])).toEqual([
      [1, 1],
      [2, 2],
      [9, 2],
      [3, 3]
    ]);
    expect(summary.late).toBe(0);
  });

  it('alone are delivered at the end', () => {
    const { rows } = collect([join(preamble(), comm(1), ROUND, ROUND)]);
    expect(rows.map(({ tid, time }) => [tid, time])).toEqual([[1, 0]]);
  });
});

describe('barrier', () => {
  it('delivers everything at once', () => {
    const seen: number[] = [];
    const live = new PerfStreamReader({
      origin: 0n,
      onBatch: batch => seen.push(...batch.time.subarray(0, batch.length))
    });
    live.push(join(preamble(), at(3), at(1)));
    expect(seen).toEqual([]);
    live.barrier();
    expect(seen).toEqual([1, 3]);
    live.push(join(at(5), at(4), ROUND));
    live.barrier();
    live.barrier();
    expect(seen).toEqual([1, 3, 4, 5]);
    expect(live.finish().late).toBe(0);
    expect(live.finish().recordsByType.get(14)).toBe(4);
  });
});

describe('a stream in which no round ends', () => {
  it('is delivered by halves, so that memory stays bounded', () => {
    const seen: number[] = [];
    const sorter = new RoundSorter(
      batch => seen.push(...batch.time.subarray(0, batch.length)),
      8
    );
    const add = (time: number): number =>
      sorter.append(RecordKind.SwitchIn, NO_EVENT, time, 7, 7, 0, 0);
    [8, 7, 6, 5, 4, 3, 2, 1].forEach(add);
    expect(seen).toEqual([]);
    add(9);
    expect(seen).toEqual([1, 2, 3, 4]);
    [3, 10, 11].forEach(add);
    expect(sorter.late).toBe(1);
    add(12);
    expect(seen).toEqual([1, 2, 3, 4, 3, 5, 6, 7]);
    sorter.flush();
    expect(seen.slice(8)).toEqual([8, 9, 10, 11, 12]);
  });
});

describe('any stream', () => {
  it.each([
    ['switches', at],
    ['samples', sampleAt],
    [
      'both',
      (time: number, tid: number) => (tid % 3 === 0 ? at : sampleAt)(time, tid)
    ]
  ])('of %s is delivered in the order that the rule gives', (_, make) => {
    // Records by round; times small, so that equal ones are frequent.
    const rounds = fc.array(fc.array(fc.integer({ min: 1, max: 60 })));
    fc.assert(
      fc.property(rounds, list => {
        let tid = 0;
        const numbered = list.map(round =>
          round.map(time => ({ time, tid: tid++ }))
        );
        const { rows, summary } = collect([
          preamble(),
          ...numbered.map(round =>
            join(...round.map(({ time, tid }) => make(time, tid)), ROUND)
          )
        ]);
        expect(rows.map(({ tid }) => tid)).toEqual(byTheRule(numbered));
        for (const { kind, tid, args } of rows) {
          expect(args[0]).toBe(kind === 'Sample' ? tid : 0);
        }
        expect(summary.late).toBe(lateByTheRule(numbered));
      }),
      { seed }
    );
  });

  it('of rings that perf reads one after the other is sorted, none late', () => {
    const rings = fc.integer({ min: 1, max: 9 });
    const events = fc.array(fc.tuple(fc.nat(1000), fc.nat(8)), {
      maxLength: 300
    });
    const reads = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(rings, events, reads, (count, made, instants) => {
        const byTime = made
          .map(([time, ring], tid) => ({
            time: time + 1,
            ring: ring % count,
            tid
          }))
          .sort((a, b) => a.time - b.time);
        // Each read empties the next ring of what was written until then.
        const queues = Array.from({ length: count }, (_, ring) =>
          byTime.filter(event => event.ring === ring)
        );
        const parts: Uint8Array[] = [preamble()];
        instants.sort((a, b) => a - b);
        [...instants, ...Array<number>(2 * count).fill(2000)].forEach(
          (now, index) => {
            const ring = index % count;
            while (queues[ring].length > 0 && queues[ring][0].time <= now) {
              const { time, tid } = queues[ring][0];
              queues[ring].shift();
              parts.push(at(time, tid));
            }
            if (ring === count - 1) {
              parts.push(ROUND);
            }
          }
        );
        const { rows, summary } = collect([join(...parts)]);
        expect(summary.late).toBe(0);
        expect(rows.map(({ time }) => time)).toEqual(
          byTime.map(({ time }) => time)
        );
      }),
      { seed }
    );
  });

  it('of more records than a batch holds', () => {
    const parts: Uint8Array[] = [preamble()];
    for (let time = 1; time <= 20000; time++) {
      parts.push(at(time % 2 === 0 ? time : 20001 - time));
    }
    const { all } = times([join(...parts)]);
    expect(all).toHaveLength(20000);
    expect(all).toEqual([...all].sort((a, b) => a - b));
  });
});

/** perf's rule (ordered-events.c), as simple as can be. */
function byTheRule(rounds: { time: number; tid: number }[][]): number[] {
  const delivered: number[] = [];
  let waiting: { time: number; tid: number }[] = [];
  let nextFlush = 0;
  let newest = 0;
  for (const round of rounds) {
    waiting = [...waiting, ...round].sort((a, b) => a.time - b.time);
    newest = Math.max(newest, ...round.map(({ time }) => time));
    const limit = nextFlush;
    delivered.push(
      ...waiting.filter(({ time }) => time <= limit).map(({ tid }) => tid)
    );
    waiting = waiting.filter(({ time }) => time > limit);
    nextFlush = newest;
  }
  return [...delivered, ...waiting.map(({ tid }) => tid)];
}

/** How many come after a newer one was delivered, which is at the end of a round. */
function lateByTheRule(rounds: { time: number }[][]): number {
  let late = 0;
  let delivered = 0;
  let waiting: number[] = [];
  let nextFlush = 0;
  for (const round of rounds) {
    const times = round.map(({ time }) => time);
    late += times.filter(time => time < delivered).length;
    waiting.push(...times);
    const out = waiting.filter(time => time <= nextFlush);
    delivered = Math.max(delivered, ...out);
    waiting = waiting.filter(time => time > nextFlush);
    nextFlush = Math.max(nextFlush, ...times);
  }
  return late;
}
