/**
 * take_gil and drop_gil in a file that doesn't name them, and copies of them in other functions: link-time
 * optimisation makes half a dozen of drop_gil (Debian's Pythons).
 *
 * They are told by what they do with the fields of one structure, struct _gil_runtime_state
 * (Include/internal/pycore_gil.h, the same in CPython 3.8 to 3.15): take_gil waits for `cond` with
 * `mutex`; drop_gil stores 0 in `locked`, signals `cond`, and waits for `switch_cond` with
 * `switch_mutex`. The structure has them at fixed distances, whatever the compiler made of the code. The
 * libraries that are linked into some Pythons have a mutex in front of its condition (liblzma, zstd).
 */
import type { Address } from '../units';
import { callsTo } from './call-scan';
import type { Callees } from './callees';
import { followData } from './data-flow';
import type { DataFlow } from './data-flow';
import type { ElfFile, ElfSymbol } from './elf';
import { functionColumns, symbolName } from './elf-symbols';
import { callsOf, leaves, readBody, roleOf, successors } from './function-body';
import type { FunctionBody, Role } from './function-body';
import { machineOf } from './machine';
import { UnwindTable } from './unwind-table';
import type { CodeRange } from './unwind-table';
import { distance } from './value-environment';
import type { Value } from './value-environment';

/** Distances in bytes: `last_holder` before `locked`, and behind it `switch_number` and `cond`. */
const LOCKED_TO_HOLDER = -8;
const LOCKED_TO_CONDITION = 16;
/** pthread_cond_t of glibc and musl. A mutex follows each of the two. */
const CONDITION_SIZE = 48;
const LOCKED_SIZE = 4;

const STACK_POINTER = 'sp';

/** Few functions call one of these, and all that take or drop the GIL do. */
const TELLING: ReadonlySet<Role | undefined> = new Set<Role>([
  'timedwait',
  'signal',
  'wait'
]);

/** What one piece of code does with the GIL, as indexes into `body.code`. */
export interface GilCode {
  readonly body: FunctionBody;
  /** Waits of take_gil for the GIL. */
  readonly timedWaits: readonly number[];
  /** Signals of drop_gil that the GIL is free. */
  readonly signals: readonly number[];
  /** Waits of drop_gil for the next holder. */
  readonly waits: readonly number[];
  /**
   * Where copies of take_gil begin, if the body is another function that has them: the calls that lock
   * gil->mutex. Absent if the body is take_gil.
   */
  readonly begins?: readonly TakeBegin[];
}

export interface TakeBegin {
  readonly call: number;
  /** The register that holds the PyThreadState there, as uprobe_events names it behind the `%`. */
  readonly threadState: string | undefined;
}

/** What take_gil or drop_gil does, known by its name. */
export function gilCodeOf(body: FunctionBody): GilCode {
  return {
    body,
    timedWaits: callsOf(body, 'timedwait'),
    signals: callsOf(body, 'signal'),
    waits: callsOf(body, 'wait')
  };
}

/**
 * All code of the file that takes or drops the GIL; in the order of addresses. Empty if the file has
 * no unwind table. Code that only waits, without a timeout, for a condition in front of its mutex may be a part of
 * drop_gil, or somebody else's.
 *
 * @param callees - knows the names that have a role
 * @throws ElfError if the file is damaged
 */
export function findGilCode(elf: ElfFile, callees: Callees): GilCode[] {
  const unwind = UnwindTable.of(elf);
  if (unwind === undefined) {
    return [];
  }
  const targets = callees.targets(name => TELLING.has(roleOf(name)));
  const ranges = new Map<Address, CodeRange>();
  for (const address of callsTo(elf, targets)) {
    const range = unwind.rangeAt(address);
    if (range !== undefined) {
      ranges.set(range.address, range);
    }
  }
  const names = functionNames(elf);
  return [...ranges.values()].flatMap(range => {
    const symbol = asFunction(range, names.get(range.address));
    return gilCodeIn(elf, readBody(elf, symbol, callees)) ?? [];
  });
}

/** Names of functions by address; of a stripped file only the exported ones. */
function functionNames(elf: ElfFile): ReadonlyMap<Address, string> {
  const names = new Map<Address, string>();
  for (const table of elf.symbolTables()) {
    const { count, address, symbol } = functionColumns(table);
    for (let index = 0; index < count; index++) {
      names.set(address[index], symbolName(table, symbol[index]));
    }
  }
  return names;
}

function asFunction(range: CodeRange, name: string | undefined): ElfSymbol {
  return {
    ...range,
    name: name ?? `code at 0x${range.address.toString(16)}`,
    type: 'function',
    defined: true
  };
}

