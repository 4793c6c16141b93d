/** Streams that several tests use. */
import {
  attr,
  common,
  eventName,
  format,
  HEADER,
  join,
  record,
  ROUND,
  sample,
  text,
  TRACEPOINT,
  tracingData,
  trailer,
  u32,
  u64,
  u8
} from './perf-bytes';

/** A uprobe's format: packed arguments behind __probe_ip. */
export const REQUEST_FORMAT = format('request_4711', 900, [
  ['unsigned long __probe_ip', 8, 8, 0],
  ['u64 tstate', 16, 8, 0],
  ['u8 locked', 24, 1, 0],
  ['s32 depth', 25, 4, 1]
]);

/** As in Linux 6.18, shortened. */
export const WAKING_FORMAT = format('sched_waking', 375, [
  ['char comm[16]', 8, 16, 0],
  ['pid_t pid', 24, 4, 1],
  ['int prio', 28, 4, 1],
  ['int target_cpu', 32, 4, 1]
]);

export const REQUEST_IDS = [101, 102];
export const WAKING_IDS = [103, 104];

/** Data of `giltracer:request_4711`. */
export function request(
  tstate: number,
  locked: number,
  depth: number
): Uint8Array {
  return join(
    common(900, 7),
    u64(0x401000, tstate),
    u8(locked),
    u32(depth >>> 0)
  );
}

/** Data of `sched:sched_waking`. */
export function waking(pid: number, prio: number, cpu: number): Uint8Array {
  return join(common(375, 7), text('python3', 16), u32(pid, prio, cpu));
}

/** What stands before the first kernel record: header, two events on two CPUs, formats, names. */
export function preamble(): Uint8Array {
  return join(
    HEADER,
    attr({ config: 900, sampleType: TRACEPOINT, ids: REQUEST_IDS }),
    attr({ config: 375, sampleType: TRACEPOINT, ids: WAKING_IDS }),
    // Features are not multiples of 8 bytes long.
    record(80, 0, u64(4), u32(64), text('6.18.44', 64)),
    record(80, 0, u64(5), u32(64), text('6.1.187', 64)),
    record(80, 0, u64(29), u32(1, 1), u64(1795253128253293000n, 1538385425331)),
    record(80, 0, u64(32)),
    tracingData({ giltracer: [REQUEST_FORMAT], sched: [WAKING_FORMAT] }),
    record(
      69,
      0,
      u64(4),
      ...[101, 102, 103, 104].map((id, at) =>
        u64(id, 0, at % 2, 2n ** 64n - 1n)
      )
    ),
    eventName(101, 'giltracer:request_4711'),
    eventName(103, 'sched:sched_waking'),
    record(82, 0)
  );
}

/** Every kind of record once or more, in two rounds over two CPUs. */
export function everyKind(): Uint8Array {
  return join(
    preamble(),
    record(3, 0, u32(7, 7), text('python3'), trailer(0, 0, 0, 0, 0)),
    record(1, 1, u32(7, 7), u64(0, 4096, 0), text('[kernel]')),
    sample(101, 7, 8, 1000, 0, request(0x7fe72bf4e6a0, 1, -3)),
    record(14, 0, trailer(7, 8, 1500, 0, 101)),
    record(14, 1 << 13, trailer(7, 8, 1600, 0, 101)),
    sample(103, 7, 8, 1700, 0, waking(9, 120, 1)),
    sample(104, 7, 9, 1200, 1, waking(8, 120, 0)),
    record(7, 0, u32(7, 7, 10, 8), u64(1251), trailer(7, 8, 1250, 1, 102)),
    record(3, 1 << 13, u32(7, 9), text('worker'), trailer(7, 9, 1300, 1, 102)),
    record(14, 3 << 13, trailer(7, 9, 1400, 1, 102)),
    ROUND,
    record(2, 0, u64(101, 17), trailer(7, 8, 2000, 0, 101)),
    record(15, 0, u32(0, 0), trailer(7, 10, 2100, 1, 102)),
    record(71, 0, u64(20, 0, 0), u32(0, 0, 0, 0)),
    text('AUXTRACE data bytes', 20),
    record(4, 0, u32(7, 7, 10, 8), u64(2201), trailer(7, 10, 2200, 1, 102)),
    record(10, 2, u32(7, 7), u64(0, 1, 2, 3, 4, 5), text('/usr/bin/python3')),
    record(17, 0, u64(1), trailer(7, 8, 2300, 0, 101)),
    record(5, 0, u64(1, 1, 1), trailer(7, 8, 2310, 0, 101)),
    record(999, 0, u64(1)),
    ROUND,
    record(13, 0, u64(17), trailer(0, 0, 0, 0, 101)),
    record(13, 0, u64(5), trailer(0, 0, 0, 0, 102))
  );
}
