/**
 * A refusal that a user can meet. The message is one line: what is missing, and the command that
 * mends it. Whatever else is thrown inside the bridge is a defect and is reported as `internal`.
 */
import type { FailureCode } from './protocol/messages';

export class BridgeFailure extends Error {
  constructor(
    readonly code: FailureCode,
    message: string,
    /** Whether it may well be otherwise next time: the machine was too busy to tell. */
    readonly passing = false
  ) {
    super(message);
    this.name = 'BridgeFailure';
  }
}

/** The system's error code of a failed call (ENOENT, EACCES, …), or ''. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
