/** What a recording by probes is asked for. */
import type { Nanoseconds } from '../../core/units';
import type { Calibration } from '../calibration/calibrate';
import type { InterpreterCode } from '../probes/interpreter-code';
import type { ProbeMode } from '../probes/plan';
import type { Uprobes } from '../probes/uprobes';

export interface RecordingOptions {
  /** The perf program. */
  perf: string;
  uprobes: Uprobes;
  /** Process to record. */
  pid: number;
  code: InterpreterCode;
  calibration: Calibration;
  mode: ProbeMode;
  schedulerStates: boolean;
  /** Most frames of a stack. */
  depth: number;
  switchInterval: Nanoseconds;
  /** Percent that tracing may cost; undefined: no limit. */
  maxOverhead: number | undefined;
  /** Files of the code that starts the program; their frames are left out of stacks. */
  launcher: readonly string[];
  /** For tests: the most event ids that a pipe can carry. */
  maxIds?: number;
}
