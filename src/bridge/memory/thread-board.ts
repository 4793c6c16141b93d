/** Names of threads that the traced program lays into its own memory while it runs (thread_board.py). */
import type { Address } from '../../core/units';
import { ProcessMemory } from './process-memory';

/** As thread_board.py has it: the thread's id, then its name in UTF-8, filled up with zeros. */
const SLOT = 64;
const ID = 4;

/** No program is asked for more. */
const MOST_SLOTS = 65_536;

/** Slots that are read at once. */
const CHUNK = 16;

export class ThreadBoard {
  /**
   * @param pid the program's process
   * @param place where it says that the board lies
   */
  constructor(
    pid: number,
    private readonly _place: { address: Address; slots: number }
  ) {
    try {
      this._memory = new ProcessMemory(pid);
    } catch {
      // Then there are no names until the run ends.
    }
  }

  /** Reads what was added since the last time. */
  refresh(): void {
    const { address, slots } = this._place;
    const end = Math.min(slots, MOST_SLOTS);
    while (this._memory !== undefined && this._read < end) {
      const count = Math.min(CHUNK, end - this._read);
      const at = address + this._read * SLOT;
      const got = this._memory.readInto(at, this._chunk, count * SLOT);
      for (let slot = 0; slot < Math.floor(got / SLOT); slot++) {
        const bytes = this._chunk.subarray(slot * SLOT, (slot + 1) * SLOT);
        const tid = this._ids.getUint32(slot * SLOT, true);
        if (tid === 0) {
          return;
        }
        this._names.set(tid, nameIn(bytes.subarray(ID)));
        this._read++;
      }
      if (got < count * SLOT) {
        return;
      }
    }
  }

  /** Undefined if the program has not named it. */
  nameOf(tid: number): string | undefined {
    return this._names.get(tid);
  }

  close(): void {
    this._memory?.close();
    this._memory = undefined;
  }

  private _memory: ProcessMemory | undefined;
  private _read = 0;
  private readonly _chunk = new Uint8Array(CHUNK * SLOT);
  private readonly _ids = new DataView(this._chunk.buffer);
  private readonly _names = new Map<number, string>();
}

function nameIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
