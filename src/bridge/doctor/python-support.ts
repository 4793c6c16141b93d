/** Is this Python known, and is its GIL found in its memory? */
import { BridgeFailure } from '../failure';
import type { HelloRequest } from '../protocol/messages';
import { checkInterpreter } from '../target/interpreter';
import {
  locateInterpreter,
  type RunningInterpreter
} from '../target/running-interpreter';
import { available, missing, untried, type Finding } from './finding';

export interface PythonSupport {
  finding: Finding;
  /** Absent if it can't be traced. */
  interpreter?: RunningInterpreter;
}

export function tryPython(hello: HelloRequest): PythonSupport {
  try {
    checkInterpreter(hello);
    const interpreter = locateInterpreter(hello);
    return {
      interpreter,
      finding: available(
        `CPython ${hello.python_version}: its GIL was found, in ${interpreter.library}`
      )
    };
  } catch (error) {
    if (!(error instanceof BridgeFailure)) {
      throw error;
    }
    // Without the right to read it nothing is known of it.
    return {
      finding:
        error.code === 'no-permission'
          ? untried('not tried: its memory may not be read')
          : missing(error.message, 'other-python')
    };
  }
}
