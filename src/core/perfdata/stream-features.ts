import { CorruptRecord, requireSize } from './corrupt-record';
import { RecordType } from './record-types';

/** Feature numbers (tools/perf/util/header.h). */
export const Feature = {
  TracingData: 1,
  OsRelease: 4,
  Version: 5,
  EventDesc: 12,
  ClockData: 29
} as const;

/** CLOCK_MONOTONIC (include/uapi/linux/time.h). */
const CLOCK_MONOTONIC = 1;

/** Bytes before a feature's data: the record's header and u64 feature number. */
const FEATURE_HEADER_SIZE = 16;

/** What the HEADER_FEATURE records say about perf and the machine. */
export class StreamFeatures {
  perfVersion: string | undefined;
  kernelRelease: string | undefined;
  clock: { monotonicNs: bigint; wallNs: bigint } | undefined;

  /** Reads a HEADER_FEATURE record. The end mark is one without data; its number is not fixed. */
  readRecord(view: DataView, at: number, size: number): void {
    requireSize(RecordType.HeaderFeature, size, FEATURE_HEADER_SIZE);
    if (size > FEATURE_HEADER_SIZE) {
      this.read(
        view.getUint32(at + 8, true),
        view,
        at + FEATURE_HEADER_SIZE,
        size - FEATURE_HEADER_SIZE
      );
    }
  }

  /** Reads the data of a feature, `length` bytes at `at`. */
  read(feature: number, view: DataView, at: number, length: number): void {
    switch (feature) {
      case Feature.OsRelease:
        this.kernelRelease = readString(view, at, length);
        break;
      case Feature.Version:
        this.perfVersion = readString(view, at, length);
        break;
      case Feature.ClockData:
        this._readClock(view, at, length);
        break;
    }
  }

  /** u32 version, u32 clock, u64 wall clock ns, u64 ns of that clock. */
  private _readClock(view: DataView, at: number, length: number): void {
    if (length < 24) {
      throw new CorruptRecord('its clock data is too short');
    }
    const known =
      view.getUint32(at, true) === 1 &&
      view.getUint32(at + 4, true) === CLOCK_MONOTONIC;
    if (known) {
      this.clock = {
        wallNs: view.getBigUint64(at + 8, true),
        monotonicNs: view.getBigUint64(at + 16, true)
      };
    }
  }
}

/** u32 length, then that many bytes, padded with zeros. */
export function readString(view: DataView, at: number, length: number): string {
  const announced = length >= 4 ? view.getUint32(at, true) : Infinity;
  if (announced > length - 4) {
    throw new CorruptRecord('its text is longer than it');
  }
  return readText(view, at + 4, announced);
}

const decoder = new TextDecoder();

/** Text up to the first zero byte, at most `length` bytes. */
export function readText(view: DataView, at: number, length: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
