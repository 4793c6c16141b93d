/** Makes sure that the calibration program runs the code that is to be calibrated. */
import type { FrameEvidence } from '../../core/cpython/frame-calibration';
import { BridgeFailure } from '../failure';
import type { HelloRequest } from '../protocol/messages';
import {
  locateInterpreter,
  type CodeTarget,
  type RunningInterpreter
} from '../target/running-interpreter';
import { SWITCH_INTERVAL_NS, type CalibrationProgram } from './dialogue';

/** The program's interpreter, and what the program says of the functions that it stands in. */
export interface Met<Interpreter> {
  own: Interpreter;
  evidence: FrameEvidence;
}

/**
 * Waits until the program stands in the functions that it names, and finds its interpreter.
 *
 * @param traced that of the traced process
 * @param what is calibrated, for the message
 * @throws BridgeFailure not-trusted if the program runs other code, or fails
 */
export async function meetProgram(
  program: CalibrationProgram,
  hello: HelloRequest,
  traced: RunningInterpreter,
  what: string
): Promise<Met<RunningInterpreter>> {
  return meetProgramBy(locateInterpreter, program, hello, traced, what);
}

/** The same with another way to find the interpreter, which may tell more of it. */
export async function meetProgramBy<Interpreter extends RunningInterpreter>(
  locate: (target: CodeTarget) => Interpreter,
  program: CalibrationProgram,
  hello: HelloRequest,
  traced: RunningInterpreter,
  what: string
): Promise<Met<Interpreter>> {
  const evidence = JSON.parse(await program.readLine()) as FrameEvidence;
  const own = locate({
    ...hello,
    pid: program.pid,
    switch_interval_ns: SWITCH_INTERVAL_NS
  });
  if (own.identity !== traced.identity) {
    throw new BridgeFailure(
      'not-trusted',
      `${what} could not be tested: ${hello.python} runs other code (${own.library}) than the traced process (${traced.library})`
    );
  }
  return { own, evidence };
}
