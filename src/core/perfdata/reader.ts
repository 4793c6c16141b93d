/**
 * Reader of `perf record -o -` streams: bytes in, batches of records in time order out.
 */
import type { Nanoseconds } from '../units';
import { RecordFraming } from './record-framing';
import { RecordReader, type RecordReaderOptions } from './record-reader';
import {
  type EventDescription,
  PerfStreamError,
  type StreamSummary
} from './records';

export type PerfStreamReaderOptions = RecordReaderOptions;

/**
 * Reads a pipe-mode perf.data stream, cut anywhere into chunks. After a record that can't be read it
 * stops, keeps `error`, and still delivers what came before.
 */
export class PerfStreamReader {
  constructor(options: PerfStreamReaderOptions) {
    this._records = new RecordReader(options);
    this._framing = new RecordFraming(this._records, {
      what: 'perf stream',
      hasHeader: true,
      offset: 0
    });
    this.events = this._records.descriptions;
    this.strings = this._records.strings;
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
    return this._records.origin;
  }

  /** Why nothing more is read, if so. */
  get error(): PerfStreamError | undefined {
    return this._error;
  }

  /** Samples that were read so far, by index into `events`. */
  get samplesByEvent(): readonly number[] {
    return this._records.samplesByEvent;
  }

  /** Context switches that were read so far. */
  get switches(): number {
    return this._records.switches;
  }

  /** Records that were lost so far, as far as the kernel has said. */
  get lost(): number {
    return this._records.lost;
  }

  /** Samples left out because no event has their id. */
  get unidentified(): number {
    return this._records.unidentified;
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
    this._records.flush();
  }

  /** Says that no record older than `time` is still to come: those up to it are delivered. */
  deliverUntil(time: Nanoseconds): void {
    if (!this._stopped) {
      this._records.deliverUntil(time);
    }
  }

  /** Ends the stream: everything is delivered, a record that was cut off becomes `error`. */
  finish(): StreamSummary {
    if (this._summary === undefined) {
      if (!this._stopped) {
        this._stopped = true;
        this._error =
          this._framing.end() ??
          this._records.endOfCompressed(this._framing.bytes);
      }
      this._summary = this._records.finish(
        this._framing.bytes + this._ignored,
        this._error
      );
    }
    return this._summary;
  }

  private readonly _records: RecordReader;
  private readonly _framing: RecordFraming;
  private _stopped = false;
  private _error: PerfStreamError | undefined;
  private _summary: StreamSummary | undefined;
  /** Bytes that came after the end or after damage. */
  private _ignored = 0;
}
