import fc from 'fast-check';
import { PerfStreamReader } from '../reader';
import { collect, cut, outcome } from './collect';
import {
  attr,
  HEADER,
  join,
  record,
  text,
  TRACEPOINT,
  u32,
  u64,
  u8
} from './perf-bytes';
import { everyKind, preamble } from './streams';

const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`stream-framing.spec: fast-check seed ${seed}`);

describe('chunks', () => {
  const stream = everyKind();
  const whole = outcome(collect([stream]));

  it('of two pieces, cut at each byte', () => {
    for (let at = 0; at <= stream.length; at++) {
      const pieces = [stream.subarray(0, at), stream.subarray(at)];
      expect(outcome(collect(pieces))).toEqual(whole);
    }
  });

  it.each([1, 7, 8, 64])('of %d bytes', size => {
    expect(outcome(collect(cut(stream, () => size)))).toEqual(whole);
  });

  it('of random sizes, empty ones and views into larger buffers among them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 1 }), sizes => {
        let next = 0;
        const chunks = cut(stream, () =>
          Math.max(next % 3 === 0 ? 0 : 1, sizes[next++ % sizes.length])
        );
        expect(outcome(collect(chunks))).toEqual(whole);
      }),
      { seed }
    );
  });
});

describe('a stream cut off', () => {
  const stream = everyKind();

  it('at each byte keeps what was whole and says where it was cut', () => {
    const starts = recordStarts(stream);
    for (let length = 0; length < stream.length; length++) {
      const { rows, summary } = collect([stream.subarray(0, length)]);
      const { error } = summary;
      if (starts.has(length)) {
        expect(error).toBeUndefined();
      } else if (length < 16) {
        expect(error?.offset).toBe(0);
        expect(error?.recordType).toBeUndefined();
      } else {
        const begin = Math.max(...[...starts.keys()].filter(at => at < length));
        expect(error?.offset).toBe(begin);
        expect(error?.message).toContain(`byte ${begin}`);
        expect(error?.recordType).toBe(
          length - begin >= 4 ? starts.get(begin) : undefined
        );
      }
      expect(summary.bytes).toBe(length);
      // One row for each whole record that makes one.
      const ends = [...starts.keys()];
      const whole = ends.filter(
        (at, index) =>
          ROW_TYPES.includes(starts.get(at) ?? 0) && ends[index + 1] <= length
      );
      expect(rows.filter(({ kind }) => kind !== 'Lost')).toHaveLength(
        whole.length
      );
    }
    expect(starts.size).toBeGreaterThan(30);
  });

  it('with nothing in it', () => {
    expect(collect([]).summary.error?.message).toBe('the perf stream is empty');
  });
});

