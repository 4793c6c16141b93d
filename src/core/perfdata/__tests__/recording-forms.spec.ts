/** The same recording as stream, as file and compressed gives the same records. */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerfFileReader } from '../file-reader';
import { PerfStreamReader } from '../reader';
import { collect, cut, outcome, type Collected } from './collect';
import { perfScript, record, startWorkload } from './real-recording';
import { formsOf, type Forms } from './recording-forms';

jest.setTimeout(60000);

const file = join(tmpdir(), `giltracer-forms-${process.pid}.data`);
let compressedFile: Buffer;
let forms: Forms;

beforeAll(async () => {
  const workload = await startWorkload(400);
  try {
    await record(
      workload,
      [
        '-z',
        '-k',
        'CLOCK_MONOTONIC',
        '--sample-identifier',
        '--sample-cpu',
        '--switch-events',
        '--no-bpf-event',
        '--no-buildid',
        '-m',
        '1M',
        '-p',
        String(workload.process.pid),
        '-e',
        'sched:sched_waking',
        '-e',
        'raw_syscalls:sys_enter',
        '-e',
        'cpu-clock/period=100000/'
      ],
      { output: file }
    );
    compressedFile = readFileSync(file);
    forms = formsOf(compressedFile);
  } finally {
    workload.process.kill();
    rmSync(file, { force: true });
  }
});

/** What must be the same in all forms: all records and all that is said of them. */
function essence({ rows, summary, reader }: Collected): unknown {
  const { lost, late, perfVersion, kernelRelease, clock, error } = summary;
  return {
    rows,
    events: reader.events,
    strings: reader.strings,
    summary: { lost, late, perfVersion, kernelRelease, clock, error },
    samples: summary.samplesByEvent
  };
}

function collectFile(chunks: Iterable<Uint8Array>): Collected {
  return collect(chunks, {}, options => new PerfFileReader(options));
}

it('perf script prints the same of each form', () => {
  const { lines } = perfScript(compressedFile, undefined, file);
  expect(lines.length).toBeGreaterThan(2000);
  for (const bytes of [forms.file, forms.stream, forms.compressedStream]) {
    expect(perfScript(bytes, undefined, file).lines).toEqual(lines);
  }
});

it('each form gives the same records', () => {
  const expected = essence(collect([forms.stream]));
  const { rows, summary } = collect([forms.stream]);
  expect(summary.error).toBeUndefined();
  expect(summary.clock).toBeDefined();
  expect(rows.length).toBeGreaterThan(2000);
  expect(summary.samplesByEvent.every(count => count > 0)).toBe(true);
  expect(essence(collect([forms.compressedStream]))).toEqual(expected);
  expect(essence(collect([forms.compressed2Stream]))).toEqual(expected);
  expect(essence(collectFile([forms.file]))).toEqual(expected);
  expect(essence(collectFile([compressedFile]))).toEqual(expected);
});

it('each form may be cut anywhere', () => {
  let state = 1;
  const random = (): number =>
    1 + ((state = Math.imul(state, 48271) >>> 1) % 3000);
  for (const [bytes, read] of [
    [forms.stream, collect],
    [forms.compressedStream, collect],
    [forms.compressed2Stream, collect],
    [forms.file, collectFile],
    [compressedFile, collectFile]
  ] as const) {
    const whole = outcome(read([bytes]));
    for (const size of [() => 1, () => 7, random]) {
      expect(outcome(read(cut(bytes, size)))).toEqual(whole);
    }
  }
});

