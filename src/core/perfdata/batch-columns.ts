import { ARGUMENT_COLUMNS } from './records';

/** Small: most readers in tests, and many captures, see few records. */
const FIRST_CAPACITY = 256;

/** The columns of a RecordBatch, used again for each batch. */
export class BatchColumns {
  constructor() {
    this.reserve(FIRST_CAPACITY);
  }

  length = 0;
  kind = new Uint8Array(0);
  event = new Uint8Array(0);
  time = new Float64Array(0);
  pid = new Int32Array(0);
  tid = new Int32Array(0);
  cpu = new Int16Array(0);
  args: Float64Array[] = [];

  /** Makes room for at least so many rows. What was there is not kept. */
  reserve(rows: number): void {
    const capacity = this.time.length;
    if (rows <= capacity) {
      return;
    }
    const grown = Math.max(rows, 2 * capacity);
    this.kind = new Uint8Array(grown);
    this.event = new Uint8Array(grown);
    this.time = new Float64Array(grown);
    this.pid = new Int32Array(grown);
    this.tid = new Int32Array(grown);
    this.cpu = new Int16Array(grown);
    this.args = Array.from(
      { length: ARGUMENT_COLUMNS },
      () => new Float64Array(grown)
    );
  }
}
