/** Hits of the probes, and samples of the kernel's own events → what they mean for their thread. */
import type { RecordBatch } from '../perfdata/records';
import type { Address, LineIndex, Nanoseconds } from '../units';
import { Collections } from './collections';
import { futexCall } from './futex-calls';
import type { RecordedMode } from './gil';
import { LockWaits } from './lock-waits';
import { NativeSampleRows } from './native-samples';
import { fieldOf, Site, type SiteTable } from './site';
import type { LineResolver } from './source-lines';
import type { ThreadRegistry } from './thread-registry';
import { Standing, type TracedThread } from './traced-thread';
import { writtenTo, type StoreResolver } from './watched-words';

export interface ProbeHitsOptions {
  readonly lines?: LineResolver;
  readonly watched?: { readonly stores: StoreResolver };
  readonly gilOfInterpreter?: (
    pid: number,
    interpreter: Address
  ) => Address | undefined;
}

export class ProbeHits {
  constructor(
    private readonly _registry: ThreadRegistry,
    private _mode: RecordedMode,
    private readonly _options: ProbeHitsOptions
  ) {}

  readonly lockWaits = new LockWaits();
  readonly collections = new Collections();
  readonly native = new NativeSampleRows();

  useMode(mode: RecordedMode): void {
    this._mode = mode;
  }

  /** The thread ran into a site. */
  hit(
    site: Site,
    thread: TracedThread,
    time: Nanoseconds,
    batch: RecordBatch,
    row: number,
    sites: SiteTable
  ): void {
    const { args } = batch;
    const event = batch.event[row];
    switch (site) {
      case Site.Request:
        this._request(thread, time, args, event, row, sites);
        break;
      case Site.Drop:
        thread.gil.events.drop(thread, time);
        thread.states.settle();
        break;
      case Site.Wait:
      case Site.Wake:
        this._waits(site, thread, time, args, event, row, sites);
        thread.states.settle();
        break;
      case Site.Yield:
        thread.lastLock = -1;
        thread.gil.events.yield(thread, time);
        break;
      case Site.YieldEnd:
        thread.gil.events.yieldEnd(thread, time);
        break;
      case Site.LockWait:
        thread.gil.events.waitsForLock(thread, time);
        this.lockWaits.begin(
          thread,
          time,
          fieldOf(args, sites.lock[event], row),
          this._mode === 'full'
        );
        break;
      case Site.LockWaitEnd:
        this.lockWaits.end(thread, time);
        break;
      case Site.Collect:
        this.collections.begin(thread, time);
        break;
      case Site.CollectEnd:
        this.collections.end(thread, time);
        break;
      case Site.GilWord:
      case Site.WaitWord:
      case Site.YieldWord:
        if (this._options.watched) {
          const ip = fieldOf(args, sites.ip[event], row);
          writtenTo(site, thread, time, ip, this._options.watched.stores);
          thread.states.settle();
        }
        break;
      case Site.Futex:
        futexCall(
          thread,
          time,
          fieldOf(args, sites.uaddr[event], row),
          fieldOf(args, sites.op[event], row)
        );
        thread.states.settle();
        break;
      case Site.CpuClock:
        this.native.push(
          time,
          thread.index,
          fieldOf(args, sites.ip[event], row)
        );
        break;
      default:
    }
  }

  /** A thread, or somebody outside of the traced processes, wakes another one. */
  waking(
    waker: TracedThread | undefined,
    time: Nanoseconds,
    batch: RecordBatch,
    row: number,
    sites: SiteTable
  ): void {
    const column = sites.wokenTid[batch.event[row]];
    const woken = this._registry.living(fieldOf(batch.args, column, row));
    if (woken !== undefined) {
      woken.waker = waker?.index ?? -1;
      woken.wokenAt = time;
    }
  }

  /** The thread's records are lost from `start` on. */
  lose(thread: TracedThread, start: Nanoseconds): void {
    this.lockWaits.lose(thread, start);
    this.collections.close(thread, start);
  }

