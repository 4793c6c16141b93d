/**
 * The trust test of watchpoints: in a program that takes and drops the GIL in every way, takes and drops must alternate
 * strictly, and whoever adds to the wait word must have to wait: another has the GIL then, and the thread
 * takes it next, if it is not about to wait again.
 */
import {
  RecordKind,
  type EventDescription,
  type RecordBatch
} from '../../core/perfdata/records';
import { Site, SiteTable, type WatchedWords } from '../../core/threads/site';
import type { StoreResolver } from '../../core/threads/watched-words';

/** What a thread did last. */
const Deed = { Nothing: 0, Take: 1, Drop: 2, Wait: 3, Yield: 4 } as const;
type Deed = (typeof Deed)[keyof typeof Deed];

/** Too few waits prove nothing. The program is forced to switch every 5 ms, for 120 ms. */
const ENOUGH_WAITS = 8;

export class WatchTrust {
  constructor(
    events: readonly EventDescription[],
    private readonly _words: WatchedWords,
    private readonly _stores: StoreResolver
  ) {
    this._sites = new SiteTable(events, _words);
  }

  consume(batch: RecordBatch): void {
    this._sites.update();
    const { site, ip } = this._sites;
    for (let row = 0; row < batch.length; row++) {
      if (batch.kind[row] !== RecordKind.Sample) {
        continue;
      }
      const event = batch.event[row];
      const address = batch.args[ip[event]][row];
      const store = this._stores.storeAt(address);
      const tid = batch.tid[row];
      switch (site[event]) {
        case Site.GilWord:
          if (store?.kind === 'constant' && store.value === 1) {
            this._take(tid);
          } else if (store?.kind === 'constant' && store.value === 0) {
            this._drop(tid);
          } else {
            this._unknown.add(address);
          }
          break;
        case Site.WaitWord:
          if (store?.kind === 'addition') {
            this._wait(tid);
          }
          break;
        case Site.YieldWord:
          if (store?.kind === 'addition') {
            this._yield(tid);
          }
          break;
        default:
      }
    }
  }

  /**
   * Why takes and drops can't be trusted; undefined if they can.
   * @param expectedTakes takes that the program is known to have made
   * @param lost records that were lost in the test
   */
  distrust(expectedTakes: number, lost: number): string | undefined {
    if (lost > 0) {
      return `${lost} records were lost`;
    }
    if (this._unknown.size > 0) {
      const [ip] = this._unknown;
      return `what the code before 0x${ip.toString(16)} writes is not known`;
    }
    if (this._takes < expectedTakes || this._drops < expectedTakes) {
      return `${this._takes} takes and ${this._drops} drops were seen where at least ${expectedTakes} were made`;
    }
    if (this._broken > 0) {
      return `takes and drops do not alternate (${this._broken} times in ${this._takes})`;
    }
    return undefined;
  }

  /**
   * Why starts of waits can't be trusted; undefined if they can. `few`: there were too few to tell, which may be
   * otherwise next time.
   */
  distrustWaits(): { why: string; few: boolean } | undefined {
    const all = this._waits + this._yields;
    if (this._strange > 0) {
      return { why: `${this._strange} of ${all} waits were none`, few: false };
    }
    if (this._words.wait !== undefined && this._waits < ENOUGH_WAITS) {
      return {
        why: `${this._waits} waits were seen where at least ${ENOUGH_WAITS} were made`,
        few: true
      };
    }
    return this._words.yield !== undefined && this._yields === 0
      ? { why: 'no forced switch was seen', few: true }
      : undefined;
  }

  private _take(tid: number): void {
    const free = this._holder === undefined && this._last(tid) !== Deed.Take;
    this._broken += free ? 0 : 1;
    this._takes++;
    this._holder = tid;
    this._deeds.set(tid, Deed.Take);
  }

  private _drop(tid: number): void {
    // The program takes and drops from its first line on: only its first record may be a drop.
    const held = this._holder === tid || this._takes + this._drops === 0;
    this._broken += held ? 0 : 1;
    this._strange += this._last(tid) === Deed.Wait ? 1 : 0;
    this._drops++;
    this._holder = undefined;
    this._deeds.set(tid, Deed.Drop);
  }

  private _wait(tid: number): void {
    const wanted = this._holder !== undefined && this._holder !== tid;
    this._strange += wanted ? 0 : 1;
    this._waits++;
    this._deeds.set(tid, Deed.Wait);
  }

  private _yield(tid: number): void {
    this._strange += this._last(tid) === Deed.Drop ? 0 : 1;
    this._yields++;
    this._deeds.set(tid, Deed.Yield);
  }

  private _last(tid: number): Deed {
    return this._deeds.get(tid) ?? Deed.Nothing;
  }

  private readonly _sites: SiteTable;
  private readonly _deeds = new Map<number, Deed>();
  private readonly _unknown = new Set<number>();
  private _holder: number | undefined;
  private _takes = 0;
  private _drops = 0;
  private _waits = 0;
  private _yields = 0;
  private _broken = 0;
  /** Waits of threads that did not have to wait, or did not wait for the GIL. */
  private _strange = 0;
}
