/** Batches of records for tests: rows as objects in, columns out. */
import {
  ARGUMENT_COLUMNS,
  NO_EVENT,
  type EventDescription,
  type RecordBatch,
  type RecordKind
} from '../../perfdata/records';
import type { Store } from '../../binary/stores';
import type { WatchedWords } from '../site';
import type { StoreResolver } from '../watched-words';

/** Sites in the order of EVENTS. */
export const SITES = [
  'request',
  'wake',
  'drop',
  'yield',
  'yield_end',
  'wait',
  'lock_wait',
  'lock_wait_end',
  'gc',
  'gc_end',
  'waking',
  'cpu-clock',
  'gil_word',
  'wait_word',
  'yield_word',
  'futex'
] as const;

export type SiteName = (typeof SITES)[number];

/** As a capture announces them: an event of somebody else first. */
export const EVENTS: readonly EventDescription[] = [
  { name: 'sched:sched_stat_runtime', fields: ['pid'] },
  {
    name: 'giltracer:request_4711',
    fields: ['tstate', 'code', 'ip', 'interp']
  },
  {
    name: 'giltracer:wake_4711',
    fields: [
      'locked',
      'last_holder',
      'holder_code',
      'holder_ip',
      'gil',
      'tstate'
    ]
  },
  { name: 'giltracer:drop_4711', fields: [] },
  { name: 'giltracer:yield_4711', fields: [] },
  { name: 'giltracer:yield_end_4711', fields: [] },
  {
    name: 'giltracer:wait_4711',
    fields: [
      'last_holder',
      'holder_code',
      'holder_ip',
      'gil',
      'tstate',
      'code',
      'ip'
    ]
  },
  { name: 'giltracer:lock_wait_4711', fields: ['lock'] },
  { name: 'giltracer:lock_wait_end_4711', fields: [] },
  { name: 'giltracer:gc_4711', fields: [] },
  { name: 'giltracer:gc_end_4711', fields: [] },
  { name: 'sched:sched_waking', fields: ['pid', 'prio', 'target_cpu'] },
  { name: 'cpu-clock', fields: ['ip'] },
  { name: 'mem:0x7000/4:w:u', fields: ['ip'], address: 0x7000 },
  { name: 'mem:0x7010/4:w:u', fields: ['ip'], address: 0x7010 },
  { name: 'mem:0x7068/4:w:u', fields: ['ip'], address: 0x7068 },
  {
    name: 'syscalls:sys_enter_futex',
    fields: ['__syscall_nr', 'uaddr', 'op', 'val', 'utime', 'uaddr2', 'val3']
  }
];

/** What the watchpoints of EVENTS stand on. */
export const WORDS: WatchedWords = {
  locked: 0x7000,
  wait: 0x7010,
  yield: 0x7068
};

/** Addresses behind instructions, and what these write. */
export const STORE_IPS = { take: 1, drop: 2, join: 3, signal: 4, made: 5 };

export const STORES: StoreResolver = {
  storeAt: ip =>
    new Map<number, Store>([
      [STORE_IPS.take, { kind: 'constant', value: 1 }],
      [STORE_IPS.drop, { kind: 'constant', value: 0 }],
      [STORE_IPS.join, { kind: 'addition' }],
      [STORE_IPS.signal, { kind: 'other' }],
      [STORE_IPS.made, { kind: 'constant', value: -1 }]
    ]).get(ip)
};

export interface Row {
  kind: RecordKind;
  time: number;
  pid: number;
  tid: number;
  cpu: number;
  /** Set for a sample. */
  site?: SiteName;
  args?: readonly number[];
}

/** Cuts the rows into batches of at most `size` rows. */
export function* batches(
  rows: readonly Row[],
  size: number = rows.length
): Generator<RecordBatch> {
  for (let from = 0; from < rows.length; from += size) {
    yield batch(rows.slice(from, from + size));
  }
}

function batch(rows: readonly Row[]): RecordBatch {
  const column = <Value extends number>(value: (row: Row) => Value): Value[] =>
    rows.map(value);
  return {
    length: rows.length,
    kind: Uint8Array.from(column(row => row.kind)),
    event: Uint8Array.from(
      column(row =>
        row.site === undefined ? NO_EVENT : 1 + SITES.indexOf(row.site)
      )
    ),
    time: Float64Array.from(column(row => row.time)),
    pid: Int32Array.from(column(row => row.pid)),
    tid: Int32Array.from(column(row => row.tid)),
    cpu: Int16Array.from(column(row => row.cpu)),
    args: Array.from({ length: ARGUMENT_COLUMNS }, (_, i) =>
      Float64Array.from(column(row => row.args?.[i] ?? 0))
    )
  };
}
