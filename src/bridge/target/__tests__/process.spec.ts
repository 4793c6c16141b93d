import { execFileSync, spawn } from 'node:child_process';
import { countCpuList, onlineCpus, readEnvironment } from '../environment';
import {
  listThreads,
  processCpuTime,
  processStartTime,
  readFileMappings
} from '../process';

/** Two threads that work, then tell how long the process was on a CPU (clock_gettime(2)), and wait. */
const BUSY = `
import sys, threading, time
def work():
    end = time.thread_time() + 0.1
    while time.thread_time() < end: pass
def other():
    work()
    done.release()
    sys.stdin.read()
done = threading.Semaphore(0)
threading.Thread(target=other).start()
work()
done.acquire()
print(time.process_time_ns(), flush=True)
sys.stdin.read()
`;

describe('the process', () => {
  it('lists the threads that ps lists', () => {
    const ps = execFileSync(
      'ps',
      ['-L', '-o', 'lwp=', '-p', String(process.pid)],
      {
        encoding: 'utf8'
      }
    );
    const tids = ps.trim().split(/\s+/).map(Number);
    const threads = listThreads(process.pid);
    // Node sorts names as texts (libuv, uv_fs_scandir): 10000 comes before 9999.
    const found = threads.map(thread => thread.tid);
    expect(found.sort((a, b) => a - b)).toEqual(tids.sort((a, b) => a - b));
    expect(threads.every(thread => thread.pid === process.pid)).toBe(true);
    // The thread that reads is running.
    expect(threads.find(thread => thread.tid === process.pid)?.running).toBe(
      true
    );
  });

  it('knows a process by its start time until it has ended', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    const start = processStartTime(pid);
    expect(Number(start)).toBeGreaterThan(0);
    expect(processStartTime(pid)).toBe(start);
    const ended = new Promise(resolve => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(processStartTime(pid)).toBeUndefined();
    expect(listThreads(pid)).toEqual([]);
  });

  it('knows how long a process was on a CPU, all threads together', async () => {
    const program = spawn('python3', ['-c', BUSY], {
      stdio: ['pipe', 'pipe', 'inherit']
    });
    try {
      const text = await new Promise(resolve =>
        program.stdout.once('data', resolve)
      );
      const pid = program.pid ?? 0;
      // What it used since it told is little; its other thread has not ended.
      const used = Number(text);
      const time = processCpuTime(pid) ?? 0;
      expect(time).toBeGreaterThanOrEqual(used);
      expect(time).toBeLessThan(1.2 * used + 20e6);
    } finally {
      program.kill('SIGKILL');
    }
    expect(processCpuTime(0x7fffffff)).toBeUndefined();
  });

  it('finds the executable among the mappings', () => {
    const node = readFileMappings(process.pid).find(
      mapping => mapping.executable && mapping.path === process.execPath
    );
    expect(node?.end).toBeGreaterThan(node?.start ?? 0);
  });
});

describe('the environment', () => {
  it.each([
    ['0', 1],
    ['0-3', 4],
    ['0-3,8,10-11', 7],
    ['', 0]
  ])('counts the CPUs of %j', (list, count) => {
    expect(countCpuList(list)).toBe(count);
  });

  it('agrees with nproc, which heeds the affinity', () => {
    const usable = Number(execFileSync('nproc', { encoding: 'utf8' }));
    expect(readEnvironment(process.pid).cpus_usable).toBe(usable);
    const online = execFileSync('getconf', ['_NPROCESSORS_ONLN'], {
      encoding: 'utf8'
    });
    expect(onlineCpus()).toBe(Number(online));
  });

  it('names the machine as uname does', () => {
    const machine = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim();
    expect(readEnvironment(process.pid).machine).toBe(machine);
  });
});
