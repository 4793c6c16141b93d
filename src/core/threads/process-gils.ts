/** The GILs of one process: the main interpreter's, and those of sub-interpreters that have their own. */
import type { Address } from '../units';
import type { Gil } from './gil';

/** Makes a GIL. */
export type MakeGil = (pid: number, address: Address, main: boolean) => Gil;

export class ProcessGils {
  /** @param mainAddress 0 if not known */
  constructor(
    readonly pid: number,
    private readonly _make: MakeGil,
    mainAddress: Address
  ) {
    this._main = _make(pid, mainAddress, true);
  }

  /** The one that all interpreters share which have none of their own. */
  get main(): Gil {
    return this._main;
  }

  get all(): Gil[] {
    return [this._main, ...this._own.values()];
  }

  /** The GIL at an address. */
  at(address: Address): Gil {
    if (address === 0 || address === this._main.address) {
      return this._main;
    }
    let gil = this._own.get(address);
    if (gil === undefined) {
      gil = this._make(this.pid, address, false);
      this._own.set(address, gil);
    }
    return gil;
  }

  /**
   * The GIL at an address that was seen where somebody waits. If the main one's address is not known, it is
   * the first that no sub-interpreter is known to own.
   */
  seenAt(address: Address): Gil {
    if (this._main.address === 0 && !this._own.has(address)) {
      this._main.address = address;
    }
    return this.at(address);
  }

  /** The counterpart, in a process that was forked, of a GIL of its parent. */
  counterpart(gil: Gil): Gil {
    return gil.main ? this._main : this.at(gil.address);
  }

  /** The process runs another program. */
  renew(): void {
    this._main = this._make(this.pid, 0, true);
    this._own.clear();
  }

  private _main: Gil;
  private readonly _own = new Map<Address, Gil>();
}