describe('a damaged stream', () => {
  it.each([0, 1, 7])('ends at a record of size %d', size => {
    const good = join(
      preamble(),
      record(3, 0, u32(7, 7), text('python3'), new Uint8Array(32))
    );
    const bad = join(u32(14), new Uint8Array([0, 0, size, 0]));
    const { rows, summary } = collect([join(good, bad, everyKind())]);
    expect(rows).toHaveLength(1);
    expect(summary.error).toMatchObject({
      name: 'PerfStreamError',
      offset: good.length,
      recordType: 14
    });
    expect(summary.error?.message).toBe(
      `the perf stream is damaged at byte ${good.length}, in a SWITCH record: its size is ${size}, less than its header`
    );
    expect(summary.bytes).toBe(good.length + 8 + everyKind().length);
  });

  it('keeps the records before the damage', () => {
    const start = everyKind();
    const { rows, summary } = collect([
      join(start, record(14, 0, u64(1)), start)
    ]);
    expect(rows).toEqual(collect([start]).rows);
    expect(summary.error).toMatchObject({
      offset: start.length,
      recordType: 14
    });
  });

  it.each<[string, Uint8Array, number, RegExp]>([
    ['FORK', record(7, 0, u64(0, 0, 0, 0, 0)), 7, /48 bytes.*at least 64/],
    ['COMM', record(3, 0, u64(0, 0)), 3, /24 bytes.*at least 48/],
    ['LOST', record(2, 0, u64(0, 0)), 2, /24 bytes.*at least 56/],
    ['LOST_SAMPLES', record(13, 0), 13, /8 bytes.*at least 16/],
    ['SAMPLE', record(9, 0, u64(101, 2, 3)), 9, /32 bytes.*at least 56/],
    ['SAMPLE', record(9, 0), 9, /8 bytes.*at least 16/],
    [
      'SAMPLE whose data is longer',
      record(9, 0, u64(101, 0, 0, 9, 0, 1), u32(100), u32(0)),
      9,
      /data is longer/
    ],
    ['HEADER_ATTR', record(64, 0, u64(0, 0)), 64, /at least 72/],
    [
      'HEADER_ATTR with a wrong size',
      record(64, 0, u32(2, 4096), new Uint8Array(64)),
      64,
      /4096 of its 80 bytes/
    ],
    ['ID_INDEX', record(69, 0, u64(1000)), 69, /1000 ids/],
    ['EVENT_UPDATE', record(78, 0, u64(2)), 78, /at least 24/],
    ['HEADER_FEATURE', record(80, 0, u64(5), u32(80, 0)), 80, /longer/],
    [
      'TRACING_DATA of 3 GB',
      record(66, 0, u32(3_000_000_000, 0)),
      66,
      /3000000000/
    ],
    [
      'TRACING_DATA without magic',
      join(record(66, 0, u32(16, 0)), new Uint8Array(16)),
      66,
      /magic/
    ]
  ])('names a bad %s record', (_, bytes, type, message) => {
    const { summary } = collect([join(preamble(), bytes, everyKind())]);
    expect(summary.error?.message).toMatch(message);
    expect(summary.error).toMatchObject({
      offset: preamble().length,
      recordType: type
    });
  });

  it('with damaged formats at each byte never throws', () => {
    const stream = preamble();
    const clean = collect([stream]).reader.events;
    const starts = [...recordStarts(stream)];
    const at = starts.findIndex(([, type]) => type === 66);
    for (let byte = starts[at][0] + 8; byte < starts[at + 1][0]; byte++) {
      for (const value of [0, 0xff]) {
        const damaged = stream.slice();
        damaged[byte] = value;
        expect(collect([damaged]).reader.events).toHaveLength(clean.length);
      }
    }
  });

  it.each([
    // RFC 8878, 3.1.1: magic, flags, window descriptor, then blocks of u24 (size, type, last).
    ['no zstd', [1, 0, 0, 0, 0, 0, 0, 0], /does not begin as a zstd stream/],
    [
      'a window of gigabytes',
      [0x28, 0xb5, 0x2f, 0xfd, 0, 0xff],
      /needs a window of \d+ bytes/
    ],
    [
      'a byte that stands for 1 MiB',
      [0x28, 0xb5, 0x2f, 0xfd, 0, 0x48, 2, 0, 0x80, 0x41],
      /has a block of 1048576 bytes/
    ],
    [
      'data behind the last block',
      [0x28, 0xb5, 0x2f, 0xfd, 0, 0x48, 1, 0, 0, 1],
      /goes on behind the last block/
    ],
    [
      'a block that is no block',
      [0x28, 0xb5, 0x2f, 0xfd, 0, 0x48, 0x24, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9],
      /its data is no zstd stream/
    ]
  ])('holds in a compressed record %s', (_, bytes, message) => {
    const stream = join(preamble(), record(81, 0, u8(...bytes)));
    const { summary } = collect([stream]);
    expect(summary.error?.message).toMatch(message);
    expect(summary.error?.recordType).toBe(81);
  });

  it('announces more compressed data than a record can hold', () => {
    const { summary } = collect([join(preamble(), record(83, 0, u64(70000)))]);
    expect(summary.error?.message).toMatch(/announces 70000 bytes of data/);
  });

  it('has no event for a record', () => {
    for (const bytes of [record(9, 0, u64(1)), record(14, 0)]) {
      const { summary } = collect([join(HEADER, bytes)]);
      expect(summary.error?.message).toMatch(/no event was described/);
    }
  });

  it('has more events than a row can name', () => {
    const event = attr({ sampleType: TRACEPOINT, ids: [] });
    const many = join(HEADER, ...Array<Uint8Array>(256).fill(event));
    const { summary, reader } = collect([many]);
    expect(reader.events).toHaveLength(255);
    expect(summary.error?.message).toMatch(/more than 255/);
  });

  it('has too many types that perf does not have', () => {
    const types = Array.from({ length: 65 }, (_, at) => record(1000 + at, 0));
    const some = collect([join(preamble(), ...types.slice(1))]).summary;
    expect(some.error).toBeUndefined();
    expect(some.recordsByType.get(1064)).toBe(1);
    const all = collect([join(preamble(), ...types)]).summary;
    expect(all.error?.recordType).toBe(1064);
  });
});

describe('what is not a stream', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['another byte order', text('2ELIFREP', 16), /big-endian/],
    ['a file', join(text('PERFILE2', 8), u64(104)), /perf.data file.*-o -/],
    ['the first format', text('PERFFILE', 16), /before Linux 3.2/],
    ['another header', join(text('PERFILE2', 8), u64(24)), /size 24/],
    ['text', text('usage: perf record', 32), /not perf data/]
  ])('%s is named', (_, bytes, message) => {
    for (const size of [1, 1000]) {
      const { summary, rows } = collect(cut(bytes, () => size));
      expect(rows).toEqual([]);
      expect(summary.error?.message).toMatch(message);
      expect(summary.error).toMatchObject({ offset: 0, recordType: undefined });
    }
  });
});

describe('a receiver that throws', () => {
  it('is not called again with the same records, and the rest is not read', () => {
    const kinds: number[] = [];
    const reader = new PerfStreamReader({
      onBatch: batch => {
        kinds.push(...batch.kind.subarray(0, batch.length));
        throw new Error('no room');
      }
    });
    expect(() => reader.push(everyKind())).toThrow('no room');
    const first = kinds.length;
    expect(first).toBeGreaterThan(0);
    reader.push(everyKind());
    expect(kinds).toHaveLength(first);
    expect(reader.error).toBeUndefined();
    expect(() => reader.finish()).toThrow('no room');
    expect(reader.finish().bytes).toBe(2 * everyKind().length);
  });
});

/** COMM, EXIT, FORK, SAMPLE, SWITCH, SWITCH_CPU_WIDE: a row each. */
const ROW_TYPES = [3, 4, 7, 9, 14, 15];

/** Where each record begins and its type, from the sizes alone; the end too, with type -1. */
function recordStarts(stream: Uint8Array): Map<number, number> {
  const bytes = Buffer.from(stream);
  const starts = new Map<number, number>();
  let at = 16;
  while (at < bytes.length) {
    const type = bytes.readUInt32LE(at);
    starts.set(at, type);
    const outside = type === 66 || type === 71 ? bytes.readUInt32LE(at + 8) : 0;
    at += bytes.readUInt16LE(at + 6) + outside;
  }
  return starts.set(at, -1);
}
