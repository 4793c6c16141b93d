/** Are the places found in this Python's code where it takes and drops the GIL? */
import { BridgeFailure } from '../failure';
import type { HelloRequest } from '../protocol/messages';
import type {
  InterpreterCode,
  InterpreterCodeReader
} from '../probes/interpreter-code';
import { checkMachine } from '../target/interpreter';
import type { RunningInterpreter } from '../target/running-interpreter';
import { available, missing, untried, type Finding } from './finding';

export interface GilFunctions {
  finding: Finding;
  /** Absent if there is nothing to probe. */
  code?: InterpreterCode;
}

/** @param interpreter undefined if it was not found */
export function tryGilFunctions(
  hello: HelloRequest,
  interpreter: RunningInterpreter | undefined,
  reader: InterpreterCodeReader
): GilFunctions {
  if (interpreter === undefined) {
    return { finding: untried('not tried without the GIL of this Python') };
  }
  try {
    checkMachine();
  } catch (error) {
    return { finding: missing(messageOf(error), 'other-machine') };
  }
  try {
    const code = reader.read(hello);
    return { code, finding: available('the places to probe were found') };
  } catch (error) {
    return { finding: missing(messageOf(error), 'install-python-symbols') };
  }
}

function messageOf(error: unknown): string {
  if (error instanceof BridgeFailure) {
    return error.message;
  }
  throw error;
}
