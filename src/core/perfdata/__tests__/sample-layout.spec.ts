import { collect, row, type Row } from './collect';
import {
  attr,
  common,
  format,
  HEADER,
  join,
  record,
  sample,
  text,
  TRACEPOINT,
  tracingData,
  trailer,
  u16,
  u32,
  u64,
  u8
} from './perf-bytes';
import { preamble, request, waking, REQUEST_FORMAT } from './streams';

const REQUEST = 'giltracer:request_4711';
const WAKING = 'sched:sched_waking';

describe('tracepoint fields', () => {
  it('of every size and sign, but no arrays, strings, common_ and __probe_ ones', () => {
    const formats = [
      format('a', 1, [
        ['unsigned long __probe_ip', 8, 8, 0],
        ['unsigned char a', 16, 1, 0],
        ['__data_loc char[] name', 20, 4, 0],
        ['signed char b', 17, 1, 1],
        ['unsigned short c', 18, 2, 0],
        ['short d', 24, 2, 1],
        ['unsigned char a2', 17, 1, 0],
        ['signed char b2', 16, 1, 1],
        ['short c2', 18, 2, 1],
        ['unsigned short d2', 24, 2, 0],
        ['int ninth', 100, 4, 1]
      ]),
      format('b', 2, [
        ['char comm[8]', 8, 8, 0],
        ['unsigned int e', 16, 4, 0],
        ['int f', 20, 4, 1],
        ['__rel_data_loc u8[] x', 24, 4, 0],
        ['const void * g', 28, 8, 0],
        ['long h', 36, 8, 1],
        ['struct pair p', 44, 16, 0]
      ])
    ];
    const { rows, reader } = collect([
      join(
        HEADER,
        attr({ config: 1, sampleType: TRACEPOINT, ids: [1] }),
        attr({ config: 2, sampleType: TRACEPOINT, ids: [2] }),
        tracingData({ test: formats }),
        sample(
          1,
          1,
          1,
          1,
          0,
          join(
            common(1, 7),
            u64(0),
            u8(200, 200),
            u16(60000),
            u32(0),
            u16(60000)
          )
        ),
        sample(
          2,
          1,
          1,
          2,
          0,
          join(
            common(1, 7),
            u64(0),
            u32(4000000000, 4000000000, 0),
            u64(2n ** 53n - 1n, 2n ** 64n - 5_000_000_000n),
            u64(0, 0)
          )
        )
      )
    ]);
    expect(reader.events).toEqual([
      { name: 'test:a', fields: ['a', 'b', 'c', 'd', 'a2', 'b2', 'c2', 'd2'] },
      { name: 'test:b', fields: ['e', 'f', 'g', 'h'] }
    ]);
    expect(rows.map(({ args }) => args)).toEqual([
      [200, -56, 60000, -5536, 200, -56, -5536, 60000],
      [4000000000, -294967296, 2 ** 53 - 1, -5_000_000_000, 0, 0, 0, 0]
    ]);
  });

  it('come from given formats if the stream has none', () => {
    const { rows, reader } = collect(
      [
        join(
          HEADER,
          attr({ config: 900, sampleType: TRACEPOINT, ids: [5] }),
          sample(5, 7, 8, 1, 0, request(0x1234, 0, 2))
        )
      ],
      { formats: [REQUEST_FORMAT] }
    );
    expect(reader.events).toEqual([
      { name: 'request_4711', fields: ['tstate', 'locked', 'depth'] }
    ]);
    expect(rows[0].args).toEqual([0x1234, 0, 2, 0, 0, 0, 0, 0]);
  });

  it.each([
    [0, 'cpu-clock'],
    [1, 'task-clock'],
    [9, 'dummy'],
    [77, 'event 1:77']
  ])('of software event %d are its ip, its name %s', (config, name) => {
    // IDENTIFIER, IP, TID, TIME and CPU, as perf 6.1 records cpu-clock/period=N/.
    const sampleType = 0x10087;
    const { rows, reader } = collect([
      join(
        HEADER,
        attr({ type: 1, config, sampleType, ids: [5] }),
        record(9, 0, u64(5, 0x7fad7a04f7b0), u32(7, 8), u64(1), u32(3, 0))
      )
    ]);
    expect(reader.events).toEqual([{ name, fields: ['ip'] }]);
    expect(rows).toEqual([row('Sample', 1, 7, 8, 3, [0x7fad7a04f7b0], name)]);
  });

  it('of a watchpoint are the address behind the access, and it says what it watches', () => {
    // bp_addr is the word at 56 of perf_event_attr (include/uapi/linux/perf_event.h).
    const watch = attr({ type: 5, config: 0, sampleType: 0x10087, ids: [5] });
    watch.set(u64(0x7f1234567000), 8 + 56);
    const { rows, reader } = collect([
      join(
        HEADER,
        watch,
        record(9, 0, u64(5, 0x7fad7a04f7b0), u32(7, 8), u64(1), u32(3, 0))
      )
    ]);
    expect(reader.events).toEqual([
      { name: 'event 5:0', fields: ['ip'], address: 0x7f1234567000 }
    ]);
    expect(rows).toEqual([
      row('Sample', 1, 7, 8, 3, [0x7fad7a04f7b0], 'event 5:0')
    ]);
  });

  it('are none without a format', () => {
    const { rows, reader } = collect([
      join(
        HEADER,
        attr({ config: 900, sampleType: TRACEPOINT, ids: [5] }),
        sample(5, 7, 8, 1, 0, request(0x1234, 0, 2))
      )
    ]);
    expect(reader.events).toEqual([{ name: 'event 2:900', fields: [] }]);
    expect(rows[0].args).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('must lie in the data', () => {
    const { rows, summary } = collect([
      join(
        preamble(),
        record(14, 0, trailer(7, 8, 5, 0, 101)),
        sample(101, 7, 8, 6, 0, common(1, 7)),
        record(14, 0, trailer(7, 8, 7, 0, 101))
      )
    ]);
    expect(rows.map(({ time }) => time)).toEqual([5]);
    expect(summary.error?.recordType).toBe(9);
    expect(summary.error?.offset).toBe(preamble().length + 40);
    expect(summary.error?.message).toMatch(/12 bytes.*needs 29/);
  });
});

describe('layouts', () => {
  const data = request(0xabcdef, 1, 4);
  const raw = join(u32(36), text(Buffer.from(data).toString('latin1'), 36));

  /** One sample of an event whose sample_type and read_format are given. */
  function only(
    sampleType: number,
    readFormat: number,
    ...fields: Uint8Array[]
  ): Row[] {
    const { rows, summary } = collect([
      join(
        HEADER,
        attr({ config: 900, sampleType, readFormat, ids: [77] }),
        tracingData({ giltracer: [REQUEST_FORMAT] }),
        record(69, 0, u64(1), u64(77, 0, 3, 8)),
        record(9, 0, ...fields)
      )
    ]);
    expect(summary.error).toBeUndefined();
    return rows;
  }

  const expected = row('Sample', 99, 7, 8, 5, [0xabcdef, 1, 4], REQUEST);

  it('all fields before RAW, a single READ and a call chain among them', () => {
    const all = 0x10000 | 0x7ff;
    expect(
      only(
        all,
        1 | 2 | 4 | 16,
        u64(77, 0x401000),
        u32(7, 8),
        u64(99, 0xadd, 77, 78),
        u32(5, 0),
        u64(1),
        u64(11, 12, 13, 77, 14),
        u64(3, 2n ** 64n - 512n, 0x401000, 0x402000),
        raw
      )
    ).toEqual([expected]);
  });

  it('a group READ', () => {
    expect(
      only(
        0x10596,
        8 | 1 | 4,
        u64(77),
        u32(7, 8),
        u64(99),
        u32(5, 0),
        u64(1),
        u64(2, 1234),
        u64(11, 77, 12, 78),
        raw
      )
    ).toEqual([expected]);
  });

  it('the CPU by id if samples do not carry it', () => {
    expect(only(0x10406, 0, u64(77), u32(7, 8), u64(99), raw)).toEqual([
      { ...expected, cpu: 3 }
    ]);
  });

  it('no CPU without an id', () => {
    expect(only(0x406, 0, u32(7, 8), u64(99), raw)).toEqual([
      { ...expected, cpu: -1 }
    ]);
  });

  it('ID instead of IDENTIFIER, events with different fields', () => {
    const withCpu = 0x2 | 0x4 | 0x40 | 0x80 | 0x400;
    const without = 0x2 | 0x4 | 0x40 | 0x400 | 0x100;
    const { rows, summary } = collect([
      join(
        HEADER,
        // The id must be at one place from the record's end too: no trailers here.
        attr({
          config: 900,
          sampleType: withCpu,
          sampleIdAll: false,
          ids: [1]
        }),
        attr({
          config: 900,
          sampleType: without,
          sampleIdAll: false,
          ids: [2],
          size: 136
        }),
        tracingData({ giltracer: [REQUEST_FORMAT] }),
        record(9, 0, u32(7, 8), u64(99, 1), u32(5, 0), raw),
        record(9, 0, u32(7, 8), u64(99, 2, 1), raw)
      )
    ]);
    expect(summary.error).toBeUndefined();
    expect(rows).toEqual([expected, { ...expected, cpu: -1 }]);
    expect(summary.samplesByEvent).toEqual([1, 1]);
  });

  it('trailers of different length', () => {
    const short = 0x10000 | 0x2 | 0x4 | 0x400;
    const { rows } = collect([
      join(
        HEADER,
        attr({ config: 900, sampleType: TRACEPOINT, ids: [1] }),
        attr({ config: 900, sampleType: short, ids: [2] }),
        record(69, 0, u64(2), u64(1, 0, 0, 8), u64(2, 0, 6, 8)),
        record(14, 0, trailer(7, 8, 10, 5, 1)),
        record(14, 0, u32(7, 9), u64(20, 2))
      )
    ]);
    expect(rows).toEqual([
      row('SwitchIn', 10, 7, 8, 5),
      row('SwitchIn', 20, 7, 9, 6)
    ]);
  });

  it('ids at different places are refused with the remedy', () => {
    const { summary } = collect([
      join(
        HEADER,
        attr({ config: 900, sampleType: TRACEPOINT, ids: [1] }),
        attr({ config: 900, sampleType: 0x5c7, ids: [2] })
      )
    ]);
    expect(summary.error?.message).toMatch(/--sample-identifier/);
    expect(summary.error?.recordType).toBe(64);
  });
});

describe('ids', () => {
  it('0 is the first event, an unknown one is counted and left out', () => {
    const { rows, reader, summary } = collect([
      join(
        preamble(),
        sample(0, 7, 8, 10, 0, request(1, 0, 0)),
        sample(4242, 7, 8, 20, 0, waking(1, 2, 3)),
        sample(104, 7, 8, 30, 0, waking(1, 2, 3))
      )
    ]);
    expect(rows.map(({ event, time }) => [event, time])).toEqual([
      [REQUEST, 10],
      [WAKING, 30]
    ]);
    expect(reader.unidentified).toBe(1);
    expect(summary.samplesByEvent).toEqual([1, 1]);
    expect(summary.recordsByType.get(9)).toBe(3);
  });

  it('far apart, beyond 32 bits, and in any order', () => {
    const ids = [2 ** 40 + 1, 5, 2 ** 40, 3_000_000, 4, 4_294_967_295, 70, 6];
    const { rows, reader } = collect([
      join(
        HEADER,
        ...ids.map((id, at) =>
          attr({ config: at, sampleType: TRACEPOINT, ids: [id] })
        ),
        ...ids.map((id, at) => sample(id, 7, 8, at + 1, 0, common(1, 7)))
      )
    ]);
    expect(reader.unidentified).toBe(0);
    expect(rows.map(({ event }) => event)).toEqual(
      ids.map((_, at) => `event 2:${at}`)
    );
  });
});
