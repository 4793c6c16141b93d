/**
 * Where the probes of the GIL stand, found by decoding take_gil and drop_gil of CPython 3.8 to 3.15
 * (Python/ceval_gil.h, from 3.12 on Python/ceval_gil.c).
 *
 * A site lies outside the hold wherever possible: a probe that fires while the GIL or its mutex is
 * held lengthens the hold and invents contention. And it is an instruction that the kernel emulates
 * (see emulated.ts).
 */
import { Callees } from './callees';
import { dropGilSites } from './drop-gil-sites';
import type { DropGilSites } from './drop-gil-sites';
import type { ElfFile } from './elf';
import { clonesOf, functionsNamed, readBody, roleOf } from './function-body';
import { findGilCode, gilCodeOf } from './gil-code';
import type { GilCode } from './gil-code';
import { SiteError } from './probe-site';
import { takeGilSites } from './take-gil-sites';
import type { TakeGilSites } from './take-gil-sites';

export { SiteError } from './probe-site';
export type { ProbeSite, SiteErrorCode } from './probe-site';
export type { RequestSite } from './take-gil-sites';

/** Sites by what they mean; several of a kind where the compiler made several bodies or copies. */
export interface GilSites extends TakeGilSites, DropGilSites {}

const TAKE = clonesOf('take_gil');
/** drop_gil_impl is 3.13's inner half, a function of its own in builds without -O2. */
const DROP = clonesOf('drop_gil', 'drop_gil_impl');

/**
 * Finds the probe sites in libpython or a Python executable.
 *
 * @param elf - the file that holds take_gil
 * @throws SiteError if there is no take_gil or drop_gil in it, or their code isn't recognised
 * @throws ElfError if the file is damaged
 */
export function findGilSites(elf: ElfFile): GilSites {
  const callees = new Callees(elf, name => roleOf(name) !== undefined);
  const named = (names: RegExp): GilCode[] =>
    functionsNamed(elf, names).map(symbol =>
      gilCodeOf(readBody(elf, symbol, callees))
    );
  const takes = named(TAKE);
  const drops = named(DROP);
  // Stripped files name neither, and link-time optimisation makes copies in other functions.
  const others = findGilCode(elf, callees);
  if (takes.length === 0 || drops.length === 0) {
    return sitesOf(elf, takes, drops, others);
  }
  // Where names tell, nothing that merely looks like the GIL's code is a reason to refuse; and if a copy was left out
  // that belongs to it, the trust test will tell.
  const fits = (more: readonly GilCode[]): boolean => {
    try {
      sitesOf(elf, takes, drops, more);
      return true;
    } catch (error) {
      if (error instanceof SiteError) {
        return false;
      }
      throw error;
    }
  };
  return sitesOf(
    elf,
    takes,
    drops,
    fits(others) ? others : others.filter(other => fits([other]))
  );
}

/**
 * @param namedTakes - take_gil and its clones
 * @param namedDrops - drop_gil and its clones
 * @param others - code that has copies of them; one may have both
 */
function sitesOf(
  elf: ElfFile,
  namedTakes: readonly GilCode[],
  namedDrops: readonly GilCode[],
  others: readonly GilCode[]
): GilSites {
  const takes = [
    ...namedTakes,
    ...others.filter(
      other => other.timedWaits.length > 0 && !has(namedTakes, other)
    )
  ];
  const signalling = [
    ...namedDrops,
    ...others.filter(
      other => other.signals.length > 0 && !has(namedDrops, other)
    )
  ];
  // Waits alone are those of drop_gil only if nothing that is surely drop_gil has waits.
  const waiting = signalling.some(({ waits }) => waits.length > 0)
    ? []
    : others.filter(other => other.waits.length > 0 && !has(signalling, other));
  const drops = [...signalling, ...waiting];
  const missing = [
    ...(takes.length === 0 ? ['take_gil'] : []),
    ...(drops.length === 0 ? ['drop_gil'] : [])
  ];
  if (missing.length > 0) {
    throw new SiteError(
      'not-found',
      `${elf.name}: no ${missing.join(' and no ')} was found, neither by name${elf.hasSymbolTable ? '' : ' (the file is stripped)'} nor by what its code does; use a Python that keeps its symbols, for example one built by pyenv`
    );
  }
  return { ...takeGilSites(elf, takes), ...dropGilSites(elf, drops) };
}

function has(list: readonly GilCode[], { body }: GilCode): boolean {
  return list.some(other => other.body.symbol.address === body.symbol.address);
}
