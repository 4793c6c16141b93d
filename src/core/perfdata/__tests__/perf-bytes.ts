/**
 * A small writer of perf streams, from the layouts in perf_event.h and perf.data-file-format.txt. It
 * shares nothing with the reader, so that a test's bytes are an independent statement of the format.
 */

type Part = Uint8Array;

export function u8(...values: number[]): Part {
  return Uint8Array.from(values);
}

export function u16(...values: number[]): Part {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

export function u32(...values: number[]): Part {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

export function u64(...values: (number | bigint)[]): Part {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

/** Text with zeros behind it, to a multiple of 8 bytes or to `size`. */
export function text(value: string, size?: number): Part {
  const bytes = Buffer.from(value, 'latin1');
  const padded = new Uint8Array(size ?? 8 * Math.ceil((bytes.length + 1) / 8));
  padded.set(bytes);
  return padded;
}

/** Text with one zero behind it. */
export function cstring(value: string): Part {
  return text(value, value.length + 1);
}

export function join(...parts: Part[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** One record: u32 type, u16 misc, u16 size, body. */
export function record(type: number, misc: number, ...body: Part[]): Part {
  const bytes = join(...body);
  return join(u32(type), u16(misc, 8 + bytes.length), bytes);
}

/** The stream's header: PERFILE2 and its own size. */
export const HEADER = join(text('PERFILE2', 8), u64(16));

export interface AttrSpec {
  type?: number;
  config?: number;
  sampleType: number;
  readFormat?: number;
  sampleIdAll?: boolean;
  ids: number[];
  /** Bytes of perf_event_attr; 128 on Linux 6.1. */
  size?: number;
}

/** HEADER_ATTR. */
export function attr(spec: AttrSpec): Part {
  const size = spec.size ?? 128;
  const attributes = new Uint8Array(size);
  attributes.set(
    join(
      u32(spec.type ?? 2, size),
      u64(spec.config ?? 0, 1, spec.sampleType, spec.readFormat ?? 0),
      u64(spec.sampleIdAll === false ? 0 : 1 << 18)
    )
  );
  return record(64, 0, attributes, u64(...spec.ids));
}

/** TRACING_DATA with its payload, which stands outside the record. */
export function tracingData(
  systems: Record<string, string[]>,
  ftrace: string[] = []
): Part {
  const formats = (texts: string[]): Part =>
    join(
      u32(texts.length),
      ...texts.map(format =>
        join(u64(format.length), text(format, format.length))
      )
    );
  const bytes = join(
    u8(0x17, 0x08, 0x44),
    text('tracing', 7),
    cstring('0.6'),
    u8(0, 8),
    u32(4096),
    cstring('header_page'),
    u64(5),
    text('page\n', 5),
    cstring('header_event'),
    u64(6),
    text('event\n', 6),
    formats(ftrace),
    u32(Object.keys(systems).length),
    ...Object.entries(systems).map(([system, texts]) =>
      join(cstring(system), formats(texts))
    ),
    u32(0, 0),
    u64(0)
  );
  const padded = text(
    Buffer.from(bytes).toString('latin1'),
    8 * Math.ceil(bytes.length / 8)
  );
  return join(record(66, 0, u32(padded.length, 0)), padded);
}

/** [declaration, offset, size, signed] */
export type FormatField = [string, number, number, number];

/** Text of a tracepoint's format file. */
export function format(
  name: string,
  id: number,
  fields: FormatField[]
): string {
  const lines = (list: FormatField[]): string =>
    list
      .map(
        ([declaration, offset, size, signed]) =>
          `\tfield:${declaration};\toffset:${offset};\tsize:${size};\tsigned:${signed};\n`
      )
      .join('');
  const common: FormatField[] = [
    ['unsigned short common_type', 0, 2, 0],
    ['unsigned char common_flags', 2, 1, 0],
    ['unsigned char common_preempt_count', 3, 1, 0],
    ['int common_pid', 4, 4, 1]
  ];
  return `name: ${name}\nID: ${id}\nformat:\n${lines(common)}\n${lines(fields)}\nprint fmt: "%d", REC->x\n`;
}

/** EVENT_UPDATE that names the event with the id. */
export function eventName(id: number, name: string): Part {
  return record(78, 0, u64(2, id), text(name));
}

/** FINISHED_ROUND. */
export const ROUND = record(68, 0);

/** Sample type of a tracepoint as perf 6.1 records it with --sample-identifier. */
export const TRACEPOINT = 0x10587;

/** pid, tid, time, cpu, id: what TRACEPOINT puts at the end of a record that is no sample. */
export function trailer(
  pid: number,
  tid: number,
  time: number | bigint,
  cpu: number,
  id: number
): Part {
  return join(u32(pid, tid), u64(time), u32(cpu, 0), u64(id));
}

/** A SAMPLE of type TRACEPOINT. `data` is RAW's, the 8 common bytes included. */
export function sample(
  id: number,
  pid: number,
  tid: number,
  time: number | bigint,
  cpu: number,
  data: Part
): Part {
  // RAW is padded so that its size field and its data end on 8 bytes.
  const padded = text(
    Buffer.from(data).toString('latin1'),
    8 * Math.ceil((data.length + 4) / 8) - 4
  );
  return record(
    9,
    0,
    u64(id, 0x401000),
    u32(pid, tid),
    u64(time),
    u32(cpu, 0),
    u64(1),
    u32(padded.length),
    padded
  );
}

/** The 8 bytes at the start of each tracepoint's data. */
export function common(id: number, pid: number): Part {
  return join(u16(id), u8(0, 0), u32(pid));
}
