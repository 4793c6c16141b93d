import { CorruptRecord, requireSize } from './corrupt-record';
import { RECORD_HEADER_SIZE, RecordType } from './record-types';
import { readU64 } from './u64';

/** Bits of perf_event_attr.sample_type (include/uapi/linux/perf_event.h). */
export const SampleBit = {
  Ip: 1 << 0,
  Tid: 1 << 1,
  Time: 1 << 2,
  Addr: 1 << 3,
  Read: 1 << 4,
  Callchain: 1 << 5,
  Id: 1 << 6,
  Cpu: 1 << 7,
  Period: 1 << 8,
  StreamId: 1 << 9,
  Raw: 1 << 10,
  Identifier: 1 << 16
} as const;

/** Bits of perf_event_attr.read_format. */
export const ReadBit = {
  TotalTimeEnabled: 1 << 0,
  TotalTimeRunning: 1 << 1,
  Id: 1 << 2,
  Group: 1 << 3,
  Lost: 1 << 4
} as const;

/** attr.type of a software event, which the kernel counts itself. */
export const PERF_TYPE_SOFTWARE = 1;

/** attr.type of a breakpoint: here of a watchpoint on data. */
export const PERF_TYPE_BREAKPOINT = 5;

/** attr.type of a tracepoint; uprobes defined through tracefs are tracepoints too. */
export const PERF_TYPE_TRACEPOINT = 2;

/**
 * Names of software events by attr.config, as perf calls them (enum perf_sw_ids in
 * include/uapi/linux/perf_event.h; tools/perf/util/evsel.c, evsel__sw_names).
 */
const SOFTWARE_NAMES = [
  'cpu-clock',
  'task-clock',
  'page-faults',
  'context-switches',
  'cpu-migrations',
  'minor-faults',
  'major-faults',
  'alignment-faults',
  'emulation-faults',
  'dummy',
  'bpf-output',
  'cgroup-switches'
];

/** What the reader needs of a `struct perf_event_attr`. */
export interface EventAttributes {
  readonly type: number;
  /** For a tracepoint: the ID of its format file. */
  readonly config: number;
  /** Of a breakpoint: the address that it watches (bp_addr). */
  readonly address?: number;
  /** The low 32 bits; all fields up to RAW have their bits there. */
  readonly sampleType: number;
  readonly readFormat: number;
  /** Whether records other than samples end with the sample's ids. */
  readonly sampleIdAll: boolean;
}

/** Size of the first published perf_event_attr (PERF_ATTR_SIZE_VER0). */
export const MIN_ATTR_SIZE = 64;

/** Bit 18 of the flag word. */
const FLAG_SAMPLE_ID_ALL = 1 << 18;

/** perf's name of an event that nothing else names. */
export function defaultEventName({ type, config }: EventAttributes): string {
  const name = type === PERF_TYPE_SOFTWARE ? SOFTWARE_NAMES[config] : undefined;
  return name ?? `event ${type}:${config}`;
}

/**
 * Reads a HEADER_ATTR record: the attributes, then the ids of the event's instances to the end. The
 * attributes say their own size, which grows with the kernel (128 in 6.1, 136 in 6.12).
 */
export function readHeaderAttr(
  view: DataView,
  at: number,
  size: number
): { attributes: EventAttributes; ids: number[] } {
  const body = at + RECORD_HEADER_SIZE;
  requireSize(RecordType.HeaderAttr, size, RECORD_HEADER_SIZE + MIN_ATTR_SIZE);
  const attrSize = view.getUint32(body + 4, true);
  const idBytes = size - RECORD_HEADER_SIZE - attrSize;
  if (attrSize < MIN_ATTR_SIZE || idBytes < 0 || idBytes % 8 !== 0) {
    throw new CorruptRecord(
      `it says that ${attrSize} of its ${size} bytes are attributes`
    );
  }
  return {
    attributes: readAttributes(view, body),
    ids: readIds(view, body + attrSize, idBytes / 8)
  };
}

/** Reads the perf_event_attr at `at`, of which MIN_ATTR_SIZE bytes are there. */
export function readAttributes(view: DataView, at: number): EventAttributes {
  const type = view.getUint32(at, true);
  return {
    type,
    config: readU64(view, at + 8),
    ...(type === PERF_TYPE_BREAKPOINT && { address: readU64(view, at + 56) }),
    sampleType: view.getUint32(at + 24, true),
    readFormat: view.getUint32(at + 32, true),
    sampleIdAll: (view.getUint32(at + 40, true) & FLAG_SAMPLE_ID_ALL) !== 0
  };
}

/** Reads `count` u64 ids. */
export function readIds(view: DataView, at: number, count: number): number[] {
  const ids: number[] = [];
  for (let index = 0; index < count; index++) {
    ids.push(readU64(view, at + 8 * index));
  }
  return ids;
}
