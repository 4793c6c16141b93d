import {
  execFileSync,
  spawn,
  type ChildProcessByStdio
} from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { findPerf } from '../../perf/find-perf';
import { InterpreterCodeReader } from '../../probes/interpreter-code';
import { findTracefs } from '../../probes/tracefs';
import { Recording, type RecordingResult } from '../recording';

/** Two threads that call os.stat; each call is a drop and a take. */
const CALLS = 2000;
const PROGRAM = `
import os, sys, threading
def call():
    for _ in range(${CALLS}):
        os.stat("/")
print("ready", flush=True)
sys.stdin.readline()
other = threading.Thread(target=call)
other.start()
call()
other.join()
print("done", flush=True)
sys.stdin.readline()
`;

type Program = ChildProcessByStdio<Writable, Readable, null>;

function start(): Program {
  return spawn('python3', ['-c', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit']
  });
}

function said(program: Program): Promise<string> {
  return new Promise(resolve =>
    program.stdout.once('data', (text: Buffer) => resolve(String(text).trim()))
  );
}

/** Records one of two programs that do the same at the same time. */
async function record(maxIds?: number): Promise<RecordingResult> {
  const version = execFileSync('python3', [
    '-c',
    'print(__import__("platform").python_version())'
  ]);
  const [program, stranger] = [start(), start()];
  try {
    await Promise.all([said(program), said(stranger)]);
    const pid = program.pid ?? 0;
    const code = new InterpreterCodeReader().read({
      pid,
      python_version: String(version).trim(),
      switch_interval_ns: 5_000_000
    });
    const recording = await Recording.start({
      perf: findPerf(),
      tracefs: findTracefs(),
      pid,
      code,
      calibration: {
        identity: code.identity,
        nsPerHit: 700,
        facts: { waitVariables: [] }
      },
      mode: 'full',
      depth: 1,
      switchInterval: 5_000_000,
      maxOverhead: undefined,
      schedulerStates: true,
      maxIds
    });
    try {
      const began = process.hrtime.bigint();
      const done = [said(program), said(stranger)];
      program.stdin.write('\n');
      stranger.stdin.write('\n');
      expect(await Promise.all(done)).toEqual(['done', 'done']);
      return await recording.finish(began, process.hrtime.bigint());
    } finally {
      await recording.cancel();
    }
  } finally {
    program.kill('SIGKILL');
    stranger.kill('SIGKILL');
  }
}

describe('Recording', () => {
  it.each([
    ['attached to the process', undefined],
    ['of the whole system, where a pipe cannot carry the ids', 0]
  ])('%s sees each take of that process only', async (_, maxIds) => {
    const { result, summaries, hits, records, ended } = await record(maxIds);
    const [summary] = summaries;
    expect(summary.error).toBeUndefined();
    expect(summary.lost).toBe(0);
    expect(ended).toBeUndefined();
    expect(result.threads).toHaveLength(2);
    expect(new Set(result.threads.map(thread => thread.pid)).size).toBe(1);
    for (const thread of result.threads) {
      // Starting and ending a thread, and the two lines of the dialogue, take it a few times more.
      expect(thread.requests).toBeGreaterThanOrEqual(CALLS);
      expect(thread.requests).toBeLessThan(CALLS + 50);
    }
    expect(result.oddities.brokenAlternation).toBe(0);
    // Nothing is lost: what the kernel counted is what came, but for what fell between two readings of a counter.
    expect(Math.abs(hits - records)).toBeLessThan(20);
    expect(
      readFileSync('/sys/kernel/tracing/uprobe_events', 'latin1')
    ).not.toContain(`_${process.pid} `);
  });
});