describe('damage', () => {
  it('of a compressed record is told with its place; what came before is kept', () => {
    const whole = collect([forms.compressedStream]);
    const at = lastCompressed(forms.compressedStream);
    const damaged = forms.compressedStream.slice();
    damaged.fill(0xff, at + 8, at + 40);
    const { rows, summary } = collect([damaged]);
    expect(summary.error?.message).toMatch(
      new RegExp(`damaged at byte ${at}, in a COMPRESSED record: its `)
    );
    expect(summary.error?.recordType).toBe(81);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(whole.rows.length);
  });

  it('that cuts a file off loses the formats, but no record before it', () => {
    const { data } = sections(forms.file);
    const end = data.offset + Math.floor(data.size / 2);
    const { rows, summary, reader } = collectFile([forms.file.slice(0, end)]);
    expect(summary.error?.message).toMatch(
      `ends at byte ${end}, but its data reaches to ${data.offset + data.size}`
    );
    expect(rows.length).toBeGreaterThan(1000);
    expect(reader.events[2]).toEqual({ name: 'cpu-clock', fields: ['ip'] });
    const all = collectFile([forms.file]).rows;
    const order = ({ time, tid }: { time: number; tid: number }): string =>
      `${time} ${tid}`;
    const known = new Set(all.map(order));
    // Records without a time get that of what stands beside them.
    const timed = rows.filter(({ kind }) => kind !== 'Comm');
    expect(timed.every(row => known.has(order(row)))).toBe(true);
  });

  it('that perf leaves when it is killed is told, and the data is read', () => {
    const { data } = sections(forms.file);
    const killed = Buffer.from(forms.file.slice(0, data.offset + data.size));
    killed.writeBigUInt64LE(0n, 48);
    const { rows, summary } = collectFile([killed]);
    expect(summary.error?.message).toMatch(/did not finish this file/);
    expect(rows.length).toBe(collectFile([forms.file]).rows.length);
  });

  it('of the formats leaves the records', () => {
    const { data } = sections(forms.file);
    const damaged = forms.file.slice();
    // The first feature of the table is TRACING_DATA.
    new DataView(damaged.buffer).setUint32(
      data.offset + data.size + 8,
      5,
      true
    );
    const { rows, summary } = collectFile([damaged]);
    expect(summary.error?.message).toMatch(/perf file is damaged at byte/);
    expect(rows.length).toBe(collectFile([forms.file]).rows.length);
  });

  it.each([
    ['nothing', 0, /has 0 bytes, less than its header/],
    ['a header only', 104, /its events should lie at byte/]
  ])('leaves %s', (_, length, message) => {
    const { rows, summary } = collectFile([forms.file.slice(0, length)]);
    expect(rows).toEqual([]);
    expect(summary.error?.message).toMatch(message);
  });
});

it('a file and a stream are told apart', () => {
  expect(collect([forms.file]).summary.error?.message).toMatch(
    /is a perf.data file, not a stream/
  );
  expect(collectFile([forms.stream]).summary.error?.message).toMatch(
    /perhaps a stream/
  );
  expect(collectFile([new Uint8Array(200)]).summary.error?.message).toMatch(
    /not perf data/
  );
});

it('what the receiver throws goes through the unpacking', () => {
  const failure = new Error('the receiver');
  const onBatch = (): never => {
    throw failure;
  };
  const stream = new PerfStreamReader({ onBatch });
  expect(() => {
    stream.push(forms.compressedStream);
    stream.finish();
  }).toThrow(failure);
  const reader = new PerfFileReader({ onBatch });
  reader.push(forms.file);
  expect(() => reader.finish()).toThrow(failure);
});

/** Where the data of a file lies. */
function sections(bytes: Uint8Array): {
  data: { offset: number; size: number };
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    data: {
      offset: Number(view.getBigUint64(40, true)),
      size: Number(view.getBigUint64(48, true))
    }
  };
}

function lastCompressed(stream: Uint8Array): number {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  let last = -1;
  for (let at = 16; at < bytes.length;) {
    const type = bytes.readUInt32LE(at);
    last = type === 81 ? at : last;
    const outside = type === 66 ? bytes.readUInt32LE(at + 8) : 0;
    at += bytes.readUInt16LE(at + 6) + outside;
  }
  return last;
}
