/**
 * What the kernel shim and the bridge say to each other: one JSON object a line, requests on the
 * bridge's stdin, answers on its stdout. Each request has an `id`; its answer carries the same.
 * Lines without an `id` are notices. Described for other languages in schema/formats/bridge-protocol.md.
 */
import type { EnvironmentInfo } from '../../core/trace/document';
import type { LiveFrame } from '../../core/trace/live-frame';
import type { DoctorReport } from '../doctor/examine';

export const PROTOCOL_VERSION = 1;

/** First request: who asks. */
export interface HelloRequest {
  id: number;
  op: 'hello';
  protocol: number;
  /** The process to trace. */
  pid: number;
  /** sys.executable: used to calibrate with the same interpreter. */
  python: string;
  /** platform.python_version() */
  python_version: string;
  implementation: string;
  free_threaded: boolean;
  gil_enabled: boolean;
  switch_interval_ns: number;
  /** Folder of the run store; made with mode 0700 if absent. */
  run_store: string;
  /** Most that all its runs may take, in bytes; the oldest are removed. */
  store_cap?: number;
  /** What only the interpreter knows of its environment: packages, build_flags. */
  environment: EnvironmentInfo;
  /** The kernel's connection file, absolute, if it has one: the live socket lies beside it. */
  connection_file?: string;
}

export interface HelloAnswer {
  id: number;
  ok: true;
  protocol: number;
  version: string;
  /** Process id of the bridge, for prctl(PR_SET_PTRACER). */
  pid: number;
}

/** Where the code comes from that runs. */
export interface SourceMessage {
  cells: {
    /** co_filename of the cell's code. */
    file: string;
    cell_id?: string;
    execution_count?: number;
    /** Added to the code's line to get the line that the cell's author counts. */
    first_line: number;
    /** CRC-32 of each line of the cell's text, see CellText. */
    line_crc32?: string;
  }[];
  roots: {
    /** The user's own code. */
    project?: string;
    home?: string;
    /** The standard library and installed packages. */
    libraries: string[];
  };
  /**
   * Files, as co_filename has them, of the code that starts the program: its frames at the outer end of a stack are
   * none of the program's. Only in `start`.
   */
  launcher?: string[];
}

/** Start to record. Answered when the probes are live. */
export interface StartRequest {
  id: number;
  op: 'start';
  run: { id: string; name: string; kernel_id?: string };
  states: boolean;
  /** Rung of the ladder: auto, full or waits; auto if absent. */
  mode?: string;
  /** Python frames to read of a stack at most. */
  depth?: number;
  /** Probes of every take and drop are given up when they cost more, in percent. */
  max_overhead?: number;
  /** Where the program lays the names of its threads while it runs: `slots` entries in its memory. */
  thread_board?: { address: number; slots: number };
  /** Where code comes from, for a run that ends before it can ask for a stop. */
  source?: SourceMessage;
  /** Where to save the trace if the program ends before it can ask for a stop: absolute path. */
  save?: string;
}

export interface StartAnswer {
  id: number;
  ok: true;
  /** Rung of the ladder that the run is recorded on. */
  mode: string;
}

/** Stop, and build the result. */
export interface StopRequest {
  id: number;
  op: 'stop';
  run_id: string;
  /** CLOCK_MONOTONIC when the cell's own code began and ended. */
  began_ns: number;
  ended_ns: number;
  /** What threading knows of the threads of this run, ended ones included. */
  threads: { tid: number; name: string }[];
  /** sys._is_gil_enabled() now; true on builds with a GIL. */
  gil_enabled: boolean;
  /** What is known only now: versions of the packages that are imported by the end of the run. Laid over hello's. */
  environment?: EnvironmentInfo;
  /** Where the code comes from that ran: cells by the names of their files, and folders. */
  source?: SourceMessage;
  /** Where to save the trace file too: absolute path. */
  save?: string;
  /** The notebook's folder, to make `sidecar.path` relative to it. */
  save_relative_to?: string;
}

export interface StopAnswer {
  id: number;
  ok: true;
  /** MIME bundle for display: the bundle (object), text/html, image/png (base64), text/plain. */
  data: Record<string, unknown>;
  /** Folder of the run in the run store. */
  directory: string;
  /** Where `save` was written. */
  saved?: string;
  /** Lines to show to the user beside the result, for example why `save` failed. */
  warnings: string[];
}

/** Stop and forget: the cell did not run (a syntax error), nothing to show. */
export interface CancelRequest {
  id: number;
  op: 'cancel';
  run_id: string;
}

export interface CancelAnswer {
  id: number;
  ok: true;
}

/** What can this machine do for the process that said hello? Refused with `busy` while a run is recorded. */
export interface DoctorRequest {
  id: number;
  op: 'doctor';
}

export interface DoctorAnswer {
  id: number;
  ok: true;
  report: DoctorReport;
}

export type Request =
  HelloRequest | StartRequest | StopRequest | CancelRequest | DoctorRequest;

/** Codes of refusals that a user can meet; `message` is one line that names the fix. */
export type FailureCode =
  | 'bad-request'
  | 'busy'
  | 'no-perf'
  | 'no-tracefs'
  | 'no-permission'
  | 'no-symbols'
  | 'not-trusted'
  | 'no-watchpoint'
  | 'unsupported-python'
  | 'perf-failed'
  | 'no-such-run'
  | 'internal';

export interface Failure {
  id: number;
  ok: false;
  code: FailureCode;
  message: string;
}

export type Answer =
  | HelloAnswer
  | StartAnswer
  | StopAnswer
  | CancelAnswer
  | DoctorAnswer
  | Failure;

/** Progress while a result is built, at most twice a second, or while the doctor tries. */
export interface ProgressNotice {
  event: 'progress';
  /** Absent if it is no run's. */
  run_id?: string;
  /** What is being done, for a person. */
  phase: string;
}

/** How a run goes on, once a second as long as nobody reads the live socket. */
export interface LiveNotice {
  event: 'live';
  run_id: string;
  /** Needs none before it. */
  frame: LiveFrame;
  /** The same in one line, for a person. */
  text: string;
}
