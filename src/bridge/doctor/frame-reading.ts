/** Can the Python frames of this build be read, which lead from a thread to its lines? */
import { stackLayout } from '../calibration/stack-layout';
import type { HelloRequest } from '../protocol/messages';
import type { RunningInterpreter } from '../target/running-interpreter';
import { available, untried, type Finding } from './finding';
import { testFailure } from './test-failure';

/** @param interpreter undefined if it was not found */
export async function tryFrames(
  hello: HelloRequest,
  interpreter: RunningInterpreter | undefined
): Promise<Finding> {
  if (interpreter === undefined) {
    return untried('not tried without the GIL of this Python');
  }
  try {
    await stackLayout(hello, interpreter);
    return available('where they lie was found');
  } catch (error) {
    return testFailure(error);
  }
}
