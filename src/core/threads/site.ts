/** Probe sites, as the bridge names its probes, `giltracer:SITE_BRIDGEPID`, and the kernel's own events beside them. */
import type { EventDescription } from '../perfdata/records';
import type { Address } from '../units';

/** Where a probe stands; what each means is said in DESIGN section 4. */
export const Site = {
  /** An event that is none of ours. */
  None: 0,
  /** Entry of take_gil. */
  Request: 1,
  /** Return from pthread_cond_timedwait within take_gil, gil->mutex held. */
  Wake: 2,
  /** After the unlock of gil->mutex in drop_gil. */
  Drop: 3,
  /** Start of the wait for the forced switch in drop_gil. */
  Yield: 4,
  /** End of that wait. */
  YieldEnd: 5,
  /** Call of pthread_cond_timedwait within take_gil: gil->mutex held, the GIL locked. */
  Wait: 6,
  /** Call of sem_wait or the like in PyThread_acquire_lock_timed. */
  LockWait: 7,
  /** Return from it. */
  LockWaitEnd: 8,
  /** Entry of the cyclic garbage collector. */
  Collect: 9,
  /** Its return. */
  CollectEnd: 10,
  /** A write to gil->locked, seen by a watchpoint: a take or a drop. */
  GilWord: 11,
  /** A write to the word of gil->cond that each waiter adds to. */
  WaitWord: 12,
  /** The same of gil->switch_cond. */
  YieldWord: 13,
  /** A call of futex(2) on a word of a GIL: `syscalls:sys_enter_futex`. */
  Futex: 14,
  /** A running thread, now and then: the software event `cpu-clock`. */
  CpuClock: 15,
  /** The record's thread wakes another: `sched:sched_waking`. */
  Waking: 16
} as const;

export type Site = (typeof Site)[keyof typeof Site];

const SITES: ReadonlyMap<string, Site> = new Map([
  ['request', Site.Request],
  ['wait', Site.Wait],
  ['wake', Site.Wake],
  ['drop', Site.Drop],
  ['yield', Site.Yield],
  ['yield_end', Site.YieldEnd],
  ['lock_wait', Site.LockWait],
  ['lock_wait_end', Site.LockWaitEnd],
  ['gc', Site.Collect],
  ['gc_end', Site.CollectEnd]
]);

const KERNEL_EVENTS: ReadonlyMap<string, Site> = new Map([
  ['cpu-clock', Site.CpuClock],
  ['sched:sched_waking', Site.Waking],
  ['syscalls:sys_enter_futex', Site.Futex]
]);

/** Words of a GIL that watchpoints stand on. */
export interface WatchedWords {
  /** gil->locked. */
  readonly locked: Address;
  /** The word of gil->cond that each wait adds to, as it begins; absent if that is not watched. */
  readonly wait?: Address;
  /** The same of gil->switch_cond. */
  readonly yield?: Address;
}

/** SITE, a copy's number if drop_gil is inlined more than once, the bridge's pid. */
const NAME = /^giltracer:([a-z_]+?)\d*_\d+$/;

/** perf's modifiers of an event: `cpu-clock:u` counts in user space only. */
const MODIFIERS = /:[a-zA-Z]{1,5}$/;

/** The site of an event. */
export function siteOf(name: string): Site {
  const probe = SITES.get(NAME.exec(name)?.[1] ?? '');
  return (
    probe ??
    KERNEL_EVENTS.get(name) ??
    KERNEL_EVENTS.get(name.replace(MODIFIERS, '')) ??
    Site.None
  );
}

/** The events of a stream by index: site, and the argument columns that the analysis reads. */
export class SiteTable {
  /**
   * @param events the reader's live array: events are announced before their first sample
   * @param words what the watchpoints among the events mean
   */
  constructor(
    private readonly _events: readonly EventDescription[],
    private readonly _words?: WatchedWords
  ) {}

  /** Takes in the events that were announced since the last call. */
  update(): void {
    for (let i = this.site.length; i < this._events.length; i++) {
      const { name, fields, address } = this._events[i];
      const site =
        address === undefined
          ? siteOf(name)
          : watchedSite(address, this._words);
      this.site.push(site);
      this.hasWait ||= site === Site.Wait || site === Site.WaitWord;
      this.tstate.push(fields.indexOf('tstate'));
      this.code.push(fields.indexOf('code'));
      this.ip.push(fields.indexOf('ip'));
      this.interp.push(fields.indexOf('interp'));
      this.gil.push(fields.indexOf('gil'));
      this.locked.push(fields.indexOf('locked'));
      this.lastHolder.push(fields.indexOf('last_holder'));
      this.holderCode.push(fields.indexOf('holder_code'));
      this.holderIp.push(fields.indexOf('holder_ip'));
      this.lock.push(fields.indexOf('lock'));
      this.wokenTid.push(fields.indexOf('pid'));
      this.uaddr.push(fields.indexOf('uaddr'));
      this.op.push(fields.indexOf('op'));
    }
  }

  /** Whether each timed wait for the GIL has an event. */
  hasWait = false;
  /** Site by event index. */
  readonly site: Site[] = [];
  /** Columns of the fields by event index, -1 where the event has none. */
  readonly tstate: number[] = [];
  readonly code: number[] = [];
  readonly ip: number[] = [];
  readonly interp: number[] = [];
  readonly gil: number[] = [];
  readonly locked: number[] = [];
  readonly lastHolder: number[] = [];
  readonly holderCode: number[] = [];
  readonly holderIp: number[] = [];
  readonly lock: number[] = [];
  readonly wokenTid: number[] = [];
  readonly uaddr: number[] = [];
  readonly op: number[] = [];
}

function watchedSite(address: Address, words: WatchedWords | undefined): Site {
  switch (address) {
    case words?.locked:
      return Site.GilWord;
    case words?.wait:
      return Site.WaitWord;
    case words?.yield:
      return Site.YieldWord;
    default:
      return Site.None;
  }
}

/** Value of a field, 0 where the event does not have it. */
export function fieldOf(
  args: readonly Float64Array[],
  column: number,
  row: number
): number {
  return column < 0 ? 0 : args[column][row];
}
