/** Functions that don't come back, known by their code: it has no way out. */
import type { Address } from '../units';
import type { ElfFile } from './elf';
import { machineOf } from './machine';
import { UnwindTable } from './unwind-table';

/** Those that matter only report an error and end the thread or the process. */
const LARGEST = 512;

export class NoReturn {
  private readonly unwind: UnwindTable | undefined;
  private readonly answers = new Map<Address, boolean>();

  constructor(private readonly elf: ElfFile) {
    this.unwind = UnwindTable.of(elf);
  }

  /**
   * True if the small function that begins at `address` has no return, and no jump to other code.
   *
   * @throws ElfError if the file is damaged
   */
  has(address: Address): boolean {
    let answer = this.answers.get(address);
    if (answer === undefined) {
      answer = this.look(address);
      this.answers.set(address, answer);
    }
    return answer;
  }

  private look(address: Address): boolean {
    const range = this.unwind?.rangeAt(address);
    if (range?.address !== address || range.size > LARGEST) {
      return false;
    }
    const { size } = range;
    const end = address + size;
    return machineOf(this.elf)
      .disassemble(this.elf.read(address, size), address)
      .every(({ flow, target }) => {
        const jumps = flow === 'jump' || flow === 'branch';
        const leaves =
          jumps && (target === undefined || target < address || target >= end);
        return flow !== 'return' && !leaves;
      });
  }
}
