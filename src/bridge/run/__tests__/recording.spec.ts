import {
  execFileSync,
  spawn,
  type ChildProcessByStdio
} from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { findPerf } from '../../perf/find-perf';
import { InterpreterCodeReader } from '../../probes/interpreter-code';
import { findTracefs, RootsUprobes } from '../../probes/tracefs';
import { Recording } from '../recording';
import type { RecordingOptions } from '../recording-options';
import type { RecordingResult } from '../recording-result';

/** Two threads that call os.stat; each call is a drop and a take. */
const CALLS = 2000;
/** They sleep this often; each sleep is a drop and a take, too. */
const PAUSES = 20;
const PROGRAM = `
import os, sys, threading, time
calls, pause = int(sys.argv[1]), float(sys.argv[2])
def call():
    for i in range(calls):
        os.stat("/")
        if pause and i % (calls // ${PAUSES}) == 0:
            time.sleep(pause)
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

interface Work {
  calls: number;
  /** Seconds. */
  pause: number;
}

function start({ calls, pause }: Work): Program {
  return spawn('python3', ['-c', PROGRAM, `${calls}`, `${pause}`], {
    stdio: ['pipe', 'pipe', 'inherit']
  });
}

function said(program: Program): Promise<string> {
  return new Promise(resolve =>
    program.stdout.once('data', (text: Buffer) => resolve(String(text).trim()))
  );
}

interface Asked extends Partial<RecordingOptions> {
  work?: Work;
  /** Called when records are made, and just before the end. */
  onStart?: () => void;
  onEnd?: () => void;
}

/** Records one of two programs that do the same at the same time. */
async function record(asked: Asked = {}): Promise<RecordingResult> {
  const { work = { calls: CALLS, pause: 0 }, onStart, onEnd, ...rest } = asked;
  const version = execFileSync('python3', [
    '-c',
    'print(__import__("platform").python_version())'
  ]);
  const [program, stranger] = [start(work), start(work)];
  try {
    await Promise.all([said(program), said(stranger)]);
    const pid = program.pid ?? 0;
    const code = new InterpreterCodeReader('python3').read({
      pid,
      python_version: String(version).trim(),
      switch_interval_ns: 5_000_000
    });
    const recording = await Recording.start({
      perf: findPerf(),
      uprobes: new RootsUprobes(findTracefs()),
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
      launcher: [],
      schedulerStates: true,
      ...rest
    });
    try {
      onStart?.();
      const began = process.hrtime.bigint();
      const done = [said(program), said(stranger)];
      program.stdin.write('\n');
      stranger.stdin.write('\n');
      expect(await Promise.all(done)).toEqual(['done', 'done']);
      const ended = process.hrtime.bigint();
      onEnd?.();
      return await recording.finish(began, ended);
    } finally {
      await recording.cancel();
    }
  } finally {
    program.kill('SIGKILL');
    stranger.kill('SIGKILL');
  }
}

/** Every call was recorded, and little more. */
function expectEachCall({ result, ended }: RecordingResult): void {
  expect(ended).toBeUndefined();
  expect(result.threads).toHaveLength(2);
  expect(new Set(result.threads.map(thread => thread.pid)).size).toBe(1);
  for (const thread of result.threads) {
    // Starting and ending a thread, and the two lines of the dialogue, take it a few times more.
    expect(thread.requests).toBeGreaterThanOrEqual(CALLS);
    expect(thread.requests).toBeLessThan(CALLS + PAUSES + 50);
  }
  expect(result.oddities.brokenAlternation).toBe(0);
}

/** /proc/PID/stat counts time on a CPU in ticks of this many nanoseconds (proc(5)), in user and in kernel mode. */
const TICK = 10_000_000;

/** Time on a CPU of all threads of a process, in nanoseconds. */
function cpuTime(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return TICK * (Number(fields[11]) + Number(fields[12]));
}

/** Processes of this program that this one started. */
function childrenOf(command: string): string[] {
  return readdirSync('/proc/self/task')
    .flatMap(tid =>
      readFileSync(`/proc/self/task/${tid}/children`, 'latin1').split(' ')
    )
    .filter(
      pid =>
        pid !== '' &&
        readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === command
    );
}

describe('Recording', () => {
  it.each([
    ['attached to the process', undefined],
    ['of the whole system, where a pipe cannot carry the ids', 0]
  ])('%s sees each take of that process only', async (_, maxIds) => {
    const recorded = await record({ maxIds });
    const { summaries, hits, records } = recorded;
    const [summary] = summaries;
    expect(summary.error).toBeUndefined();
    expect(summary.lost).toBe(0);
    expectEachCall(recorded);
    // Nothing is lost: what the kernel counted is what came, but for what fell between two readings of a counter. Of
    // the whole system, any Python that runs meanwhile makes hits there.
    const between = maxIds === undefined ? 20 : 0.05 * records;
    expect(Math.abs(hits - records)).toBeLessThan(between);
    expect(
      readFileSync('/sys/kernel/tracing/uprobe_events', 'latin1')
    ).not.toContain(`_${process.pid} `);
  });

  it('goes on as it was, and says so, if the change to waits fails', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'giltracer-'));
    try {
      const perf = join(directory, 'perf');
      // The events of the second perf of a run are called wake01_PID and so on.
      writeFileSync(
        perf,
        `#!/bin/sh
case "$*" in *01_*) echo 'no memory for rings' >&2; exit 1;; esac
exec ${findPerf()} "$@"
`,
        { mode: 0o755 }
      );
      const recorded = await record({
        perf,
        maxOverhead: 0,
        work: { calls: CALLS, pause: 0.05 }
      });
      const { overLimit, shed, summaries } = recorded;
      expect(overLimit?.reason).toBe(
        'perf could not record: no memory for rings'
      );
      expect(overLimit?.at).toBeLessThan(recorded.result.end);
      expect(shed).toBeUndefined();
      expect(summaries).toHaveLength(1);
      expectEachCall(recorded);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('knows what this process and perf used', async () => {
    let used = 0;
    const count = (sign: number): void => {
      const processes = ['self', ...childrenOf('perf')];
      expect(processes).toHaveLength(2);
      for (const pid of processes) {
        used += sign * cpuTime(pid);
      }
    };
    const { ownCpu } = await record({
      work: { calls: 60_000, pause: 0 },
      onStart: () => count(-1),
      onEnd: () => count(1)
    });
    expect(used).toBeGreaterThan(5 * TICK);
    // Four times are rounded down, at each end; this process works on between the two readings.
    const difference = Math.abs((ownCpu?.used ?? 0) - used);
    expect(difference).toBeLessThan(4 * TICK + 0.05 * used);
    expect(ownCpu?.during).toBeGreaterThan(used / 4);
  });
});
