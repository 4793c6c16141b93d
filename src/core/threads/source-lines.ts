/**
 * Through which the analysis learns what Python code stands behind addresses. The bridge gives an
 * implementation that reads the process's memory; the analysis sees numbers only.
 */
import type { Address, LineIndex } from '../units';
import type { LineRecord } from './result';

/** Turns a code object and an instruction, as a probe or the memory reader saw them, into a line. */
export interface LineResolver {
  /** All lines that were resolved so far; grows. */
  readonly lines: readonly LineRecord[];
  /**
   * Called on arrival of a record, in order of time; must be fast for what was seen before.
   *
   * @param pid process whose memory has the code object
   * @param code address of the code object (tag bits may be set)
   * @param instruction as the FrameLayout says: address of an instruction, or f_lasti
   * @returns -1 if the code can't be read or is not one
   */
  lineOf(pid: number, code: Address, instruction: number): LineIndex;
}
