/** What the operating system says of the machine and of the traced process's share of it. */
import { readFileSync } from 'node:fs';
import { machine } from 'node:os';
import type { EnvironmentInfo } from '../../core/trace/document';

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}

/** Number of CPUs in a kernel CPU list such as `0-3,8`. */
export function countCpuList(list: string): number {
  let count = 0;
  for (const part of list.trim().split(',')) {
    const [first, last = first] = part.split('-').map(Number);
    if (part !== '' && Number.isInteger(first) && Number.isInteger(last)) {
      count += last - first + 1;
    }
  }
  return count;
}

/** CPUs that are online. */
export function onlineCpus(): number {
  return Math.max(
    1,
    countCpuList(readText('/sys/devices/system/cpu/online') ?? '0')
  );
}

/**
 * The tightest CPU quota of a process's cgroup and those above it, in CPUs; undefined if there is
 * none. Both hierarchies: cgroup v2 cpu.max, v1 cpu.cfs_quota_us.
 */
function cpuQuota(pid: number): number | undefined {
  let quota: number | undefined;
  const limit = (allowed: number, period: number): void => {
    if (allowed > 0 && period > 0) {
      quota = Math.min(quota ?? Infinity, allowed / period);
    }
  };
  for (const line of (readText(`/proc/${pid}/cgroup`) ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) {
      continue;
    }
    const version1 = controllers.split(',').includes('cpu');
    if (controllers !== '' && !version1) {
      continue;
    }
    const root = version1 ? '/sys/fs/cgroup/cpu' : '/sys/fs/cgroup';
    for (
      let folder = path;
      ;
      folder = folder.slice(0, folder.lastIndexOf('/'))
    ) {
      const place = `${root}${folder === '/' ? '' : folder}`;
      if (version1) {
        limit(
          Number(readText(`${place}/cpu.cfs_quota_us`)),
          Number(readText(`${place}/cpu.cfs_period_us`))
        );
      } else {
        const [allowed, period] = (readText(`${place}/cpu.max`) ?? '')
          .split(' ')
          .map(Number);
        limit(allowed, period);
      }
      if (folder === '' || folder === '/') {
        break;
      }
    }
  }
  return quota;
}

/** The environment of a process as the kernel shows it; what cannot be read is absent. */
export function readEnvironment(pid: number): EnvironmentInfo {
  const environment: EnvironmentInfo = { machine: machine() };
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(
    readText(`/proc/${pid}/status`) ?? ''
  );
  if (allowed) {
    environment.cpus_usable = countCpuList(allowed[1]);
  }
  const quota = cpuQuota(pid);
  if (quota !== undefined) {
    environment.cpu_quota = quota;
  }
  const governor = readText(
    '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'
  );
  if (governor) {
    environment.governor = governor;
  }
  const aslr = readText('/proc/sys/kernel/randomize_va_space');
  if (aslr !== undefined && aslr !== '') {
    environment.aslr = Number(aslr);
  }
  return environment;
}
