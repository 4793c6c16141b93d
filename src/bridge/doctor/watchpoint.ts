/** Is there a hardware watchpoint for this user, and does it tell the truth on this Python? */
import type { HelloRequest } from '../protocol/messages';
import { readFileMappings } from '../target/process';
import type { RunningInterpreter } from '../target/running-interpreter';
import { calibrateWatch } from '../watch/calibrate-watch';
import { openWatchCapture } from '../watch/watch-capture';
import { available, missing, untried, type Finding } from './finding';
import type { Place } from './place';
import type { Privileges } from './privileges';
import { testFailure } from './test-failure';
import { explainWatchpoint, foretoldFixes } from './watchpoint-refusal';

/**
 * Opens one on a word of this process's own memory.
 * @param perf the program, or undefined if there is none that runs
 */
export async function tryWatchpoint(
  perf: string | undefined,
  privileges: Privileges,
  place: Place
): Promise<Finding> {
  if (process.arch !== 'x64') {
    return missing(
      `watchpoints work on x86-64 for now, not on ${process.arch}`,
      'other-machine'
    );
  }
  if (perf === undefined) {
    return untried(
      'not tried without perf',
      ...foretoldFixes(privileges, place)
    );
  }
  const [{ start }] = readFileMappings(process.pid);
  try {
    const capture = await openWatchCapture({
      perf,
      pid: process.pid,
      events: [`mem:0x${start.toString(16)}/4:w:u`],
      schedulerStates: true,
      onBatch: () => undefined
    });
    capture.kill();
    await capture.released();
    return available('a watchpoint was opened and closed');
  } catch (error) {
    return explainWatchpoint(error, privileges, place);
  }
}

/** What the test needs; undefined what is not there. */
export interface WatchTrustNeeds {
  perf: string | undefined;
  interpreter: RunningInterpreter | undefined;
  /** A watchpoint can be opened. */
  watchpoint: boolean;
}

/** The test that each kernel goes through before its first run with watchpoints. */
export async function tryWatchTrust(
  { perf, interpreter, watchpoint }: WatchTrustNeeds,
  hello: HelloRequest
): Promise<Finding> {
  if (perf === undefined || !watchpoint) {
    return untried('not tried: no watchpoint can be opened');
  }
  if (interpreter === undefined) {
    return untried('not tried without the GIL of this Python');
  }
  try {
    const { nsPerHit, waitWords } = await calibrateWatch(
      perf,
      hello,
      interpreter
    );
    const waits =
      waitWords.wait === undefined
        ? 'takes and drops'
        : 'takes, drops and waits';
    return available(
      `${waits} are seen; a hit costs ${(nsPerHit / 1000).toFixed(2)} us`
    );
  } catch (error) {
    return testFailure(error);
  }
}
