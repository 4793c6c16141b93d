/**
 * Reader of `perf record -o -` streams: bytes in, batches of records in time order out.
 */
import { CorruptRecord } from './corrupt-record';
import { Losses } from './losses';
import { RecordRows } from './record-rows';
import { isKnownRecordType, RecordType, recordTypeName } from './record-types';
import {
  type EventDescription,
  PerfStreamError,
  type RecordBatch,
  type StreamSummary
} from './records';
import { RoundSorter } from './round-sorter';
import { StreamEvents } from './stream-events';
import { StreamFeatures } from './stream-features';
import { RecordFraming, type RecordTarget } from './stream-framing';
import { TimeOrigin } from './time-origin';
import { formatName } from './tracepoint-format';
import { readTracingData } from './tracing-data';

/** Record types are numbered densely; those above are counted in a map. */
const COUNTED_TYPES = 128;

/** perf has about 50 record types. A stream with this many others is no perf stream any more. */
const MAX_UNKNOWN_TYPES = 64;

export interface PerfStreamReaderOptions {
  /**
   * Gets the records in time order, in columns that are valid only during the call. If it throws, the
   * exception goes through `push` (or `barrier`, `finish`), and the reader reads no further.
   */
  readonly onBatch: (batch: RecordBatch) => void;
  /** CLOCK_MONOTONIC in ns that is time 0; default: the first time in the stream. */
  readonly origin?: bigint;
  /**
   * Texts of the tracepoints' format files, for a perf built without libtraceevent: its streams carry
   * none.
   */
  readonly formats?: readonly string[];
}

/**
 * Reads a pipe-mode perf.data stream, cut anywhere into chunks. After a record that can't be read it
 * stops, keeps `error`, and still delivers what came before.
 */
export class PerfStreamReader {
  constructor(options: PerfStreamReaderOptions) {
    this._origin = new TimeOrigin(options.origin);
    this._sorter = new RoundSorter(options.onBatch);
    this._events = new StreamEvents(
      (options.formats ?? []).map(text => ({
        system: undefined,
        name: formatName(text),
        text
      }))
    );
    this._rows = new RecordRows(
      this._events,
      this._sorter,
      this._origin,
      this._losses
    );
    const target: RecordTarget = {
      record: (view, at, type, size) => this._record(view, at, type, size),
      tracingData: payload => {
        this._events.addFormats(readTracingData(payload));
        this._sorter.useArgumentColumns(this._events.mostFields);
      }
    };
    this._framing = new RecordFraming(target);
    this.events = this._events.descriptions;
    this.strings = this._rows.strings;
  }

  /**
   * The events of the stream, by `RecordBatch.event`. The array is live; its entries are replaced as
   * names and formats come in, all of which stand before the first sample.
   */
  readonly events: readonly EventDescription[];

  /** Names that Comm records refer to; live. */
  readonly strings: readonly string[];

  /** CLOCK_MONOTONIC in ns of time 0; 0 as long as it is neither given nor seen. */
  get origin(): bigint {
    return this._origin.value;
  }

  /** Why nothing more is read, if so. */
  get error(): PerfStreamError | undefined {
    return this._error;
  }

  /** Samples left out because no event has their id. */
  get unidentified(): number {
    return this._rows.unidentified;
  }

  /** Takes the next bytes, which may be used again afterwards. Throws only what `onBatch` throws. */
  push(chunk: Uint8Array): void {
    if (this._stopped) {
      this._ignored += chunk.length;
      return;
    }
    try {
      this._framing.push(chunk);
    } catch (error) {
      this._stopped = true;
      if (!(error instanceof PerfStreamError)) {
        throw error;
      }
      this._error = error;
    }
  }

  /**
   * Says that perf has written all that it had (it answered `disable` and then `ping`): everything
   * that was read is sorted and delivered.
   */
  barrier(): void {
    this._sorter.flush();
  }

