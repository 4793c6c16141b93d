/** What it means that a test on this Python could not be made, or was not passed. */
import { BridgeFailure, errorMessage } from '../failure';
import type { FailureCode } from '../protocol/messages';
import { missing, type Finding, type Fix } from './finding';

/** For the others the message says it all: perf ended, for example. */
const FIXES: Partial<Record<FailureCode, Fix>> = {
  'not-trusted': 'other-python',
  'no-watchpoint': 'free-debug-register'
};

/** @param error what the test threw */
export function testFailure(error: unknown): Finding {
  const fix = error instanceof BridgeFailure ? FIXES[error.code] : undefined;
  return missing(errorMessage(error), ...(fix === undefined ? [] : [fix]));
}
