/** What the instructions of a process write that run into watchpoints: told from its code in memory. */
import {
  STORE_CONTEXT,
  storeBefore,
  type Store
} from '../../core/binary/stores';
import type { StoreResolver } from '../../core/threads/watched-words';
import type { Address } from '../../core/units';
import type { ProcessMemory } from '../memory/process-memory';

/** Instructions that are remembered. There are some ten; a program that makes code may have more. */
const MOST_KNOWN = 10_000;

export class ProcessStores implements StoreResolver {
  /** @param _memory of the traced process, whose children run the same code until they run another program */
  constructor(private readonly _memory: ProcessMemory) {}

  storeAt(ip: Address): Store | undefined {
    let store = this._known.get(ip);
    if (store === undefined && !this._known.has(ip)) {
      store = this._read(ip);
      if (this._known.size < MOST_KNOWN) {
        this._known.set(ip, store);
      }
    }
    return store;
  }

  private _read(ip: Address): Store | undefined {
    const bytes = new Uint8Array(STORE_CONTEXT);
    // What lies before the code may not be mapped.
    for (let length = STORE_CONTEXT; length >= SHORTEST; length /= 2) {
      if (this._memory.readInto(ip - length, bytes, length) === length) {
        return storeBefore(bytes.subarray(0, length));
      }
    }
    return undefined;
  }

  private readonly _known = new Map<Address, Store | undefined>();
}

/** Bytes of code that tell something. */
const SHORTEST = 16;
