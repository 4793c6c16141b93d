/** What the calibration program (python_shim/giltracer/calibration.py) tells of itself. */
import type { Address } from '../units';

/** One Python frame of the program while it waits, as Python sees it. Addresses are id(). */
export interface FrameFact {
  readonly code: Address;
  readonly filename: Address;
  /** co_qualname (3.11 and later), else co_name. */
  readonly name: Address;
  /** co_lnotab (3.8, 3.9), else co_linetable. */
  readonly line_table: Address;
  /** co_code, where it is an object that lives (until 3.10). */
  readonly bytecode: Address;
  /** len(co_code). */
  readonly size: number;
  readonly first_line: number;
  /** f_lasti; null for the innermost frame, which went on. */
  readonly lasti: number | null;
  /**
   * The line it stands on. The innermost frame prints there what is read here, and goes on to the next
   * line, where it waits.
   */
  readonly line: number;
  /** The frame object. */
  readonly frame: Address;
  readonly generator: boolean;
  readonly file: string;
  readonly func: string;
}

/** The line that the program prints before it waits. */
export interface FrameEvidence {
  /** threading.get_ident(), get_native_id(). */
  readonly thread_id: number;
  readonly native_id: number;
  readonly code_type: Address;
  /** The first local variable of the generator's frame, and of its caller's. */
  readonly nest: Address;
  /** The generator that it stands in. */
  readonly generator: Address;
  /** 1e6 * sys.getswitchinterval(). */
  readonly switch_interval_us: number;
  /** Innermost first. */
  readonly frames: readonly FrameFact[];
}
