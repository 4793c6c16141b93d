import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { SleepKind } from '../../../core/threads/sampled/sleep-kind';
import type { ThreadRecord } from '../../../core/threads/result';
import { STATE_COUNT, ThreadState } from '../../../core/threads/states';
import { SleepWatch } from '../sleep-watch';

const started: ChildProcess[] = [];
afterAll(() => started.forEach(child => child.kill()));

/** A program that sleeps in a system call. */
async function sleeper(command: string, ...args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  started.push(child);
  const { pid } = child;
  if (pid === undefined) {
    throw new Error(`can't start ${command}`);
  }
  for (;;) {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0];
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    if (state === 'S' && name === command) {
      return pid;
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** A thread that was off the CPUs for a second. */
function thread(pid: number): ThreadRecord {
  const statesNs = new Float64Array(STATE_COUNT);
  statesNs[ThreadState.OffCpu] = 1e9;
  return { pid, tid: pid, statesNs } as ThreadRecord;
}

describe('SleepWatch', () => {
  it.each([
    ['a pause', SleepKind.Pause, 'sleep', '60'],
    ['input', SleepKind.InputOutput, 'cat', '-']
  ] as const)('tells %s', async (_, kind, command, argument) => {
    const pid = await sleeper(command, argument);
    const watch = new SleepWatch(pid);
    for (let look = 0; look < 10; look++) {
      watch.look();
    }
    const [described] = watch.describe([thread(pid)]);
    expect(described.sleepNs?.[kind]).toBe(1e9);
    // Ten looks that agree: up to 3.689 in ten may have missed something else (Garwood 1936).
    expect(described.sleepErrorNs?.[kind]).toBeCloseTo(3.689e8, -2);
  });

  it('says nothing of threads that it did not see', () => {
    const watch = new SleepWatch(process.pid);
    const unseen = thread(1);
    expect(watch.describe([unseen])).toEqual([unseen]);
  });

  it('does not mind a process that has ended', () => {
    const watch = new SleepWatch(2 ** 30);
    expect(() => watch.look()).not.toThrow();
  });
});
