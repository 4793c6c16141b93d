/**
 * What /proc tells of the traced process. Formats: proc(5).
 */
import { readFileSync, readdirSync } from 'node:fs';
import type { Nanoseconds } from '../../core/units';

/** One thread of the process, as it is at the moment of reading. */
export interface TargetThread {
  pid: number;
  tid: number;
  comm: string;
  /** State R in /proc/PID/task/TID/stat: on a CPU or ready to run. */
  running: boolean;
}

interface StatFields {
  comm: string;
  state: string;
  /** Clock ticks since boot; with the pid it names a process for good. */
  startTime: string;
}

function readStat(path: string): StatFields | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
  // comm may hold blanks and brackets: it ends at the last ')'.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const rest = text.slice(close + 2).split(' ');
  // Field 3 is the state, field 22 the start time.
  return {
    comm: text.slice(open + 1, close),
    state: rest[0],
    startTime: rest[19]
  };
}

/** All threads of a process; empty if it has ended. */
export function listThreads(pid: number): TargetThread[] {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const threads: TargetThread[] = [];
  for (const name of names) {
    const stat = readStat(`/proc/${pid}/task/${name}/stat`);
    if (stat) {
      threads.push({
        pid,
        tid: Number(name),
        comm: stat.comm,
        running: stat.state === 'R'
      });
    }
  }
  return threads;
}

/** Start time of a process in clock ticks, undefined if it has ended (a zombie counts as ended). */
export function processStartTime(pid: number): string | undefined {
  const stat = readStat(`/proc/${pid}/stat`);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X'
    ? undefined
    : stat.startTime;
}

/**
 * Time on a CPU of all threads that a process has now, undefined if it has ended or the kernel doesn't tell. From
 * schedstat (Documentation/scheduler/sched-stats.rst): the times of /proc/PID/stat are rounded to 10 ms.
 */
export function processCpuTime(pid: number): Nanoseconds | undefined {
  let time = 0;
  for (const { tid } of listThreads(pid)) {
    try {
      const path = `/proc/${pid}/task/${tid}/schedstat`;
      time += Number(readFileSync(path, 'latin1').split(' ')[0]);
    } catch {
      // That thread has ended, or the kernel has no such file.
    }
  }
  // Without delay accounting the kernel writes zeros (fs/proc/base.c, proc_pid_schedstat).
  return time > 0 ? time : undefined;
}

/** One line of /proc/PID/maps that maps a file. */
export interface FileMapping {
  start: number;
  end: number;
  executable: boolean;
  /** Offset in the file that `start` shows. */
  offset: number;
  /** Device and inode: the same for each name of a file. */
  file: string;
  path: string;
}

/**
 * The file mappings of a process.
 * @throws the system's error if the process is gone or may not be read.
 */
export function readFileMappings(pid: number): FileMapping[] {
  const mappings: FileMapping[] = [];
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
    const match =
      /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+)\s+(\/.*)$/.exec(
        line
      );
    if (match && match[6] !== '0') {
      mappings.push({
        start: parseInt(match[1], 16),
        end: parseInt(match[2], 16),
        executable: match[3][2] === 'x',
        offset: parseInt(match[4], 16),
        file: `${match[5]}:${match[6]}`,
        path: match[7]
      });
    }
  }
  return mappings;
}
