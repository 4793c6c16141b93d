/**
 * Before futex calls are believed to tell of a user's GIL they are recorded of a short program that runs in the same build
 * of the interpreter, with the same C library.
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import { CalibrationProgram, scriptPath } from '../calibration/dialogue';
import { meetProgram } from '../calibration/same-interpreter';
import { findLayout } from '../calibration/stack-layout';
import { BridgeFailure } from '../failure';
import { EventCapture } from '../perf/event-capture';
import { ROOTS_RIGHTS } from '../perf/perf-rights';
import type { HelloRequest } from '../protocol/messages';
import type { RunningInterpreter } from '../target/running-interpreter';
import { FUTEX_EVENT, futexFilter } from './futex-event';
import { FutexTrust } from './futex-trust';

/** What calibration found. */
export interface FutexCalibration {
  /** The interpreter's code that it holds for. */
  identity: string;
  /** Absent if Python frames can't be read. */
  layout: FrameLayout | undefined;
}

/**
 * How often a test is made that fails: on a busy machine records are lost, or threads get no CPU to wait on; what is wrong is
 * wrong every time.
 */
const ATTEMPTS = 3;

class TestFailure extends BridgeFailure {}

/**
 * Tries the calls on the interpreter of a process.
 *
 * @throws BridgeFailure not-trusted, with what was wrong; no-permission or perf-failed if perf can't record
 */
export async function calibrateFutex(
  perf: string,
  hello: HelloRequest,
  interpreter: RunningInterpreter
): Promise<FutexCalibration> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await calibrateOnce(perf, hello, interpreter);
    } catch (error) {
      if (!(error instanceof TestFailure) || left === 0) {
        throw error;
      }
    }
  }
}

async function calibrateOnce(
  perf: string,
  hello: HelloRequest,
  interpreter: RunningInterpreter
): Promise<FutexCalibration> {
  const program = new CalibrationProgram(hello.python, scriptPath());
  try {
    const { own, evidence } = await meetProgram(
      program,
      hello,
      interpreter,
      'futex calls'
    );
    const layout = await findLayout(program.pid, own, evidence);
    await test(perf, program, own);
    return { identity: own.identity, layout };
  } finally {
    program.end();
  }
}

async function test(
  perf: string,
  program: CalibrationProgram,
  { gil, library }: RunningInterpreter
): Promise<void> {
  // Nothing is recorded before `enable`, so no batch comes before the test is made.
  let trust: FutexTrust | undefined;
  const capture = new EventCapture({
    perf,
    pid: program.pid,
    events: [FUTEX_EVENT],
    filters: { [FUTEX_EVENT]: futexFilter(gil.address) },
    schedulerStates: false,
    rights: ROOTS_RIGHTS,
    onBatch: batch => trust?.consume(batch)
  });
  try {
    await capture.attach();
    trust = new FutexTrust(capture.events, gil.address);
    await capture.enable();
    program.writeLine();
    await program.readLine();
    await capture.disable();
    const summary = await capture.close();
    const problem = summary.error?.message ?? trust.distrust(summary.lost);
    if (problem !== undefined) {
      throw new TestFailure(
        'not-trusted',
        `futex calls failed their test on ${library}: ${problem}`
      );
    }
  } finally {
    capture.kill();
    await capture.released();
  }
}
