import { readU64 } from './u64';

/** Value of `find` for an id that no event has. */
export const UNKNOWN_EVENT = -1;

/** CPU of an id that belongs to none (per-thread events), or that is not known. */
export const UNKNOWN_CPU = -1;

/**
 * Most ids in the dense window. The kernel numbers events one after the other, so the ids of one
 * recording lie close together: 8000 per event and a few events is usual at most.
 */
const MAX_WINDOW = 1 << 20;

/**
 * The ids of a stream: which event each belongs to, and which CPU. Looked up once a sample, so ids are
 * indexes into an array; ids far from the others go to a map.
 */
export class EventIds {
  /** Says which event an id belongs to. */
  setEvent(id: number, event: number): void {
    const slot = this._slot(id);
    if (slot >= 0) {
      this._events[slot] = event;
    } else {
      this._far.set(id, { event, cpu: this._far.get(id)?.cpu ?? UNKNOWN_CPU });
    }
  }

  /** Says which CPU an id belongs to. */
  setCpu(id: number, cpu: number): void {
    const slot = this._slot(id);
    if (slot >= 0) {
      this._cpus[slot] = cpu;
    } else {
      const event = this._far.get(id)?.event ?? UNKNOWN_EVENT;
      this._far.set(id, { event, cpu });
    }
  }

  /** The id of the first place of `window`. */
  get base(): number {
    return this._base;
  }

  /** Indexes of events, or UNKNOWN_EVENT, by id less `base`, for ids that lie close together. */
  get window(): Int16Array {
    return this._events;
  }

  /** Index of the event that the u64 id at `at` belongs to, or UNKNOWN_EVENT. */
  eventAt(view: DataView, at: number): number {
    // Ids are far below 2^32 in practice: in integers the whole reader is a tenth faster.
    if (view.getUint32(at + 4, true) === 0) {
      const slot = view.getUint32(at, true) - this._base;
      if (slot >= 0 && slot < this._events.length) {
        return this._events[slot];
      }
    }
    return this.event(readU64(view, at));
  }

  /** Index of the event that the id belongs to, or UNKNOWN_EVENT. */
  event(id: number): number {
    const slot = id - this._base;
    if (slot >= 0 && slot < this._events.length) {
      return this._events[slot];
    }
    return this._far.get(id)?.event ?? UNKNOWN_EVENT;
  }

  /** The id's CPU, or UNKNOWN_CPU. */
  cpu(id: number): number {
    const slot = id - this._base;
    if (slot >= 0 && slot < this._cpus.length) {
      return this._cpus[slot];
    }
    return this._far.get(id)?.cpu ?? UNKNOWN_CPU;
  }

  /** Place in the window, which grows to reach the id if it can; -1 if it can't. */
  private _slot(id: number): number {
    const length = this._events.length;
    const slot = id - this._base;
    if (slot >= 0 && slot < length) {
      return slot;
    }
    if (this._far.has(id)) {
      return -1;
    }
    const low = length === 0 ? id : Math.min(this._base, id);
    const high = length === 0 ? id : Math.max(this._base + length - 1, id);
    if (high - low >= MAX_WINDOW) {
      return -1;
    }
    // At least doubled, so that ids that come one by one cost no more than all at once. It grows to
    // the side of the new id.
    const grown = Math.max(64, 2 * length, high - low + 1);
    const base = id < this._base && length > 0 ? high - grown + 1 : low;
    const events = new Int16Array(grown).fill(UNKNOWN_EVENT);
    const cpus = new Int16Array(grown).fill(UNKNOWN_CPU);
    if (length > 0) {
      events.set(this._events, this._base - base);
      cpus.set(this._cpus, this._base - base);
    }
    this._events = events;
    this._cpus = cpus;
    this._base = base;
    this._takeNear();
    return id - base;
  }

  /** Ids that were too far and that the window reaches now. */
  private _takeNear(): void {
    for (const [id, { event, cpu }] of this._far) {
      const slot = id - this._base;
      if (slot >= 0 && slot < this._events.length) {
        this._events[slot] = event;
        this._cpus[slot] = cpu;
        this._far.delete(id);
      }
    }
  }

  private _base = 0;
  private _events = new Int16Array(0);
  private _cpus = new Int16Array(0);
  private readonly _far = new Map<number, { event: number; cpu: number }>();
}
