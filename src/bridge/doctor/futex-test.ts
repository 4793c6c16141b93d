/** May this user record futex calls, and do they tell the truth on this Python? */
import { BridgeFailure } from '../failure';
import { calibrateFutex } from '../futex/calibrate-futex';
import { checkFutexEvent } from '../futex/futex-event';
import type { HelloRequest } from '../protocol/messages';
import type { RunningInterpreter } from '../target/running-interpreter';
import { available, missing, untried, type Finding } from './finding';
import type { Place } from './place';
import type { Privileges } from './privileges';
import { testFailure } from './test-failure';
import { watchRefusal } from './watch-refusal';

/** What the test needs; undefined what is not there. */
export interface FutexNeeds {
  perf: string | undefined;
  interpreter: RunningInterpreter | undefined;
  /** What was found of tracefs. */
  tracefs: Finding;
}

/** The test that each kernel goes through before its first run with futex calls. */
export async function tryFutex(
  { perf, interpreter, tracefs }: FutexNeeds,
  hello: HelloRequest,
  privileges: Privileges,
  place: Place
): Promise<Finding> {
  if (perf === undefined) {
    return untried('not tried without perf');
  }
  if (process.arch !== 'x64') {
    return missing(
      `futex calls are read on x86-64 for now, not on ${process.arch}`,
      'other-machine'
    );
  }
  if (interpreter === undefined) {
    return untried('not tried without the GIL of this Python');
  }
  try {
    checkFutexEvent();
  } catch (error) {
    const { message } = asFailure(error);
    // The same stands in the way of probes.
    return tracefs.available === true
      ? missing(message, 'other-kernel')
      : untried(`not tried: ${tracefs.why}`, ...tracefs.fix);
  }
  try {
    await calibrateFutex(perf, hello, interpreter);
    return available('waits for the GIL and drops are seen as they must be');
  } catch (error) {
    const { code, message } = asFailure(error);
    if (code !== 'no-permission') {
      return testFailure(error);
    }
    const { why, fix } = watchRefusal(privileges, place, message);
    return missing(`perf can't record futex calls: ${why}`, ...fix);
  }
}

function asFailure(error: unknown): BridgeFailure {
  if (error instanceof BridgeFailure) {
    return error;
  }
  throw error;
}
