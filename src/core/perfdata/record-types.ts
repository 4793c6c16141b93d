/**
 * Numbers of perf's record types and flag bits.
 * Sources: include/uapi/linux/perf_event.h (kernel records, below 64) and
 * tools/lib/perf/include/perf/event.h (perf's own records) of Linux 6.12, with the later types that
 * are skipped by size.
 */

export const RecordType = {
  Mmap: 1,
  Lost: 2,
  Comm: 3,
  Exit: 4,
  Throttle: 5,
  Unthrottle: 6,
  Fork: 7,
  Read: 8,
  Sample: 9,
  Mmap2: 10,
  Aux: 11,
  ItraceStart: 12,
  LostSamples: 13,
  Switch: 14,
  SwitchCpuWide: 15,
  Namespaces: 16,
  Ksymbol: 17,
  BpfEvent: 18,
  Cgroup: 19,
  TextPoke: 20,
  AuxOutputHwId: 21,
  CallchainDeferred: 22,
  HeaderAttr: 64,
  HeaderEventType: 65,
  TracingData: 66,
  BuildId: 67,
  FinishedRound: 68,
  IdIndex: 69,
  AuxtraceInfo: 70,
  Auxtrace: 71,
  AuxtraceError: 72,
  ThreadMap: 73,
  CpuMap: 74,
  StatConfig: 75,
  Stat: 76,
  StatRound: 77,
  EventUpdate: 78,
  TimeConv: 79,
  HeaderFeature: 80,
  Compressed: 81,
  FinishedInit: 82,
  Compressed2: 83,
  BpfMetadata: 84,
  SchedstatCpu: 85,
  SchedstatDomain: 86
} as const;

const NAMES = new Map<number, string>(
  Object.entries(RecordType).map(([name, type]) => [
    type,
    name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  ])
);

/** perf's name of a record type, for example `FINISHED_ROUND`, or `type 999` if it has none. */
export function recordTypeName(type: number): string {
  return NAMES.get(type) ?? `type ${type}`;
}

/** Whether the type is one that perf is known to write. */
export function isKnownRecordType(type: number): boolean {
  return NAMES.has(type);
}

/** Bits of the header's `misc` field; what they mean depends on the record type. */
export const Misc = {
  /** COMM: the name changed by exec. */
  CommExec: 1 << 13,
  /** SWITCH: the thread leaves its CPU. */
  SwitchOut: 1 << 13,
  /** SWITCH: it was still runnable. */
  SwitchOutPreempt: 1 << 14,
  /** LOST_SAMPLES: dropped by a BPF filter on purpose, so not a loss. */
  LostSamplesBpf: 1 << 15
} as const;

/** Bytes of `struct perf_event_header`: u32 type, u16 misc, u16 size. */
export const RECORD_HEADER_SIZE = 8;
