/** What the analysis of one run is given. */
import type { EventDescription } from '../perfdata/records';
import type { Address, Nanoseconds } from '../units';
import type { RecordedMode } from './gil';
import type { WatchedWords } from './site';
import type { LineResolver } from './source-lines';
import type { StoreResolver } from './watched-words';

/** What was there when the recording began. */
export interface StartSnapshot {
  /** Time when recording was live. Records may be a little older. */
  time: Nanoseconds;
  /** Threads of the process (and of children that it had) then. */
  threads: {
    pid: number;
    tid: number;
    comm: string;
    /** State R in /proc/PID/task/TID/stat: on a CPU, or waiting for one. */
    running: boolean;
  }[];
}

/** One stream of records and what it has. */
export interface RecordedStream {
  /** The reader's live array of events; names as in site.ts. */
  events: readonly EventDescription[];
  /** The reader's live array of thread names. */
  strings: readonly string[];
  /** Rung of the ladder. */
  mode: RecordedMode;
}

export interface ThreadAnalysisOptions extends Omit<RecordedStream, 'mode'> {
  /** Default: full. */
  mode?: RecordedMode;
  /** Only this process and its children count: a system-wide capture has others too. */
  pid: number;
  start: StartSnapshot;
  /** Whether the capture has the scheduler's records. */
  schedulerStates: boolean;
  /** What watchpoints stand on, for the mode `watch`; and what is written there. */
  watched?: { readonly words: WatchedWords; readonly stores: StoreResolver };
  /** sys.getswitchinterval(). Default: CPython's. */
  switchInterval?: Nanoseconds;
  /** Default: no line is known. */
  lines?: LineResolver;
  /** Address of the main interpreter's GIL, where known; needed where `gilOfInterpreter` may answer with it. */
  mainGil?: Address;
  /**
   * The GIL of an interpreter (CPython 3.12+); undefined if it uses the process's main one. Asked once for
   * each thread state in turn.
   */
  gilOfInterpreter?: (pid: number, interpreter: Address) => Address | undefined;
}
