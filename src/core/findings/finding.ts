/**
 * What a run says, in sentences. Each number in a sentence points at what it was read from, so that a reader of the
 * sentence can check it.
 */
import type { SourceLine } from '../trace/document';

/** A kind that only a newer giltracer knows: a reader shows its sentence all the same. */
export const OTHER_KIND = 'other';

/** What a finding is about. */
export const FINDING_KINDS = [
  /** How far the threads scaled, and could have. */
  'scaling',
  /** Threads of Python code fight for the GIL. */
  'gil-bound',
  /** A native call runs long without ever releasing the GIL. */
  'call-keeps-gil',
  /** Threads that need the GIL for moments only wait a switch interval each time. */
  'convoy',
  /** A thread hardly ever gets the GIL. */
  'starvation',
  /** A thread holds the GIL while it is off its CPU, and others wait. */
  'priority-inversion',
  /** Fewer CPUs than threads that could run: affinity, quota. */
  'few-cpus',
  /** Other programs had the CPUs. */
  'busy-machine',
  /** Native pools have more threads than there are CPUs. */
  'oversubscription',
  /** Native threads are busy, but perhaps only wait. */
  'spinning',
  /** Threads wait for a `threading` lock. */
  'lock',
  /** Threads wait for a queue to be filled, or emptied. */
  'queue',
  /** One thread alone had work (Amdahl). */
  'serial',
  'input-output',
  'sleep',
  /** The garbage collector. */
  'collector',
  /** Lines that run in parallel well. */
  'parallel',
  /** Nothing to mend. */
  'fine',
  OTHER_KIND
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/** The tables that a number may be read from. */
export const EVIDENCE_TABLES = [
  'threads',
  'lines',
  'blame',
  'waits',
  'ignored',
  'locks',
  'collections',
  'capture'
] as const;

export type EvidenceTable = (typeof EVIDENCE_TABLES)[number];

/** What some characters of a finding's text were read from. */
export interface Evidence {
  /** The characters, in UTF-16 code units: text.slice(from, to). Those of two pieces of evidence don't overlap. */
  from: number;
  to: number;
  /** Where the figure stands. */
  table: EvidenceTable;
  /** The row's line, thread or time, where it is one row. */
  line?: SourceLine;
  tid?: number;
  /** A span of the run: the lanes show it. */
  range_ns?: { from: number; to: number };
}

export interface Finding {
  kind: FindingKind;
  /** One to three sentences; the first names the cause and the line. */
  text: string;
  /** Ordered by `from`. */
  evidence: Evidence[];
  /** What to do about it, one or two sentences: names only what exists in the versions that ran. */
  remedy?: string;
}
