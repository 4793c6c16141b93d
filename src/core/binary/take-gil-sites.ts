/** take_gil: a thread asks for the GIL, waits for it, wakes. */
import type { ElfFile } from './elf';
import { jumpBehind, emulatedBefore } from './function-body';
import type { FunctionBody } from './function-body';
import type { GilCode } from './gil-code';
import type { ArgumentRegister } from './instruction';
import { machineOf } from './machine';
import { distinct, siteAt, unrecognised } from './probe-site';
import type { ProbeSite } from './probe-site';

export interface RequestSite extends ProbeSite {
  /**
   * Holds the PyThreadState of the thread that asks for the GIL: a register as uprobe_events names
   * it behind the `%`.
   */
  readonly threadState: string;
}

export interface TakeGilSites {
  /** A thread asks for the GIL: entry of take_gil, or where a copy of it in another function begins. */
  readonly request: readonly RequestSite[];
  /**
   * A thread is about to wait for the GIL, at most one switch interval long; it holds gil->mutex.
   * In the order of `wake`. Empty if one of these calls has no site that the kernel emulates
   * (-fno-plt): a stepped one would lengthen the time in which the mutex is held.
   */
  readonly wait: readonly ProbeSite[];
  /** A waiting thread woke: the GIL is free (gil->locked 0) or one switch interval passed. */
  readonly wake: readonly ProbeSite[];
}

/**
 * @param code - take_gil and its clones
 * @throws SiteError if none is built in a known way
 */
export function takeGilSites(
  elf: ElfFile,
  code: readonly GilCode[]
): TakeGilSites {
  // A body without the wait only leads to one that has it (gcc's partial inlining): a probe there
  // would count the same event twice.
  const waiting = code.filter(({ timedWaits }) => timedWaits.length > 0);
  if (waiting.length === 0) {
    throw unrecognised(elf, 'take_gil', 'a call of pthread_cond_timedwait');
  }
  const calls = waiting
    .flatMap(({ body, timedWaits }) =>
      timedWaits.map(call => ({
        wait: waitOf(elf, body, call),
        wake: jumpBehind(elf, body, call, 'pthread_cond_timedwait')
      }))
    )
    .sort((left, right) => left.wake.fileOffset - right.wake.fileOffset);
  return {
    request: distinct(waiting.flatMap(found => requestsOf(elf, found))),
    wait: calls.some(({ wait }) => wait === undefined)
      ? []
      : calls.flatMap(({ wait }) => wait ?? []),
    wake: distinct(calls.map(({ wake }) => wake))
  };
}

function requestsOf(elf: ElfFile, { body, begins }: GilCode): RequestSite[] {
  if (begins === undefined) {
    return [requestOf(elf, body)];
  }
  return begins.map(({ call, threadState }) => {
    if (threadState === undefined) {
      throw unrecognised(
        elf,
        body.symbol.name,
        'the PyThreadState in a register where it locks the mutex of the GIL'
      );
    }
    return { ...siteAt(elf, body, call), threadState };
  });
}

function waitOf(
  elf: ElfFile,
  body: FunctionBody,
  call: number
): ProbeSite | undefined {
  const index = emulatedBefore(body, call);
  return index === undefined ? undefined : siteAt(elf, body, index);
}

/**
 * Entry of take_gil, or the first emulated instruction that is reached from there in a straight
 * line, with the thread state still in its register and no jump back to it.
 */
function requestOf(elf: ElfFile, body: FunctionBody): RequestSite {
  const threadState = threadStateOf(elf, body);
  const targets = new Set(body.code.map(({ target }) => target));
  for (let index = 0; index < body.code.length; index++) {
    const instruction = body.code[index];
    if (index > 0 && targets.has(instruction.address)) {
      break;
    }
    if (instruction.probe !== 'stepped') {
      return { ...siteAt(elf, body, index), threadState };
    }
    if (
      instruction.flow !== 'next' ||
      instruction.writes.includes(threadState)
    ) {
      break;
    }
  }
  throw unrecognised(
    elf,
    body.symbol.name,
    'an instruction at its entry that the kernel emulates (push, nop, jump, call)'
  );
}

/**
 * take_gil(tstate) has it as first argument; 3.8's take_gil(ceval, tstate) as second, but as first
 * in the clone where gcc dropped the constant `ceval`. What the code reads before it writes tells: no compiler
 * reads an argument that isn't there.
 */
function threadStateOf(elf: ElfFile, body: FunctionBody): ArgumentRegister {
  const read = new Set<ArgumentRegister>();
  const written = new Set<ArgumentRegister>();
  for (const instruction of body.code) {
    instruction.reads
      .filter(register => !written.has(register))
      .forEach(register => read.add(register));
    instruction.writes.forEach(register => written.add(register));
    if (instruction.flow !== 'next' && instruction.flow !== 'branch') {
      break;
    }
  }
  if (read.size === 0) {
    throw unrecognised(
      elf,
      body.symbol.name,
      'a use of its argument before its first call'
    );
  }
  const [first, second] = machineOf(elf).argumentRegisters;
  return read.has(second) ? second : first;
}
