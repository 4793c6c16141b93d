/** May the memory of the traced process be read, as the sampler does? */
import { readFileSync, statSync } from 'node:fs';
import { errorCode, errorMessage } from '../failure';
import { ProcessMemory } from '../memory/process-memory';
import { readFileMappings } from '../target/process';
import { available, missing, type Finding, type Fix } from './finding';
import type { Privileges } from './privileges';

const ELF_MAGIC = '\x7fELF';

/** Reads the first bytes of a mapped program, and in which system call the main thread is. */
export function tryMemory(pid: number, privileges: Privileges): Finding {
  try {
    const program = readFileMappings(pid).find(({ offset }) => offset === 0);
    if (program === undefined) {
      return missing(`process ${pid} maps no file`, 'other-machine');
    }
    const memory = new ProcessMemory(pid);
    try {
      const bytes = memory.read(program.start, ELF_MAGIC.length);
      if (String.fromCharCode(...bytes) !== ELF_MAGIC) {
        return missing(
          `what was read at 0x${program.start.toString(16)} is not what ${program.path} holds`,
          'other-kernel'
        );
      }
    } finally {
      memory.close();
    }
    readFileSync(`/proc/${pid}/task/${pid}/syscall`);
    return available(`/proc/${pid}/mem and its threads' states were read`);
  } catch (error) {
    return refusal(pid, error, privileges);
  }
}

function refusal(pid: number, error: unknown, privileges: Privileges): Finding {
  return ['EACCES', 'EPERM'].includes(errorCode(error))
    ? explainRefusal(readProcess(pid), privileges)
    : missing(
        `the memory of process ${pid} can't be read: ${errorMessage(error)}`,
        'other-kernel'
      );
}

/** What decides on access to a process. */
export interface ClosedProcess {
  pid: number;
  /** Real, effective and saved user; empty if they can't be read. */
  users: readonly number[];
  /** prctl(2), PR_GET_DUMPABLE. */
  dumpable: boolean;
}

function readProcess(pid: number): ClosedProcess {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const users = (/^Uid:\s*(.*)$/m.exec(status)?.[1] ?? '')
      .split('\t')
      .slice(0, 3)
      .map(Number);
    // proc(5): the files of a process that is not dumpable belong to root (its folder does not: task_dump_owner).
    const dumpable = statSync(`/proc/${pid}/mem`).uid === users[1];
    return { pid, users, dumpable };
  } catch {
    return { pid, users: [], dumpable: true };
  }
}

/** Why the kernel refused: ptrace(2), "Ptrace access mode checking". */
export function explainRefusal(
  { pid, users, dumpable }: ClosedProcess,
  { uid, yama }: Privileges
): Finding {
  const because = (why: string, fix: Fix): Finding =>
    missing(`the memory of process ${pid} may not be read: ${why}`, fix);
  if (users.some(user => user !== uid)) {
    return because(
      `it runs as user ${users[0]}, the tracer as user ${uid}`,
      'same-user'
    );
  }
  if (!dumpable) {
    return because(
      'it is not dumpable (PR_SET_DUMPABLE, or a program that may only be executed)',
      'open-process'
    );
  }
  switch (yama) {
    case 1:
      return because(
        'kernel.yama.ptrace_scope is 1, and the process could not make an exception for its tracer',
        'relax-yama'
      );
    case 2:
      return because(
        'kernel.yama.ptrace_scope is 2: only root may read it',
        'relax-yama'
      );
    case 3:
      return because(
        'kernel.yama.ptrace_scope is 3: nobody may read it until the machine is started again',
        'restart-machine'
      );
    default:
      return because(
        'it has capabilities that the tracer has not, or a security module forbids it',
        'same-rights'
      );
  }
}
