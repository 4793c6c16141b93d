/** The records of a recording, whatever held them: a stream, a file or a compressed part of either. */
import type { Nanoseconds } from '../units';
import { CompressedRecords } from './compressed-records';
import { CorruptRecord } from './corrupt-record';
import { Losses } from './losses';
import { RecordFraming, type RecordTarget } from './record-framing';
import { RecordRows } from './record-rows';
import { isKnownRecordType, RecordType } from './record-types';
import {
  type EventDescription,
  PerfStreamError,
  type RecordBatch,
  type StreamSummary
} from './records';
import { RoundSorter } from './round-sorter';
import { SampleLoop } from './sample-loop';
import { StreamEvents } from './stream-events';
import { StreamFeatures } from './stream-features';
import { TimeOrigin } from './time-origin';
import { formatName } from './tracepoint-format';
import { readTracingData } from './tracing-data';

/** Record types are numbered densely; those above are counted in a map. */
const COUNTED_TYPES = 128;

/** perf has about 50 record types. A stream with this many others is no perf stream any more. */
const MAX_UNKNOWN_TYPES = 64;

export interface RecordReaderOptions {
  /**
   * Gets the records in time order, in columns that are valid only during the call. If it throws, the
   * exception goes through the call that led here, and nothing is read any further.
   */
  readonly onBatch: (batch: RecordBatch) => void;
  /** CLOCK_MONOTONIC in ns that is time 0; default: the first time in the stream. */
  readonly origin?: bigint;
  /**
   * Texts of the tracepoints' format files, for a perf built without libtraceevent: its recordings
   * carry none.
   */
  readonly formats?: readonly string[];
}

/** Takes whole records, puts the kernel's into time order and keeps what the others say. */
export class RecordReader implements RecordTarget {
  constructor(options: RecordReaderOptions) {
    this._origin = new TimeOrigin(options.origin);
    this._sorter = new RoundSorter(options.onBatch);
    this.events = new StreamEvents(
      (options.formats ?? []).map(text => ({
        system: undefined,
        name: formatName(text),
        text
      }))
    );
    this._rows = new RecordRows(
      this.events,
      this._sorter,
      this._origin,
      this._losses
    );
    this._loop = new SampleLoop(this.events, this._sorter, this._origin);
  }

  readonly events: StreamEvents;
  readonly features = new StreamFeatures();

  get descriptions(): readonly EventDescription[] {
    return this.events.descriptions;
  }

  /** Names that Comm records refer to; live. */
  get strings(): readonly string[] {
    return this._rows.strings;
  }

  /** CLOCK_MONOTONIC in ns of time 0; 0 as long as it is neither given nor seen. */
  get origin(): bigint {
    return this._origin.value;
  }

  /** Samples so far, by event. */
  get samplesByEvent(): readonly number[] {
    return this.events.samples;
  }

  /** Context switches so far. */
  get switches(): number {
    return (
      this._counts[RecordType.Switch] + this._counts[RecordType.SwitchCpuWide]
    );
  }

  /** Records that were lost so far, as far as the kernel has said. */
  get lost(): number {
    return this._losses.total;
  }

  /** Samples left out because no event has their id. */
  get unidentified(): number {
    return this._rows.unidentified;
  }

  samples(view: DataView, from: number, end: number): number {
    return this._loop.read(view, from, end);
  }

  record(view: DataView, at: number, type: number, size: number): void {
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

  tracingData(payload: Uint8Array): void {
    this.events.addFormats(readTracingData(payload));
  }

  /** Delivers what was read and is not newer than `time`. */
  deliverUntil(time: Nanoseconds): void {
    this._sorter.deliverUntil(time);
  }

  /** Delivers everything that was read. */
  flush(): void {
    this._sorter.flush();
  }

  /**
   * Delivers the rest, at the end.
   * @param error why it ended too early, or undefined
   */
  finish(bytes: number, error: PerfStreamError | undefined): StreamSummary {
    this._sorter.flush();
    this._rows.unreportedLosses();
    this._sorter.flush();
    const recordsByType = new Map<number, number>();
    const samples = this.events.samples.reduce((sum, count) => sum + count, 0);
    this._counts[RecordType.Sample] = samples + this.unidentified;
    this._counts.forEach((count, type) => {
      if (count > 0) {
        recordsByType.set(type, count);
      }
    });
    this._otherCounts.forEach((count, type) => recordsByType.set(type, count));
    return {
      bytes,
      recordsByType,
      samplesByEvent: this.events.samples,
      lost: this._losses.total,
      late: this._sorter.late,
      perfVersion: this.features.perfVersion,
      kernelRelease: this.features.kernelRelease,
      clock: this.features.clock,
      error
    };
  }

  /**
   * The error if the compressed records end inside a record that they hold, else undefined.
   * @param end where the recording ends: offsets in the unpacked data help nobody
   */
  endOfCompressed(end: number): PerfStreamError | undefined {
    const error = this._unpacked?.end();
    return (
      error &&
      new PerfStreamError(
        `the perf data ends at byte ${end}, but there ${error.message}`,
        end,
        RecordType.Compressed
      )
    );
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
        this.events.addAttr(view, at, size);
        break;
      case RecordType.HeaderFeature:
        this.features.readRecord(view, at, size);
        break;
      case RecordType.EventUpdate:
        this.events.update(view, at, size);
        break;
      case RecordType.IdIndex:
        this.events.index(view, at, size);
        break;
      case RecordType.Compressed:
      case RecordType.Compressed2:
        this._readCompressed(view, at, type, size);
        break;
      default:
        this._checkUnknown(type);
    }
  }

  private _readCompressed(
    view: DataView,
    at: number,
    type: number,
    size: number
  ): void {
    const unpacked = (this._unpacked ??= this._newUnpacked());
    this._compressed ??= new CompressedRecords(bytes => unpacked.push(bytes));
    try {
      this._compressed.read(view, at, type, size);
    } catch (error) {
      // What can be found is the record that holds it.
      throw error instanceof PerfStreamError
        ? new CorruptRecord(error.message)
        : error;
    }
  }

  /** Cuts the unpacked bytes into records, which come here too. */
  private _newUnpacked(): RecordFraming {
    return new RecordFraming(
      {
        samples: (view, from, end) => this.samples(view, from, end),
        record: (view, at, type, size) => {
          if (
            type === RecordType.Compressed ||
            type === RecordType.Compressed2
          ) {
            throw new CorruptRecord('it is compressed twice');
          }
          this.record(view, at, type, size);
        },
        tracingData: payload => this.tracingData(payload)
      },
      { what: 'compressed data', hasHeader: false, offset: 0 }
    );
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

  private readonly _origin: TimeOrigin;
  private readonly _sorter: RoundSorter;
  private readonly _rows: RecordRows;
  private readonly _loop: SampleLoop;
  private readonly _losses = new Losses();
  private readonly _counts = new Float64Array(COUNTED_TYPES);
  private readonly _otherCounts = new Map<number, number>();
  private readonly _unknownTypes = new Set<number>();
  private _compressed: CompressedRecords | undefined;
  private _unpacked: RecordFraming | undefined;
}
