/** Tables without a row, for traces whose rung has none of their kind. */
import type {
  CollectionColumns,
  HoldColumns,
  LockWaitColumns,
  StackColumns
} from '../threads/result';

export const NO_STACKS: StackColumns = {
  length: 0,
  parent: new Int32Array(0),
  line: new Int32Array(0)
};
export const NO_SPANS: CollectionColumns = {
  length: 0,
  thread: new Uint16Array(0),
  start: new Float64Array(0),
  end: new Float64Array(0)
};
export const NO_HOLDS: HoldColumns = {
  ...NO_SPANS,
  forced: new Uint8Array(0),
  wanted: new Float64Array(0),
  gil: new Uint16Array(0)
};
export const NO_LOCK_WAITS: LockWaitColumns = {
  ...NO_SPANS,
  lock: new Float64Array(0),
  holder: new Int32Array(0),
  stack: new Int32Array(0)
};
