/** Probe sites, as the bridge names its probes: `giltracer:SITE_BRIDGEPID`. */
import type { EventDescription } from '../perfdata/records';

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
  YieldEnd: 5
} as const;

export type Site = (typeof Site)[keyof typeof Site];

const SITES: ReadonlyMap<string, Site> = new Map([
  ['request', Site.Request],
  ['wake', Site.Wake],
  ['drop', Site.Drop],
  ['yield', Site.Yield],
  ['yield_end', Site.YieldEnd]
]);

/** SITE, a copy's number if drop_gil is inlined more than once, the bridge's pid. */
const NAME = /^giltracer:([a-z_]+?)\d*_\d+$/;

/** The site of an event. */
export function siteOf(name: string): Site {
  return SITES.get(NAME.exec(name)?.[1] ?? '') ?? Site.None;
}

/** The events of a stream by index: site, and the argument columns that the analysis reads. */
export class SiteTable {
  /** @param events the reader's live array: events are announced before their first sample */
  constructor(private readonly _events: readonly EventDescription[]) {}

  /** Takes in the events that were announced since the last call. */
  update(): void {
    for (let i = this.site.length; i < this._events.length; i++) {
      const { name, fields } = this._events[i];
      this.site.push(siteOf(name));
      this.tstate.push(fields.indexOf('tstate'));
      this.locked.push(fields.indexOf('locked'));
      this.lastHolder.push(fields.indexOf('last_holder'));
    }
  }

  /** Site by event index. */
  readonly site: Site[] = [];
  /** Columns of the fields by event index, -1 where the event has none. */
  readonly tstate: number[] = [];
  readonly locked: number[] = [];
  readonly lastHolder: number[] = [];
}
