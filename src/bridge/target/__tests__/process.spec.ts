import { execFileSync, spawn } from 'node:child_process';
import { countCpuList, onlineCpus, readEnvironment } from '../environment';
import { listThreads, processStartTime, readFileMappings } from '../process';

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
    expect(threads.map(thread => thread.tid)).toEqual(tids);
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
