/**
 * Before probes are used on a user's interpreter they are tried on a short program that runs in the
 * same build of it: do they see every take and drop, where does it keep its frames and its waiters, and what
 * does a hit cost?
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import { BridgeFailure } from '../failure';
import { Capture } from '../perf/capture';
import type {
  InterpreterCode,
  InterpreterCodeReader
} from '../probes/interpreter-code';
import { planProbes, type BuildFacts } from '../probes/plan';
import type { Uprobes } from '../probes/uprobes';
import type { HelloRequest } from '../protocol/messages';
import { CalibrationProgram, scriptPath } from './dialogue';
import { meetProgramBy } from './same-interpreter';
import { findLayout } from './stack-layout';
import { distrust, TrustTest } from './trust';
import { candidateProbes, WaitVariableSearch } from './wait-variables';

/** What calibration found. */
export interface Calibration {
  /** The interpreter's code that it holds for. */
  identity: string;
  /** Nanoseconds that one probe hit adds, without contention. */
  nsPerHit: number;
  facts: BuildFacts;
}

/** One take and one drop a call. */
const HITS_PER_CALL = 2;

interface ProgramReport {
  bare_ns: number;
  traced_ns: number;
  takes: number;
}

/**
 * Tries the probes on the interpreter of a process; twice, if the first time something went wrong: on a busy machine a
 * record may come too late, a wrong site is wrong every time.
 *
 * @param code what that process runs
 * @throws BridgeFailure not-trusted, with what was wrong.
 */
export async function calibrate(
  perf: string,
  uprobes: Uprobes,
  hello: HelloRequest,
  code: InterpreterCode,
  reader: InterpreterCodeReader
): Promise<Calibration> {
  try {
    return await calibrateOnce(perf, uprobes, hello, code, reader);
  } catch (error) {
    if (!(error instanceof BridgeFailure) || error.code !== 'not-trusted') {
      throw error;
    }
    return calibrateOnce(perf, uprobes, hello, code, reader);
  }
}

async function calibrateOnce(
  perf: string,
  uprobes: Uprobes,
  hello: HelloRequest,
  code: InterpreterCode,
  reader: InterpreterCodeReader
): Promise<Calibration> {
  const program = new CalibrationProgram(hello.python, scriptPath());
  try {
    const { own, evidence } = await meetProgramBy(
      target => reader.read(target),
      program,
      hello,
      code,
      'the probes'
    );
    const layout = await findLayout(program.pid, own, evidence);
    return {
      identity: code.identity,
      ...(await tryProbes(perf, uprobes, program, own, layout))
    };
  } finally {
    program.end();
  }
}

async function tryProbes(
  perf: string,
  uprobes: Uprobes,
  program: CalibrationProgram,
  code: InterpreterCode,
  layout: FrameLayout | undefined
): Promise<{ nsPerHit: number; facts: BuildFacts }> {
  const plan = planProbes(code, { layout, waitVariables: [] }, 'full');
  plan.probes.push(...candidateProbes(code.sites.wake));
  // Nothing is recorded before `enable`, so no batch comes before the test is made.
  const later: { test?: TrustTest; search?: WaitVariableSearch } = {};
  const capture = await Capture.open({
    perf,
    uprobes,
    pid: program.pid,
    plan,
    schedulerStates: false,
    onBatch: batch => {
      later.test?.consume(batch);
      later.search?.consume(batch);
    }
  });
  const test = new TrustTest(capture.events);
  const search = new WaitVariableSearch(capture.events, code.gil.address);
  Object.assign(later, { test, search });
  try {
    await capture.enable();
    program.writeLine();
    const report = JSON.parse(await program.readLine()) as ProgramReport;
    const summary = await capture.close();
    const problem =
      summary.error?.message ??
      distrust(test.report(), report.takes, summary.lost);
    if (problem !== undefined) {
      throw new BridgeFailure(
        'not-trusted',
        `the probes failed their test on ${code.library}: ${problem}`
      );
    }
    return {
      nsPerHit: Math.max(0, report.traced_ns - report.bare_ns) / HITS_PER_CALL,
      facts: { layout, waitVariables: search.found(code.sites.wake) }
    };
  } finally {
    await capture.cancel();
  }
}
