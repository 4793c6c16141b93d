/**
 * Before probes are used on a user's interpreter they are tried on a short program that runs in the
 * same build of it: do they see every take and drop, and what does a hit cost?
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeFailure } from '../failure';
import { Capture } from '../perf/capture';
import { planProbes } from '../probes/find-plan';
import type { ProbePlan } from '../probes/plan';
import type { HelloRequest } from '../protocol/messages';
import { CalibrationProgram } from './dialogue';
import { distrust, TrustTest } from './trust';

/** What calibration found. */
export interface CalibratedPlan {
  /** The interpreter's code that it holds for. */
  identity: string;
  /** Nanoseconds that one probe hit adds, without contention. */
  nsPerHit: number;
}

/** The program's switch interval (calibration.py). */
const SWITCH_INTERVAL_NS = 5_000_000;

/** One take and one drop a call. */
const HITS_PER_CALL = 2;

interface ProgramReport {
  bare_ns: number;
  traced_ns: number;
  takes: number;
}

/** calibration.py: beside the bundle in an installed package, in the source tree otherwise. */
function scriptPath(): string {
  const places = [
    '../calibration.py',
    '../../../python_shim/giltracer/calibration.py'
  ];
  const found = places
    .map(place => join(__dirname, place))
    .find(path => existsSync(path));
  if (found === undefined) {
    throw new BridgeFailure(
      'internal',
      'calibration.py is missing: install giltracer again'
    );
  }
  return found;
}

/**
 * Tries the probes on the interpreter of a process.
 * @param plan what is to be used on that process
 * @throws BridgeFailure not-trusted, with what was wrong.
 */
export async function calibrate(
  perf: string,
  tracefs: string,
  hello: HelloRequest,
  plan: ProbePlan
): Promise<CalibratedPlan> {
  const program = new CalibrationProgram(hello.python, scriptPath());
  try {
    await program.readLine();
    const ownPlan = planProbes({
      ...hello,
      pid: program.pid,
      switch_interval_ns: SWITCH_INTERVAL_NS
    });
    if (ownPlan.identity !== plan.identity) {
      throw new BridgeFailure(
        'not-trusted',
        `the probes could not be tested: ${hello.python} runs other code (${ownPlan.library}) than the traced process (${plan.library})`
      );
    }
    return {
      identity: plan.identity,
      nsPerHit: await tryProbes(perf, tracefs, program, ownPlan)
    };
  } finally {
    program.end();
  }
}

async function tryProbes(
  perf: string,
  tracefs: string,
  program: CalibrationProgram,
  plan: ProbePlan
): Promise<number> {
  // Nothing is recorded before `enable`, so no batch comes before the test is made.
  const later: { test?: TrustTest } = {};
  const capture = await Capture.open({
    perf,
    tracefs,
    pid: program.pid,
    plan,
    schedulerStates: false,
    onBatch: batch => later.test?.consume(batch)
  });
  const test = new TrustTest(capture.events);
  later.test = test;
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
        `the probes failed their test on ${plan.library}: ${problem}`
      );
    }
    return Math.max(0, report.traced_ns - report.bare_ns) / HITS_PER_CALL;
  } finally {
    await capture.cancel();
  }
}
