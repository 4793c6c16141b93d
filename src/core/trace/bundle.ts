/**
 * The notebook bundle, `application/vnd.giltracer.v1+json`: a run's document plus what the lanes need,
 * at most 256 KiB as JSON whatever the trace's size. JSON Schema: schema/formats/bundle.v1.schema.json.
 */
import type { ReportDocument, RunInfo } from './document';
import type { StateName } from '../threads/states';
import type { LiveFrame } from './live-frame';

export const BUNDLE_MIME_TYPE = 'application/vnd.giltracer.v1+json';

/** Largest size of a bundle as stored in a notebook file, in bytes. */
export const BUNDLE_MAX_BYTES = 256 * 1024;

/** Largest size of the static html and png together, in bytes. */
export const STATIC_MAX_BYTES = 64 * 1024;

/** Raw deflate, then base64. */
export type PackedBytes = string;

/** Shares of each state per bucket and lane. */
export interface PackedOverview {
  bucket_ns: number;
  buckets: number;
  /** Order of the shares. */
  states: StateName[];
  /**
   * Indexes into `threads`; a folded lane lists several. Threads that the table left out
   * (`omitted.threads`) are in the last lane, too.
   */
  lanes: number[][];
  /** u8 [lane][bucket][state], each bucket summing to 255 (0: the thread did not exist). */
  shares: PackedBytes;
}

/** Exact intervals of some threads over a span of time. */
export interface PackedWindow {
  start_ns: number;
  end_ns: number;
  tracks: {
    /** Index into `threads`. */
    thread: number;
    count: number;
    /** count unsigned LEB128: nanoseconds from the previous start (the first: from start_ns). */
    starts: PackedBytes;
    /** count u8: indexes into STATE_NAMES. */
    states: PackedBytes;
    /** End of the last interval. */
    end_ns: number;
  }[];
}

/** Full trace saved beside the notebook. */
export interface Sidecar {
  /** Relative to the notebook's folder. */
  path: string;
  /** Lower-case hexadecimal. */
  sha256: string;
  size: number;
}

/** A finished (or partial) run. */
export interface Bundle extends ReportDocument {
  format: 'giltracer-bundle';
  version: number;
  overview: PackedOverview;
  /** Windows do not overlap and are ordered by start. One that spans the run means: all is here. */
  windows: PackedWindow[];
  /** Counts what the tables left out to stay in the budget. */
  omitted?: {
    threads?: number;
    blame?: number;
    waits?: number;
    lines?: number;
    ignored?: number;
    locks?: number;
  };
  /** One sentence for each reduction that the budget forced; shown in the view. */
  reductions: string[];
  sidecar?: Sidecar;
}

/** What stands in the output while the cell runs, and after a failure. */
export interface Placeholder {
  format: 'giltracer-bundle';
  version: number;
  run: RunInfo;
  /** While it runs, where its display is refreshed through the kernel: the newest frame. */
  live?: LiveFrame;
}