  /** Ends the stream: everything is delivered, a record that was cut off becomes `error`. */
  finish(): StreamSummary {
    if (this._summary === undefined) {
      if (!this._stopped) {
        this._stopped = true;
        this._error = this._framing.end();
      }
      this._sorter.flush();
      this._rows.unreportedLosses();
      this._sorter.flush();
      this._summary = this._summarize();
    }
    return this._summary;
  }

  private _record(
    view: DataView,
    at: number,
    type: number,
    size: number
  ): void {
    if (type === RecordType.Sample) {
      this._rows.sample(view, at, size);
    } else {
      this._readOther(view, at, type, size);
    }
    if (type < COUNTED_TYPES) {
      this._counts[type]++;
    } else {
      this._otherCounts.set(type, (this._otherCounts.get(type) ?? 0) + 1);
    }
  }

  private _readOther(
    view: DataView,
    at: number,
    type: number,
    size: number
  ): void {
    switch (type) {
      case RecordType.Switch:
      case RecordType.SwitchCpuWide:
        this._rows.switch(view, at, type, size);
        break;
      case RecordType.FinishedRound:
        this._sorter.finishRound();
        break;
      case RecordType.Fork:
      case RecordType.Exit:
        this._rows.task(view, at, type, size);
        break;
      case RecordType.Comm:
        this._rows.comm(view, at, size);
        break;
      case RecordType.Lost:
        this._rows.lost(view, at, size);
        break;
      case RecordType.LostSamples:
        this._rows.lostSamples(view, at, size);
        break;
      case RecordType.HeaderAttr:
        this._events.addAttr(view, at, size);
        this._sorter.useArgumentColumns(this._events.mostFields);
        break;
      case RecordType.HeaderFeature:
        this._features.read(view, at, size);
        break;
      case RecordType.EventUpdate:
        this._events.update(view, at, size);
        break;
      case RecordType.IdIndex:
        this._events.index(view, at, size);
        break;
      case RecordType.Compressed:
      case RecordType.Compressed2:
        throw new CorruptRecord(
          `${recordTypeName(type)} records can not be read; record without -z`
        );
      default:
        this._checkUnknown(type);
    }
  }

  /** Types without a name are skipped, unless there are so many that this can't be a stream. */
  private _checkUnknown(type: number): void {
    if (isKnownRecordType(type) || this._unknownTypes.has(type)) {
      return;
    }
    if (this._unknownTypes.size === MAX_UNKNOWN_TYPES) {
      throw new CorruptRecord(
        `it is the ${MAX_UNKNOWN_TYPES + 1}th record type that perf does not have`
      );
    }
    this._unknownTypes.add(type);
  }

  private _summarize(): StreamSummary {
    const recordsByType = new Map<number, number>();
    this._counts.forEach((count, type) => {
      if (count > 0) {
        recordsByType.set(type, count);
      }
    });
    this._otherCounts.forEach((count, type) => recordsByType.set(type, count));
    return {
      bytes: this._framing.bytes + this._ignored,
      recordsByType,
      samplesByEvent: this._events.all.map(event => event.samples),
      lost: this._losses.total,
      late: this._sorter.late,
      perfVersion: this._features.perfVersion,
      kernelRelease: this._features.kernelRelease,
      clock: this._features.clock,
      error: this._error
    };
  }

  private readonly _origin: TimeOrigin;
  private readonly _sorter: RoundSorter;
  private readonly _events: StreamEvents;
  private readonly _rows: RecordRows;
  private readonly _framing: RecordFraming;
  private readonly _features = new StreamFeatures();
  private readonly _losses = new Losses();
  private readonly _counts = new Float64Array(COUNTED_TYPES);
  private readonly _otherCounts = new Map<number, number>();
  private readonly _unknownTypes = new Set<number>();
  private _stopped = false;
  private _error: PerfStreamError | undefined;
  private _summary: StreamSummary | undefined;
  /** Bytes that came after the end or after damage. */
  private _ignored = 0;
}
