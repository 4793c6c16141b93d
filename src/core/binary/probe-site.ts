/** What a probe site is, and the error of a file that has none. */
import type { Address } from '../units';
import type { ElfFile } from './elf';
import type { FunctionBody } from './function-body';
import type { InstructionClass } from './instruction';

export type SiteErrorCode =
  /** There is no take_gil or drop_gil, by name or by what it does. */
  | 'not-found'
  /** It is there, its code isn't what this program knows. */
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

/**
 * The site at one instruction.
 *
 * @param index - into `body.code`
 * @throws SiteError if the instruction is not in the file
 */
export function siteAt(
  elf: ElfFile,
  body: FunctionBody,
  index: number
): ProbeSite {
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

/** Each address once, in the order of the file. */
export function distinct<Site extends ProbeSite>(
  sites: readonly Site[]
): Site[] {
  return [
    ...new Map(sites.map(found => [found.fileOffset, found])).values()
  ].sort((left, right) => left.fileOffset - right.fileOffset);
}

/**
 * @param body - the function
 * @param missing - what its code should have
 */
export function unrecognised(
  elf: ElfFile,
  body: string,
  missing: string
): SiteError {
  return new SiteError(
    'unrecognised-code',
    `${elf.name}: ${body} is built in a way that giltracer doesn't know: no sign of ${missing}; use a CPython 3.8 to 3.15 built by pyenv, or report this file's build`
  );
}
