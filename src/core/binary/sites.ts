/**
 * Where the probes of the GIL stand, found by decoding take_gil and drop_gil of CPython 3.8 to 3.13
 * (Python/ceval_gil.h, from 3.12 on Python/ceval_gil.c).
 *
 * A site lies outside the hold wherever possible: a probe that fires while the GIL or its mutex is
 * held lengthens the hold and invents contention. And it is an instruction that the kernel emulates
 * (see emulated.ts).
 */
import type { Address } from '../units';
import { Callees } from './callees';
import { disassemble } from './disassembly';
import type { ArgumentRegister, Instruction } from './disassembly';
import type { ElfFile, ElfSymbol } from './elf';
import type { InstructionClass } from './emulated';

export type SiteErrorCode =
  /** take_gil or drop_gil has no symbol: the file is stripped. */
  | 'no-symbols'
  /** The symbols are there, the code isn't what this program knows. */
  | 'unrecognised-code';

/** No probe sites. `message` is one line that names the file, what is missing, and the fix. */
export class SiteError extends Error {
  constructor(
    readonly code: SiteErrorCode,
    message: string
  ) {
    super(message);
    this.name = 'SiteError';
  }
}

/** One address for a uprobe. */
export interface ProbeSite {
  /** What uprobe_events wants: PATH:0xOFFSET. */
  readonly fileOffset: number;
  /** In the file's own address space, before any load bias. */
  readonly address: Address;
  /** How the kernel executes it; `stepped` costs ten times as much. */
  readonly instruction: InstructionClass;
  /** Symbol of the body it lies in. */
  readonly body: string;
}

export interface RequestSite extends ProbeSite {
  /** Holds the PyThreadState of the thread that asks for the GIL. */
  readonly threadState: ArgumentRegister;
}

/** Sites by what they mean; several of a kind where the compiler made several bodies or copies. */
export interface GilSites {
  /** A thread asks for the GIL: entry of take_gil. */
  readonly request: readonly RequestSite[];
  /** A waiting thread woke: the GIL is free (gil->locked 0) or one switch interval passed. */
  readonly wake: readonly ProbeSite[];
  /** A thread released the GIL and gil->mutex. */
  readonly drop: readonly ProbeSite[];
  /**
   * A thread that released the GIL on request starts to wait until another has taken it (forced
   * switch). The one site that may be `stepped`: a call through memory (-fno-plt) in a block that
   * has no emulated instruction. It is hit at most once per switch interval.
   */
  readonly yield: readonly ProbeSite[];
  /** The end of that wait. */
  readonly yieldEnd: readonly ProbeSite[];
}

/**
 * Clones that gcc makes of a function; `.cold` (the unlikely tail of one) is not among them.
 * drop_gil_impl is 3.13's inner half of drop_gil, a function of its own in builds without -O2.
 */
const BODY =
  /^(take_gil|drop_gil|drop_gil_impl)(\.(lto_priv|constprop|isra|part)\.\d+)*$/;

type Role =
  | 'timedwait'
  | 'wait'
  | 'signal'
  | 'lock'
  | 'unlock'
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
  ['Py_FatalError', 'ends'],
  ['Py_FatalErrorFunc', 'ends'],
  ['Py_FatalErrorFormat', 'ends'],
  ['PyThread_exit_thread', 'ends'],
  ['PyThread_hang_thread', 'ends'],
  ['pthread_exit', 'ends'],
  ['abort', 'ends']
]);

interface Body {
  readonly symbol: ElfSymbol;
  readonly code: readonly Instruction[];
  /** Address → index into `code`. */
  readonly at: ReadonlyMap<Address, number>;
  readonly roles: readonly (Role | undefined)[];
}

/**
 * Finds the probe sites in libpython or a Python executable.
 *
 * @param elf - the file that holds take_gil
 * @throws SiteError if the file is stripped or its code isn't recognised
 * @throws ElfError if the file is damaged
 */
export function findGilSites(elf: ElfFile): GilSites {
  const bodies = elf
    .symbols(name => BODY.test(name))
    .filter(symbol => symbol.defined && symbol.type === 'function')
    .sort((left, right) => left.address - right.address);
  const takes = bodies.filter(({ name }) => name.startsWith('take_gil'));
  const drops = bodies.filter(({ name }) => name.startsWith('drop_gil'));
  const missing = [
    ...(takes.length === 0 ? ['take_gil'] : []),
    ...(drops.length === 0 ? ['drop_gil'] : [])
  ];
  if (missing.length > 0) {
    throw new SiteError(
      'no-symbols',
      `${elf.name}: no symbol ${missing.join(' and ')}${elf.hasSymbolTable ? '' : ' (the file is stripped)'}; use a Python that keeps its symbols, for example one built by pyenv`
    );
  }
  const callees = new Callees(elf, name => roleOf(name) !== undefined);
  const decode = (symbol: ElfSymbol): Body => readBody(elf, symbol, callees);
  return sitesOf(elf, takes.map(decode), drops.map(decode));
}

