import { ROW_HEAD } from './pending-rows';
import type { PlainSample } from './plain-sample';
import { RecordType } from './record-types';
import { ARGUMENT_COLUMNS, RecordKind } from './records';
import type { RoundSorter } from './round-sorter';
import { ABSENT } from './sample-layout';
import type { StreamEvents } from './stream-events';
import type { TimeOrigin } from './time-origin';
import { readU64 } from './u64';

const TWO_32 = 2 ** 32;
const ALL_ONES = 0xffffffff;

/**
 * Reads samples that stand one after the other, as nearly all records do, in one loop that keeps in
 * local variables what it needs: twice as fast as a call a record. It takes plain ones only, and stops
 * before any other: the first of a run, a late or damaged one, one without a time or with an id that is
 * not known. Those RecordRows reads, which knows all cases.
 */
export class SampleLoop {
  constructor(
    private readonly _events: StreamEvents,
    private readonly _sorter: RoundSorter,
    private readonly _origin: TimeOrigin
  ) {}

  /**
   * Reads samples in `view[from, end)`, which begins with a record.
   * @returns where the first record begins that it did not read.
   */
  read(view: DataView, from: number, end: number): number {
    const { idAt, plain, ids } = this._events;
    const { high: originHigh, low: originLow } = this._origin;
    if (idAt === ABSENT || originHigh < 0) {
      return from;
    }
    const { base, window } = ids;
    const sorter = this._sorter;
    const { rows, order: merge } = sorter;
    const { values, words } = rows;
    const { order } = merge;
    const limit = Math.min(order.length, sorter.maxPending);
    const lastRow = values.length - ROW_HEAD - ARGUMENT_COLUMNS;
    const lastRecord = end - idAt - 8;
    let length = merge.length;
    let row = rows.end;
    // No sample may be older: then none begins a run, and none is late.
    let previous =
      length > 0 ? Math.max(sorter.previous, sorter.delivered) : Infinity;
    let at = from;
    while (at <= lastRecord && length < limit && row <= lastRow) {
      if (view.getInt32(at, true) !== RecordType.Sample) {
        break;
      }
      const size = view.getUint16(at + 6, true);
      const slot = view.getInt32(at + idAt, true) - base;
      if (
        view.getInt32(at + idAt + 4, true) !== 0 ||
        slot < 0 ||
        slot >= window.length
      ) {
        break;
      }
      const sample: PlainSample | undefined = plain[window[slot]];
      if (sample === undefined || size < sample.minSize || size > end - at) {
        break;
      }
      const { rawAt, timeAt, tidAt, count, u64At } = sample;
      if (rawAt !== ABSENT) {
        const rawSize = view.getInt32(at + rawAt, true);
        if (rawSize < sample.minRaw || rawSize > size - rawAt - 4) {
          break;
        }
      }
      const low = view.getUint32(at + timeAt, true);
      const high = view.getUint32(at + timeAt + 4, true);
      const time = (high - originHigh) * TWO_32 + (low - originLow);
      if (
        time < previous ||
        (high === 0 && low === 0) ||
        (high === ALL_ONES && low === ALL_ONES)
      ) {
        break;
      }
      previous = time;
      values[row] = time;
      const word = 2 * row;
      words[word + 2] = view.getInt32(at + tidAt, true);
      words[word + 3] = view.getInt32(at + tidAt + 4, true);
      words[word + 4] =
        (view.getInt32(at + sample.cpuAt, true) << 16) |
        (RecordKind.Sample << 8) |
        sample.event;
      words[word + 5] = count;
      if (u64At !== undefined) {
        for (let field = 0; field < count; field++) {
          values[row + ROW_HEAD + field] = readU64(view, at + u64At[field]);
        }
      } else {
        sample.decoder?.decode(
          view,
          at + sample.dataAt,
          values,
          row + ROW_HEAD
        );
      }
      order[length++] = row;
      row += ROW_HEAD + count;
      sample.samples++;
      at += size;
    }
    if (at > from) {
      sorter.took(length, row, previous);
    }
    return at;
  }
}
