/** From a native address to the name of the function it lies in. */
import type { Address } from '../units';
import type { ElfFile, SymbolTable } from './elf';
import { functionColumns, symbolName } from './elf-symbols';
import type { FunctionColumns } from './elf-symbols';
import { pltStubs } from './plt-stubs';
import type { PltStub } from './plt-stubs';

/** What gcc and clang append to the name of a clone or a part of a function. */
const CLONE =
  /(\.(constprop|isra|part|lto_priv|cold|localalias|ipa_ra|llvm)(\.\d+)?)+$/;

const STB_LOCAL = 0;
const STB_WEAK = 2;

/**
 * Functions of one file by address. Names are as the linker knows them: those of C++ and Rust stay
 * mangled.
 *
 * Sources, the first that is there: .symtab, also that of a debug file (see `ElfFile.addSymbols`); .dynsym
 * (exported functions only: an address in a local function has no name then). .gnu_debugdata is not
 * read here: unpacking it starts a program. Beside them the PLT stubs, as `NAME@plt`.
 */
export class NativeSymbols {
  private constructor(
    private readonly functions: FunctionIndex,
    private readonly stubs: readonly PltStub[],
    /** False if only exported functions are known. */
    readonly complete: boolean
  ) {}

  /**
   * Reads the tables; nothing of the file is read afterwards.
   *
   * @throws ElfError if a table of the file is damaged
   */
  static fromElf(elf: ElfFile): NativeSymbols {
    const tables = elf.symbolTables();
    const table = tables.find(({ full }) => full) ?? tables[0];
    return new NativeSymbols(
      new FunctionIndex(table),
      pltStubs(elf),
      table?.full ?? false
    );
  }

  /**
   * Name of the function that `address` lies in, without the suffixes of compiler clones
   * (`.constprop.0`, `.lto_priv.1`, `.cold`).
   *
   * @param address - in the file's own address space (that of the process minus the load bias)
   * @returns undefined if it lies in none that has a symbol with a size
   */
  nameAt(address: Address): string | undefined {
    const name = this.functions.nameAt(address);
    if (name !== undefined) {
      return name.replace(CLONE, '');
    }
    const index = lastAtOrBelow(
      this.stubs.length,
      middle => this.stubs[middle].address,
      address
    );
    const stub = this.stubs[index];
    return stub !== undefined && address < stub.address + stub.size
      ? `${stub.name}@plt`
      : undefined;
  }

  /** How many functions have a name, PLT stubs not counted. */
  get size(): number {
    return this.functions.count;
  }
}

/** The functions of one table, sorted by address. */
class FunctionIndex {
  readonly count: number;
  private readonly start: Float64Array;
  private readonly end: Float64Array;
  /** The highest `end` so far: functions may lie within others (hand-written assembler). */
  private readonly reach: Float64Array;
  private readonly symbol: Uint32Array;

  constructor(private readonly table: SymbolTable | undefined) {
    const columns = table === undefined ? undefined : functionColumns(table);
    const count = columns?.count ?? 0;
    this.count = count;
    this.start = new Float64Array(count);
    this.end = new Float64Array(count);
    this.reach = new Float64Array(count);
    this.symbol = new Uint32Array(count);
    if (table === undefined || columns === undefined) {
      return;
    }
    const order = sortedByAddress(table, columns);
    let reach = 0;
    for (let index = 0; index < count; index++) {
      const from = order[index];
      const end = columns.address[from] + columns.size[from];
      reach = Math.max(reach, end);
      this.start[index] = columns.address[from];
      this.end[index] = end;
      this.reach[index] = reach;
      this.symbol[index] = columns.symbol[from];
    }
  }

  /** The symbol's name as it is. */
  nameAt(address: Address): string | undefined {
    const { table, end, reach, start } = this;
    let index = lastAtOrBelow(this.count, middle => start[middle], address);
    while (index >= 0 && reach[index] > address) {
      if (end[index] > address) {
        return table === undefined
          ? undefined
          : symbolName(table, this.symbol[index]);
      }
      index--;
    }
    return undefined;
  }
}

/**
 * Indexes into the columns, by address. Of several names of one address the one to show comes last,
 * chosen as perf does (tools/perf/util/symbol.c, choose_best_symbol()): not weak, not local, fewer
 * leading underscores, longer.
 */
function sortedByAddress(
  table: SymbolTable,
  { count, address, symbol, binding }: FunctionColumns
): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const nameOf = (index: number): string => symbolName(table, symbol[index]);
  const preference = (left: number, right: number): number =>
    Number(binding[right] === STB_WEAK) - Number(binding[left] === STB_WEAK) ||
    Number(binding[right] === STB_LOCAL) -
      Number(binding[left] === STB_LOCAL) ||
    underscores(nameOf(right)) - underscores(nameOf(left)) ||
    nameOf(left).length - nameOf(right).length;
  return order.sort(
    (left, right) => address[left] - address[right] || preference(left, right)
  );
}

function underscores(name: string): number {
  return name.length - name.replace(/^_+/, '').length;
}

/** The last index whose value is at most `wanted`, or -1; values ascend. */
function lastAtOrBelow(
  count: number,
  valueAt: (index: number) => number,
  wanted: number
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) <= wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}