function sitesOf(
  elf: ElfFile,
  takes: readonly Body[],
  drops: readonly Body[]
): GilSites {
  // A body without the wait only leads to one that has it (gcc's partial inlining), and one without
  // the unlock to drop_gil_impl: a probe there would count the same event twice.
  const waiting = takes.filter(body => body.roles.includes('timedwait'));
  if (waiting.length === 0) {
    throw unrecognised(elf, 'take_gil', 'a call of pthread_cond_timedwait');
  }
  const releases = drops.map(body => ({ body, unlocks: unlocksOf(body) }));
  const drop = releases.flatMap(({ body, unlocks }) =>
    unlocks.map(index => branchBehind(elf, body, index, 'the unlock'))
  );
  if (drop.length === 0) {
    throw unrecognised(
      elf,
      'drop_gil',
      'a call of pthread_mutex_unlock after pthread_cond_signal'
    );
  }
  const yields = drops.flatMap(body =>
    callsOf(body, 'wait').map(index => ({ body, index }))
  );
  if (yields.length === 0) {
    throw unrecognised(elf, 'drop_gil', 'a call of pthread_cond_wait');
  }
  return {
    request: waiting.map(body => requestOf(elf, body)),
    wake: distinct(
      waiting.flatMap(body =>
        callsOf(body, 'timedwait').map(index =>
          branchBehind(elf, body, index, 'pthread_cond_timedwait')
        )
      )
    ),
    drop: distinct(drop),
    yield: distinct(
      yields.map(({ body, index }) =>
        site(elf, body, emulatedBefore(body, index))
      )
    ),
    yieldEnd: distinct(
      yields.map(({ body, index }) =>
        branchBehind(elf, body, index, 'pthread_cond_wait')
      )
    )
  };
}

function readBody(elf: ElfFile, symbol: ElfSymbol, callees: Callees): Body {
  if (symbol.size === 0) {
    throw unrecognised(elf, symbol.name, 'its size in the symbol table');
  }
  const bytes = elf.read(symbol.address, symbol.size);
  const code = disassemble(bytes, symbol.address);
  return {
    symbol,
    code,
    at: new Map(code.map((instruction, index) => [instruction.address, index])),
    roles: code.map(instruction => {
      const name =
        instruction.flow === 'call' ? callees.nameOf(instruction) : undefined;
      return name === undefined ? undefined : roleOf(name);
    })
  };
}

function roleOf(name: string): Role | undefined {
  return ROLES.get(name.replace(/^_+/, ''));
}

function callsOf(body: Body, role: Role): number[] {
  return body.code.flatMap((_, index) =>
    body.roles[index] === role ? [index] : []
  );
}

/**
 * Entry of take_gil, or the first emulated instruction that is reached from there in a straight
 * line, with the thread state still in its register and no jump back to it.
 */
function requestOf(elf: ElfFile, body: Body): RequestSite {
  const threadState = threadStateOf(elf, body);
  const targets = new Set(body.code.map(({ target }) => target));
  for (let index = 0; index < body.code.length; index++) {
    const instruction = body.code[index];
    if (index > 0 && targets.has(instruction.address)) {
      break;
    }
    if (instruction.probe !== 'stepped') {
      return { ...site(elf, body, index), threadState };
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
 * take_gil(tstate) has it in di; 3.8's take_gil(ceval, tstate) in si, but in di again in the clone
 * where gcc dropped the constant `ceval`. What the code reads before it writes tells: no compiler
 * reads an argument that isn't there.
 */
function threadStateOf(elf: ElfFile, body: Body): ArgumentRegister {
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
  return read.has('si') ? 'si' : 'di';
}

/**
 * The calls that unlock gil->mutex: those reached from the signal of gil->cond before any lock is
 * taken. (The unlock of gil->switch_mutex comes behind its lock.)
 */
function unlocksOf(body: Body): number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const open = callsOf(body, 'signal').map(index => index + 1);
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen.has(index) || index >= body.code.length) {
      continue;
    }
    seen.add(index);
    const role = body.roles[index];
    if (role === 'unlock') {
      found.add(index);
    } else if (role !== 'lock' && role !== 'ends') {
      open.push(...successors(body, index));
    }
  }
  return [...found];
}

function successors(body: Body, index: number): number[] {
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

/** The first conditional jump after a call, which tests the call's result. */
function branchBehind(
  elf: ElfFile,
  body: Body,
  call: number,
  what: string
): ProbeSite {
  const seen = new Set<number>();
  let index = call + 1;
  while (index < body.code.length && !seen.has(index)) {
    seen.add(index);
    const { flow, probe } = body.code[index];
    if (flow === 'branch' && probe === 'jcc') {
      return site(elf, body, index);
    }
    const next =
      flow === 'next' || flow === 'jump' ? successors(body, index) : [];
    if (next.length === 0) {
      break;
    }
    index = next[0];
  }
  throw unrecognised(
    elf,
    body.symbol.name,
    `a conditional jump after the call of ${what}`
  );
}

/**
 * The call itself if the kernel emulates it, else the nearest emulated instruction that runs exactly
 * when the call runs: before it in the same block. Else the call.
 */
function emulatedBefore(body: Body, call: number): number {
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
  return call;
}

function site(elf: ElfFile, body: Body, index: number): ProbeSite {
  const { address, probe } = body.code[index];
  const fileOffset = elf.fileOffset(address);
  if (fileOffset === undefined) {
    throw unrecognised(elf, body.symbol.name, 'its code in the file');
  }
  return {
    fileOffset,
    address,
    instruction: probe,
    body: body.symbol.name
  };
}

function distinct(sites: readonly ProbeSite[]): ProbeSite[] {
  return [
    ...new Map(sites.map(found => [found.fileOffset, found])).values()
  ].sort((left, right) => left.fileOffset - right.fileOffset);
}

function unrecognised(elf: ElfFile, body: string, missing: string): SiteError {
  return new SiteError(
    'unrecognised-code',
    `${elf.name}: ${body} is built in a way that giltracer doesn't know: no sign of ${missing}; use a CPython 3.8 to 3.13 built by pyenv, or report this file's build`
  );
}