/** What of the GIL a body does; undefined if nothing. */
function gilCodeIn(elf: ElfFile, body: FunctionBody): GilCode | undefined {
  const flow = followData(elf, body);
  const fields = new GilFields(elf, body, flow);
  const code = {
    body,
    timedWaits: callsOf(body, 'timedwait').filter(fields.waitsToTake),
    signals: callsOf(body, 'signal').filter(fields.signalsDrop),
    waits: callsOf(body, 'wait').filter(fields.waitsForPair)
  };
  const count =
    code.timedWaits.length + code.signals.length + code.waits.length;
  if (count === 0) {
    return undefined;
  }
  const locks = fields.locksOfTake(code.timedWaits);
  return locks.length === 0 || onlyTakes(body, flow, locks, code.signals)
    ? code
    : { ...code, begins: fields.begins(locks, code.timedWaits) };
}

/** The calls of a body, seen as calls with fields of the GIL. */
class GilFields {
  constructor(
    private readonly elf: ElfFile,
    private readonly body: FunctionBody,
    private readonly flow: DataFlow
  ) {}

  /** The call waits for a condition with the mutex that lies behind it. */
  readonly waitsForPair = (call: number): boolean => {
    const [condition, mutex] = this.argumentsOf(call);
    return distance(condition, mutex) === CONDITION_SIZE;
  };

  /** It waits for the condition that lies behind a word which the same code writes, as take_gil does. */
  readonly waitsToTake = (call: number): boolean => {
    const [condition] = this.argumentsOf(call);
    return (
      this.waitsForPair(call) &&
      this.flow.stores.some(
        ({ to, width }) =>
          width === LOCKED_SIZE &&
          distance(to, condition) === LOCKED_TO_CONDITION
      )
    );
  };

  /**
   * The call signals the condition that lies behind a word which the same code sets to 0, and before a
   * mutex that it locks or unlocks.
   */
  readonly signalsDrop = (call: number): boolean => {
    const [condition] = this.argumentsOf(call);
    const { body } = this;
    return (
      this.flow.stores.some(
        ({ to, width, value }) =>
          width === LOCKED_SIZE &&
          value.origin === '' &&
          value.offset === 0 &&
          distance(to, condition) === LOCKED_TO_CONDITION
      ) &&
      [...callsOf(body, 'lock'), ...callsOf(body, 'unlock')].some(
        other =>
          distance(condition, this.argumentsOf(other)[0]) === CONDITION_SIZE
      )
    );
  };

  /** The calls that lock gil->mutex for take_gil: from them a wait is reached before the unlock. */
  locksOfTake(timedWaits: readonly number[]): number[] {
    return callsOf(this.body, 'lock').filter(lock => {
      const passed = reached(this.body, [lock + 1], index =>
        ['unlock', 'ends'].includes(this.body.roles[index] ?? '')
      );
      return timedWaits.some(
        wait =>
          passed.has(wait) &&
          distance(this.argumentsOf(wait)[1], this.argumentsOf(lock)[0]) === 0
      );
    });
  }

  /** In which register each lock finds the value that becomes gil->last_holder. */
  begins(locks: readonly number[], timedWaits: readonly number[]): TakeBegin[] {
    const holders = timedWaits.flatMap(wait => {
      const [condition] = this.argumentsOf(wait);
      return this.flow.stores.filter(
        ({ to }) =>
          distance(to, condition) === LOCKED_TO_CONDITION - LOCKED_TO_HOLDER
      );
    });
    return locks.map(call => ({
      call,
      threadState: holders.flatMap(
        ({ value }) => this.flow.before.get(call)?.registersWith(value) ?? []
      )[0]
    }));
  }

  private argumentsOf(call: number): [Value, Value] {
    const environment = this.flow.before.get(call);
    const [first, second] = machineOf(this.elf).argumentRegisters.map(
      (register, nth) =>
        environment?.register(register) ?? { origin: `call ${nth}`, offset: 0 }
    );
    return [first, second];
  }
}

/** True if the function can neither return nor drop the GIL without passing one of the locks. */
function onlyTakes(
  body: FunctionBody,
  { entry, before }: DataFlow,
  locks: readonly number[],
  drops: readonly number[]
): boolean {
  const without = reached(
    body,
    [0],
    index => locks.includes(index) || body.roles[index] === 'ends'
  );
  // A jump to other code is a return from here if the stack is as it was on entry; else it leads to an
  // unlikely part of the same function.
  const atReturn = entry.register(STACK_POINTER);
  return [...without].every(index => {
    const stack = before.get(index)?.register(STACK_POINTER);
    const jumpsAway =
      leaves(body, index) &&
      (stack === undefined || distance(stack, atReturn) === 0);
    return (
      body.code[index].flow !== 'return' && !jumpsAway && !drops.includes(index)
    );
  });
}

/** Indexes that may run from `starts` on, up to those where `stops`. */
function reached(
  body: FunctionBody,
  starts: readonly number[],
  stops: (index: number) => boolean
): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [...starts];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (index < body.code.length && !seen.has(index)) {
      seen.add(index);
      if (!stops(index)) {
        open.push(...successors(body, index));
      }
    }
  }
  return seen;
}
