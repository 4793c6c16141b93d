/**
 * The garbage collector: gc_collect_main (CPython 3.10 to 3.13: Modules/gcmodule.c, in 3.13
 * Python/gc.c), before that `collect` (3.8, 3.9). One run of one generation each.
 */
import { Callees } from './callees';
import type { ElfFile } from './elf';
import { clonesOf, functionsNamed, readBody } from './function-body';
import type { FunctionBody } from './function-body';
import type { ArgumentRegister } from './instruction';
import { machineOf } from './machine';
import { siteAt } from './probe-site';
import type { ProbeSite } from './probe-site';

/**
 * Entry of the collector, or the first instruction that the kernel emulates if only an `endbr64`
 * (`bti c`) stands before it. The return address is still where it is at the entry, so a return probe (`r:` in
 * uprobe_events) at the same offset is the end of the run.
 */
export interface CollectorSite extends ProbeSite {
  /**
   * Holds the generation as a C int (`s32`): 0 is the youngest, 2 is a full collection, -1 in 3.13
   * "choose". Undefined in a clone, whose arguments gcc may have dropped.
   */
  readonly generation?: ArgumentRegister;
}

const MAIN = clonesOf('gc_collect_main');
const COLLECT = clonesOf('collect');

/**
 * What tells 3.8's and 3.9's collector from other functions of the short name `collect`: it reports
 * errors that nobody can catch (Modules/gcmodule.c of both, collect() and handle_weakrefs(), which
 * is inlined).
 */
const REPORTS = /^(PyErr_WriteUnraisable|_PyErr_WriteUnraisableMsg)$/;

/**
 * Finds the collector's bodies; none if the file is stripped.
 *
 * @param elf - the file that holds take_gil
 * @throws ElfError if the file is damaged
 */
export function findCollectorSites(elf: ElfFile): CollectorSite[] {
  const main = functionsNamed(elf, MAIN);
  const symbols = main.length > 0 ? main : functionsNamed(elf, COLLECT);
  const callees = new Callees(elf, name => REPORTS.test(name));
  const reports = (body: FunctionBody): boolean =>
    body.code.some(
      instruction =>
        instruction.flow === 'call' && callees.nameOf(instruction) !== undefined
    );
  return symbols
    .filter(({ size }) => size > 0)
    .map(symbol => readBody(elf, symbol, callees))
    .filter(body => main.length > 0 || reports(body))
    .map(body => entryOf(elf, body));
}

function entryOf(elf: ElfFile, body: FunctionBody): CollectorSite {
  const [first, second] = body.code;
  const behindMarker =
    first.marker && second !== undefined && second.probe !== 'stepped';
  const site = siteAt(elf, body, behindMarker ? 1 : 0);
  // (tstate, generation, …), in 3.8 (state, generation, …).
  const [, generation] = machineOf(elf).argumentRegisters;
  return body.symbol.name.includes('.') ? site : { ...site, generation };
}
