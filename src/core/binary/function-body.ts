/** The code of one function, with what its calls mean to the choice of probe sites. */
import type { Address } from '../units';
import type { Callees } from './callees';
import type { ElfFile, ElfSymbol } from './elf';
import type { Instruction } from './instruction';
import { machineOf } from './machine';
import { siteAt, unrecognised } from './probe-site';
import type { ProbeSite } from './probe-site';
import { UnwindTable } from './unwind-table';

export type Role =
  | 'timedwait'
  | 'wait'
  | 'signal'
  | 'lock'
  | 'unlock'
  | 'semwait'
  | 'semtry'
  /** It doesn't return: what stands behind the call is other code. */
  | 'ends';

/** By name without leading underscores: static glibc has `___pthread_cond_wait` and the like. */
const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['pthread_cond_timedwait', 'timedwait'],
  // Python/condvar.h: a function of its own in builds without -O2.
  ['PyCOND_TIMEDWAIT', 'timedwait'],
  ['pthread_cond_wait', 'wait'],
  ['pthread_cond_signal', 'signal'],
  ['pthread_mutex_lock', 'lock'],
  ['pthread_mutex_unlock', 'unlock'],
  ['sem_wait', 'semwait'],
  ['sem_timedwait', 'semwait'],
  ['sem_clockwait', 'semwait'],
  // Static glibc: sem_wait@@GLIBC_2.2.5 is an alias of it, and the symbol table may have it first.
  ['new_sem_wait', 'semwait'],
  ['sem_trywait', 'semtry'],
  ['new_sem_trywait', 'semtry'],
  ['Py_FatalError', 'ends'],
  ['Py_FatalErrorFunc', 'ends'],
  ['Py_FatalErrorFormat', 'ends'],
  ['PyThread_exit_thread', 'ends'],
  ['PyThread_hang_thread', 'ends'],
  ['pthread_exit', 'ends'],
  ['abort', 'ends']
]);

export function roleOf(name: string): Role | undefined {
  return ROLES.get(name.replace(/^_+/, ''));
}

export interface FunctionBody {
  readonly symbol: ElfSymbol;
  readonly code: readonly Instruction[];
  /** Address → index into `code`. */
  readonly at: ReadonlyMap<Address, number>;
  /** What the call at that index into `code` does, if it is one that matters here. */
  readonly roles: readonly (Role | undefined)[];
}

/**
 * The functions whose name matches, in the order of their addresses. What a separate debug file names must begin where
 * the file's own unwind table has something begin: a probe in the middle of an instruction would end the process.
 *
 * @param name - to be matched against a symbol's whole name; see `clonesOf`
 */
export function functionsNamed(elf: ElfFile, name: RegExp): ElfSymbol[] {
  const unwind = elf.hasAddedSymbols ? UnwindTable.of(elf) : undefined;
  return elf
    .symbols(other => name.test(other))
    .filter(symbol => symbol.defined && symbol.type === 'function')
    .filter(({ address }) => unwind?.beginsAt(address) ?? true)
    .sort((left, right) => left.address - right.address);
}

/**
 * Matches the functions and the clones that gcc makes of them; `.cold` (the unlikely tail of one)
 * is not among them.
 */
export function clonesOf(...names: string[]): RegExp {
  return new RegExp(
    `^(${names.join('|')})(\\.(lto_priv|constprop|isra|part)\\.\\d+)*$`
  );
}

/**
 * @throws SiteError if the symbol has no size
 * @throws ElfError if the file is damaged
 */
export function readBody(
  elf: ElfFile,
  symbol: ElfSymbol,
  callees: Callees
): FunctionBody {
  if (symbol.size === 0) {
    throw unrecognised(elf, symbol.name, 'its size in the symbol table');
  }
  const bytes = elf.read(symbol.address, symbol.size);
  const code = machineOf(elf).disassemble(bytes, symbol.address);
  return {
    symbol,
    code,
    at: new Map(code.map((instruction, index) => [instruction.address, index])),
    roles: code.map(instruction =>
      instruction.flow === 'call' ? roleOfCall(instruction, callees) : undefined
    )
  };
}

function roleOfCall(call: Instruction, callees: Callees): Role | undefined {
  const name = callees.nameOf(call);
  if (name !== undefined) {
    return roleOf(name);
  }
  return callees.neverReturns(call) ? 'ends' : undefined;
}

/** Indexes of the calls with that role. */
export function callsOf(body: FunctionBody, role: Role): number[] {
  return body.code.flatMap((_, index) =>
    body.roles[index] === role ? [index] : []
  );
}

/** Indexes of the instructions that may run next. */
export function successors(body: FunctionBody, index: number): number[] {
  const { flow, target } = body.code[index];
  const jumpsTo =
    (flow === 'jump' || flow === 'branch') && target !== undefined
      ? body.at.get(target)
      : undefined;
  const falls = flow === 'next' || flow === 'call' || flow === 'branch';
  return [
    ...(falls ? [index + 1] : []),
    ...(jumpsTo === undefined ? [] : [jumpsTo])
  ];
}

/** True for a jump to other code, or to an unknown place. */
export function leaves(body: FunctionBody, index: number): boolean {
  const { flow, target } = body.code[index];
  return flow === 'jump' && (target === undefined || !body.at.has(target));
}

/**
 * The first jump after a call: the conditional one that tests the call's result, or one that leads to a
 * test which other calls share.
 *
 * @param call - index of the call
 * @param what - its name, for the message
 * @throws SiteError if there is none before the next call, the end, or where other code jumps to
 */
export function jumpBehind(
  elf: ElfFile,
  body: FunctionBody,
  call: number,
  what: string
): ProbeSite {
  const targets = new Set(body.code.map(({ target }) => target));
  let index = call + 1;
  while (index < body.code.length) {
    const { flow, probe, address } = body.code[index];
    if (targets.has(address)) {
      // Others come here, too.
      break;
    }
    const isJump =
      (flow === 'branch' && probe === 'jcc') ||
      (flow === 'jump' && probe === 'jmp');
    if (isJump) {
      return siteAt(elf, body, index);
    }
    if (flow !== 'next') {
      break;
    }
    index++;
  }
  throw unrecognised(elf, body.symbol.name, `a jump after the call of ${what}`);
}

/**
 * The call itself if the kernel emulates it, else the nearest emulated instruction that runs exactly
 * when the call runs: before it in the same block.
 *
 * @param call - index of the call
 * @returns an index into `body.code`, or undefined if that block has no emulated instruction
 */
export function emulatedBefore(
  body: FunctionBody,
  call: number
): number | undefined {
  const targets = new Set(body.code.map(({ target }) => target));
  for (let index = call; index >= 0; index--) {
    const { flow, probe, address } = body.code[index];
    const inBlock =
      index === call ||
      flow === 'next' ||
      (flow === 'call' && body.roles[index] !== 'ends');
    if (!inBlock) {
      break;
    }
    if (probe !== 'stepped') {
      return index;
    }
    if (targets.has(address)) {
      break;
    }
  }
  return undefined;
}
