/** Is there a perf, and does it run? */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BridgeFailure, errorMessage } from '../failure';
import { findPerf } from '../perf/find-perf';
import { available, missing, type Finding } from './finding';

/** How long perf may take to say its version, in milliseconds. */
const TIMEOUT = 10_000;

export interface PerfProgram {
  finding: Finding;
  /** Absent if there is none that runs. */
  path?: string;
}

/** Runs `perf --version`: Ubuntu's perf is a script that looks for one that was built for the running kernel. */
export async function tryPerfProgram(): Promise<PerfProgram> {
  let path: string;
  try {
    path = findPerf();
  } catch (error) {
    if (!(error instanceof BridgeFailure)) {
      throw error;
    }
    return { finding: missing('perf is not on PATH', 'install-perf') };
  }
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], {
      timeout: TIMEOUT,
      env: { ...process.env, LC_ALL: 'C' }
    });
    const version = /perf version (\S+)/.exec(stdout)?.[1];
    return version === undefined
      ? {
          finding: missing(
            `${path} does not say what version of perf it is`,
            'install-perf'
          )
        }
      : { path, finding: available(`${path}, version ${version}`) };
  } catch (error) {
    return {
      finding: missing(
        `${path} does not run: ${lastWords(error)}`,
        'install-matching-perf'
      )
    };
  }
}

/** What the program said before it failed, in one line. */
function lastWords(error: unknown): string {
  const stderr =
    error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const line = stderr
    .split('\n')
    .map(text => text.trim())
    .find(text => text !== '');
  return line ?? errorMessage(error).split('\n')[0];
}
