/** Reader of perf.data files, as `perf record -o FILE` writes them. */
import { CorruptRecord } from './corrupt-record';
import {
  FILE_HEADER_SIZE,
  type FileHeader,
  type FileSection,
  readEventDesc,
  readFeatureSections,
  readFileAttrs,
  readFileHeader,
  requireInside,
  SECTION_SIZE
} from './file-layout';
import { RecordFraming } from './record-framing';
import { RecordReader, type RecordReaderOptions } from './record-reader';
import {
  type EventDescription,
  PerfStreamError,
  type StreamSummary
} from './records';
import { Feature } from './stream-features';
import { formatProblem } from './stream-header';

/**
 * Reads a perf.data file, given as chunks in their order; the counterpart of PerfStreamReader. perf
 * writes the formats and names of the events behind the data that they explain, so the file is held in
 * memory as a whole and nothing is delivered before `finish`.
 * Source: tools/perf/Documentation/perf.data-file-format.txt.
 */
export class PerfFileReader {
  constructor(options: RecordReaderOptions) {
    this._records = new RecordReader(options);
    this.events = this._records.descriptions;
    this.strings = this._records.strings;
  }

  /** The events of the file, by `RecordBatch.event`; complete before the first batch. */
  readonly events: readonly EventDescription[];

  /** Names that Comm records refer to; live. */
  readonly strings: readonly string[];

  /** CLOCK_MONOTONIC in ns of time 0; 0 as long as it is neither given nor seen. */
  get origin(): bigint {
    return this._records.origin;
  }

  /** What is wrong with the file, if anything; known after `finish`. */
  get error(): PerfStreamError | undefined {
    return this._summary?.error;
  }

  /** Samples left out because no event has their id. */
  get unidentified(): number {
    return this._records.unidentified;
  }

  /** Takes the next bytes, which may be used again afterwards. */
  push(chunk: Uint8Array): void {
    this._chunks.push(new Uint8Array(chunk));
    this._length += chunk.length;
  }

  /**
   * Reads the file and delivers its records. What can't be read becomes the summary's `error`; what
   * stands before it is delivered. Throws only what `onBatch` throws.
   */
  finish(): StreamSummary {
    if (this._summary === undefined) {
      const bytes = join(this._chunks.splice(0), this._length);
      const error = this._read(bytes);
      this._summary ??= this._records.finish(bytes.length, error);
    }
    return this._summary;
  }

  private _read(bytes: Uint8Array): PerfStreamError | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    try {
      const header = checkedHeader(bytes, view);
      for (const { attributes, ids } of readFileAttrs(view, header)) {
        this._records.events.add(attributes, ids);
      }
      const featureError = this._readFeatures(view, header);
      return this._readData(bytes, header) ?? featureError;
    } catch (error) {
      return asError(error, 0);
    }
  }

  /** Reads what explains the data. The data is read also if this can't be. */
  private _readFeatures(
    view: DataView,
    header: FileHeader
  ): PerfStreamError | undefined {
    let error: PerfStreamError | undefined;
    let at = Math.min(header.data.offset + header.data.size, view.byteLength);
    try {
      for (const { feature, section } of readFeatureSections(view, header)) {
        try {
          requireInside(view, section, `its feature ${feature}`);
          this._readFeature(view, feature, section);
        } catch (problem) {
          error ??= asError(problem, at);
        }
        at += SECTION_SIZE;
      }
    } catch (problem) {
      error ??= asError(problem, at);
    }
    return error;
  }

  private _readFeature(
    view: DataView,
    feature: number,
    section: FileSection
  ): void {
    const { events, features } = this._records;
    const { offset, size } = section;
    switch (feature) {
      case Feature.TracingData:
        this._records.tracingData(
          new Uint8Array(view.buffer, view.byteOffset + offset, size)
        );
        break;
      case Feature.EventDesc:
        readEventDesc(view, section).forEach(({ name, ids }, index) =>
          events.setName(
            ids.length > 0 ? events.withId(ids[0]) : events.all[index],
            name
          )
        );
        break;
      default:
        features.read(feature, view, offset, size);
    }
  }

  private _readData(
    bytes: Uint8Array,
    { data }: FileHeader
  ): PerfStreamError | undefined {
    const { offset, size } = data;
    // perf writes the size at the end; 0 if it was killed.
    const end = size === 0 ? bytes.length : offset + size;
    const framing = new RecordFraming(this._records, {
      what: 'perf file',
      hasHeader: false,
      offset
    });
    try {
      framing.push(bytes.subarray(offset, end));
    } catch (error) {
      return asError(error, offset);
    }
    const cut =
      framing.end() ??
      this._records.endOfCompressed(Math.min(end, bytes.length));
    if (size === 0 || end > bytes.length) {
      return new PerfStreamError(
        size === 0
          ? 'perf did not finish this file, so the formats of the events are missing'
          : `the perf file ends at byte ${bytes.length}, but its data reaches to ${end}`,
        cut?.offset ?? bytes.length,
        cut?.recordType
      );
    }
    return cut;
  }

  private readonly _records: RecordReader;
  private readonly _chunks: Uint8Array[] = [];
  private _length = 0;
  private _summary: StreamSummary | undefined;
}

/** @throws CorruptRecord that names what the input is instead of a file. */
function checkedHeader(bytes: Uint8Array, view: DataView): FileHeader {
  if (bytes.length < FILE_HEADER_SIZE) {
    throw new CorruptRecord(
      `it has ${bytes.length} bytes, less than its header of ${FILE_HEADER_SIZE}`
    );
  }
  const problem = formatProblem(bytes);
  if (problem !== undefined) {
    throw new PerfStreamError(problem, 0, undefined);
  }
  if (view.getBigUint64(8, true) !== BigInt(FILE_HEADER_SIZE)) {
    throw new PerfStreamError(
      'this is no perf.data file, but perhaps a stream from "perf record -o -"',
      0,
      undefined
    );
  }
  return readFileHeader(view);
}

/** Damage as the error that says where; anything else goes on as it is. */
function asError(error: unknown, offset: number): PerfStreamError {
  if (error instanceof PerfStreamError) {
    return error;
  }
  if (error instanceof CorruptRecord) {
    return new PerfStreamError(
      `the perf file is damaged at byte ${offset}: ${error.message}`,
      offset,
      undefined
    );
  }
  throw error;
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) {
    return chunks[0];
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
