import { collect, row } from './collect';
import {
  attr,
  HEADER,
  join,
  record,
  text,
  TRACEPOINT,
  trailer,
  u32,
  u64
} from './perf-bytes';
import { everyKind, preamble } from './streams';

const REQUEST = 'giltracer:request_4711';
const WAKING = 'sched:sched_waking';

describe('every kind of record', () => {
  const { rows, summary, reader } = collect([everyKind()]);

  it('comes as rows in time order', () => {
    expect(rows).toEqual([
      // Made up by perf: no time and no CPU of its own.
      row('Comm', 1000, 7, 7, -1, [0, 0]),
      row('Sample', 1000, 7, 8, 0, [0x7fe72bf4e6a0, 1, -3], REQUEST),
      row('Sample', 1200, 7, 9, 1, [8, 120, 0], WAKING),
      row('Fork', 1250, 7, 10, 1, [7, 8]),
      row('Comm', 1300, 7, 9, 1, [1, 1]),
      row('SwitchOutPreempted', 1400, 7, 9, 1),
      row('SwitchIn', 1500, 7, 8, 0),
      row('SwitchOut', 1600, 7, 8, 0),
      row('Sample', 1700, 7, 8, 0, [9, 120, 1], WAKING),
      row('Lost', 2000, 7, 8, 0, [17]),
      row('SwitchIn', 2100, 7, 10, 1),
      row('Exit', 2200, 7, 10, 1),
      // 5 on CPU 1 that no LOST record told of.
      row('Lost', 2200, -1, -1, 1, [5])
    ]);
    expect(reader.strings).toEqual(['python3', 'worker']);
  });

  it('describes the events', () => {
    expect(reader.events).toEqual([
      { name: REQUEST, fields: ['tstate', 'locked', 'depth'] },
      { name: WAKING, fields: ['pid', 'prio', 'target_cpu'] }
    ]);
  });

  it('sums up', () => {
    expect(summary).toEqual({
      bytes: everyKind().length,
      recordsByType: new Map([
        [1, 1],
        [2, 1],
        [3, 2],
        [4, 1],
        [5, 1],
        [7, 1],
        [9, 3],
        [10, 1],
        [13, 2],
        [14, 3],
        [15, 1],
        [17, 1],
        [64, 2],
        [66, 1],
        [68, 2],
        [69, 1],
        [71, 1],
        [78, 2],
        [80, 4],
        [82, 1],
        [999, 1]
      ]),
      samplesByEvent: [1, 2],
      lost: 22,
      late: 0,
      perfVersion: '6.1.187',
      kernelRelease: '6.18.44',
      clock: { wallNs: 1795253128253293000n, monotonicNs: 1538385425331n },
      error: undefined
    });
  });
});

describe('FORK and EXIT without a trailer', () => {
  it('have the time of their body', () => {
    const { rows } = collect([
      join(
        HEADER,
        attr({ sampleType: TRACEPOINT, sampleIdAll: false, ids: [1] }),
        record(7, 0, u32(7, 6, 9, 8), u64(1250)),
        record(4, 0, u32(7, 6, 9, 8), u64(1300)),
        record(3, 0, u32(7, 9), text('x'))
      )
    ]);
    expect(rows).toEqual([
      row('Comm', 1250, 7, 9, -1, [0, 0]),
      row('Fork', 1250, 7, 9, -1, [6, 8]),
      row('Exit', 1300, 7, 9, -1)
    ]);
  });
});

describe('times', () => {
  const start = 0x1_ffff_fff0n;
  const stream = join(
    preamble(),
    record(14, 0, trailer(7, 8, start, 0, 101)),
    record(14, 1 << 13, trailer(7, 8, start + 0x20n, 0, 101)),
    record(14, 0, trailer(7, 8, start + 0x1_2345_6789n, 0, 101))
  );

  it('begin with the first one by default', () => {
    const { rows, reader } = collect([stream], { origin: undefined });
    expect(rows.map(({ time }) => time)).toEqual([0, 0x20, 0x1_2345_6789]);
    expect(reader.origin).toBe(start);
  });

  it('are exact relative to a given origin, before it too', () => {
    const { rows, reader } = collect([stream], { origin: start + 0x11n });
    expect(rows.map(({ time }) => time)).toEqual([-0x11, 0xf, 0x1_2345_6778]);
    expect(reader.origin).toBe(start + 0x11n);
  });

  it('are exact after 50 days, where a double of the whole time would still be', () => {
    const uptime = 50n * 86400n * 1_000_000_000n + 1n;
    const { rows } = collect(
      [join(preamble(), record(14, 0, trailer(7, 8, uptime + 7n, 0, 101)))],
      { origin: uptime }
    );
    expect(rows[0].time).toBe(7);
  });
});

describe('losses', () => {
  it('are the larger of both sums, those of a BPF filter left out', () => {
    const { summary, rows } = collect([
      join(
        preamble(),
        record(2, 0, u64(101, 40), trailer(7, 8, 10, 0, 101)),
        record(2, 0, u64(101, 2), trailer(7, 8, 20, 1, 102)),
        record(13, 0, u64(30), trailer(0, 0, 0, 0, 101)),
        record(13, 1 << 15, u64(1000), trailer(0, 0, 0, 0, 102))
      )
    ]);
    expect(summary.lost).toBe(42);
    expect(rows.map(({ cpu, args }) => [cpu, args[0]])).toEqual([
      [0, 40],
      [1, 2]
    ]);
  });

  it('without a CPU are told in one row', () => {
    const none = 2n ** 64n - 1n;
    const { rows, summary } = collect([
      join(
        HEADER,
        attr({ config: 900, sampleType: TRACEPOINT, ids: [1] }),
        record(69, 0, u64(1), u64(1, 0, none, 8)),
        record(2, 0, u64(1, 3), trailer(7, 8, 10, 1, 1)),
        record(13, 0, u64(10), trailer(0, 0, 0, 0, 1))
      )
    ]);
    expect(summary.lost).toBe(10);
    expect(rows.at(-1)).toEqual(row('Lost', 10, -1, -1, -1, [7]));
  });
});