  /** A thread of this number runs another program. */
  exec(tid: number, time: Nanoseconds): void {
    const thread = this._registry.living(tid);
    if (thread !== undefined) {
      this.lose(thread, time);
    }
  }

  private _request(
    thread: TracedThread,
    time: Nanoseconds,
    args: readonly Float64Array[],
    event: number,
    row: number,
    sites: SiteTable
  ): void {
    const tstate = fieldOf(args, sites.tstate[event], row);
    const interp = sites.interp[event];
    if (interp >= 0) {
      this._useInterpreter(thread, time, args[interp][row], tstate);
    }
    const line = this._lineOf(
      thread.pid,
      args,
      sites.code[event],
      sites.ip[event],
      row
    );
    if (thread.lastLock >= 0) {
      this.lockWaits.asked(thread, line);
    }
    thread.gil.events.request(thread, time, tstate, line);
  }

  private _waits(
    site: typeof Site.Wait | typeof Site.Wake,
    thread: TracedThread,
    time: Nanoseconds,
    args: readonly Float64Array[],
    event: number,
    row: number,
    sites: SiteTable
  ): void {
    const gilColumn = sites.gil[event];
    if (gilColumn >= 0) {
      this._useGil(thread, time, args[gilColumn][row]);
    }
    const tstate = fieldOf(args, sites.tstate[event], row);
    if (tstate !== 0 && thread.tstate !== tstate) {
      thread.gil.owners.learn(thread, tstate, time);
    }
    if (sites.code[event] >= 0) {
      const { code, ip } = sites;
      thread.line = this._lineOf(thread.pid, args, code[event], ip[event], row);
    } else if (this._mode === 'waits' && thread.standing !== Standing.Waiting) {
      thread.line = -1;
    }
    // Whatever lock it waited for, it has gone on since.
    thread.lastLock = -1;
    const { gil } = thread;
    const lastHolder = fieldOf(args, sites.lastHolder[event], row);
    let locked = true;
    if (site === Site.Wait) {
      gil.events.wait(thread, time, lastHolder);
    } else {
      locked = fieldOf(args, sites.locked[event], row) !== 0;
      gil.events.wake(thread, time, locked, lastHolder);
    }
    if (locked && this._options.lines && sites.holderCode[event] >= 0) {
      const { holderCode, holderIp } = sites;
      gil.sawHolder(
        time,
        lastHolder,
        this._lineOf(thread.pid, args, holderCode[event], holderIp[event], row)
      );
    }
  }

  private _lineOf(
    pid: number,
    args: readonly Float64Array[],
    codeColumn: number,
    ipColumn: number,
    row: number
  ): LineIndex {
    const { lines } = this._options;
    return lines === undefined || codeColumn < 0 || ipColumn < 0
      ? -1
      : lines.lineOf(pid, args[codeColumn][row], args[ipColumn][row]);
  }

  /** The thread asks for its interpreter's GIL. */
  private _useInterpreter(
    thread: TracedThread,
    time: Nanoseconds,
    interp: Address,
    tstate: Address
  ): void {
    if (thread.interp === interp && thread.interpState === tstate) {
      return;
    }
    thread.interp = interp;
    thread.interpState = tstate;
    const own = this._options.gilOfInterpreter?.(thread.pid, interp);
    const gils = this._registry.gilsOf(thread.pid);
    const gil = own === undefined ? gils.main : gils.at(own);
    if (gil !== thread.gil) {
      thread.gil.leave(thread, time);
      gil.join(thread);
    }
  }

  /** The thread waits for the GIL at this address: so that was the one it asked for. */
  private _useGil(
    thread: TracedThread,
    time: Nanoseconds,
    address: Address
  ): void {
    if (address === 0 || thread.gil.address === address) {
      return;
    }
    const gil = this._registry.gilsOf(thread.pid).seenAt(address);
    if (gil !== thread.gil) {
      if (thread.standing === Standing.Requested && !thread.certain) {
        thread.gil.pass(thread);
      } else {
        thread.gil.leave(thread, time);
      }
      gil.join(thread);
    }
  }
}
