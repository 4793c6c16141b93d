/**
 * Before watchpoints are used on a user's interpreter they are tried on a short program that runs in the same
 * build of it: do they see every take and drop, which word do waiters add to, and what does a hit cost?
 */
import type { FrameLayout } from '../../core/cpython/frame-layout';
import { CalibrationProgram, scriptPath } from '../calibration/dialogue';
import { meetProgram } from '../calibration/same-interpreter';
import { findLayout } from '../calibration/stack-layout';
import { BridgeFailure } from '../failure';
import { ProcessMemory } from '../memory/process-memory';
import type { HelloRequest } from '../protocol/messages';
import { readFileMappings } from '../target/process';
import type { RunningInterpreter } from '../target/running-interpreter';
import { ProcessStores } from './process-stores';
import { isOutOfWatchpoints, openWatchCapture } from './watch-capture';
import { WatchTrust } from './watch-trust';
import {
  WAIT_WORD_CHOICES,
  watchedWords,
  watchEvents,
  type WaitWords
} from './words';

/** What calibration found. */
export interface WatchCalibration {
  /** The interpreter's code that it holds for. */
  identity: string;
  /** Nanoseconds that one hit adds, without contention. */
  nsPerHit: number;
  waitWords: WaitWords;
  /** Absent if Python frames can't be read. */
  layout: FrameLayout | undefined;
  /** Whether it holds for good: not if better words were refused only because too little happened in the test. */
  lasting: boolean;
}

/** One take and one drop a call. */
const HITS_PER_CALL = 2;

interface ProgramReport {
  bare_ns: number;
  traced_ns: number;
  takes: number;
}

/** A choice of words was tried: these are others' words, or nothing was written to them. */
class WrongWords extends Error {}

/** Fewer waits were seen than prove anything. */
class TooFewWaits extends WrongWords {}

/** How often a test is made that failed where a busy machine may be the cause; what is wrong is wrong every time. */
const ATTEMPTS = 3;

/** How long all of it may take, in milliseconds: whoever asked to start a run waits for a minute at most. */
const TIME_LIMIT = 25_000;

/**
 * Tries watchpoints on the interpreter of a process, the best choice of words first.
 *
 * @param onAttempt told before each attempt, from 1 on
 * @param limit milliseconds that all of it may take
 * @throws BridgeFailure not-trusted, with what was wrong; no-watchpoint, no-permission or perf-failed if there is none
 */
export async function calibrateWatch(
  perf: string,
  hello: HelloRequest,
  interpreter: RunningInterpreter,
  onAttempt: (attempt: number) => void = () => undefined,
  limit = TIME_LIMIT
): Promise<WatchCalibration> {
  const deadline = performance.now() + limit;
  let attempt = 0;
  let refused: unknown;
  let lasting = true;
  for (const waitWords of choicesFor(hello.pid)) {
    try {
      const found = await often(() => {
        onAttempt(++attempt);
        return inTime(hello.python, deadline, limit, program =>
          tryWords(program, perf, hello, interpreter, waitWords)
        );
      });
      return { ...found, lasting };
    } catch (error) {
      if (!(error instanceof WrongWords || isOutOfWatchpoints(error))) {
        throw error;
      }
      lasting &&= !(error instanceof TooFewWaits);
      refused = error;
    }
  }
  throw refused;
}

/** musl's condition variables have no word that only waiters add to (src/thread/pthread_cond_timedwait.c). */
function choicesFor(pid: number): readonly WaitWords[] {
  const musl = readFileMappings(pid).some(({ path }) =>
    path.includes('/ld-musl-')
  );
  return musl ? [{}] : WAIT_WORD_CHOICES;
}

/** On a busy machine records are lost, or threads get no CPU to wait on. */
async function often<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      const busy =
        error instanceof TooFewWaits ||
        (error instanceof BridgeFailure && error.code === 'not-trusted');
      if (!busy || left === 0) {
        throw error;
      }
    }
  }
}

/** Lets an attempt have a program, which ends with it, or at the deadline. */
async function inTime<T>(
  python: string,
  deadline: number,
  limit: number,
  attempt: (program: CalibrationProgram) => Promise<T>
): Promise<T> {
  const left = deadline - performance.now();
  const late = (): BridgeFailure =>
    new BridgeFailure(
      'not-trusted',
      `watchpoints could not be tested within ${Math.round(limit / 1000)} s: the machine is busy`,
      true
    );
  if (left <= 0) {
    throw late();
  }
  const program = new CalibrationProgram(python, scriptPath());
  const timer = setTimeout(() => program.end(), left);
  try {
    return await attempt(program);
  } catch (error) {
    throw performance.now() < deadline ? error : late();
  } finally {
    clearTimeout(timer);
    program.end();
  }
}

async function tryWords(
  program: CalibrationProgram,
  perf: string,
  hello: HelloRequest,
  interpreter: RunningInterpreter,
  waitWords: WaitWords
): Promise<Omit<WatchCalibration, 'lasting'>> {
  const { own, evidence } = await meetProgram(
    program,
    hello,
    interpreter,
    'watchpoints'
  );
  return {
    identity: own.identity,
    waitWords,
    layout: await findLayout(program.pid, own, evidence),
    nsPerHit: await test(perf, program, own, waitWords)
  };
}

/** @returns nanoseconds a hit */
async function test(
  perf: string,
  program: CalibrationProgram,
  { gil, library }: RunningInterpreter,
  waitWords: WaitWords
): Promise<number> {
  const words = watchedWords(gil, waitWords);
  const memory = new ProcessMemory(program.pid);
  // Nothing is recorded before `enable`, so no batch comes before the test is made.
  let trust: WatchTrust | undefined;
  try {
    const capture = await openWatchCapture({
      perf,
      pid: program.pid,
      events: watchEvents(words),
      schedulerStates: false,
      onBatch: batch => trust?.consume(batch)
    });
    try {
      trust = new WatchTrust(capture.events, words, new ProcessStores(memory));
      await capture.enable();
      program.writeLine();
      const report = JSON.parse(await program.readLine()) as ProgramReport;
      await capture.disable();
      const summary = await capture.close();
      const problem =
        summary.error?.message ?? trust.distrust(report.takes, summary.lost);
      if (problem !== undefined) {
        throw new BridgeFailure(
          'not-trusted',
          `watchpoints failed their test on ${library}: ${problem}`,
          summary.lost > 0
        );
      }
      const wrong = trust.distrustWaits();
      if (wrong !== undefined) {
        throw wrong.few
          ? new TooFewWaits(wrong.why)
          : new WrongWords(wrong.why);
      }
      return Math.max(0, report.traced_ns - report.bare_ns) / HITS_PER_CALL;
    } finally {
      capture.kill();
      await capture.released();
    }
  } finally {
    memory.close();
  }
}
