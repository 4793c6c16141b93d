/**
 * May probes be set, and recorded with the scheduler's events? Sets one in this process's own C library, calls the
 * function, and counts what perf recorded.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { ElfFile } from '../../core/binary/elf';
import { BridgeFailure, errorMessage } from '../failure';
import { Capture } from '../perf/capture';
import type { Uprobes } from '../probes/uprobes';
import { readFileMappings } from '../target/process';
import { available, missing, untried, type Finding } from './finding';
import type { Place } from './place';
import type { Privileges } from './privileges';
import { foretoldRefusal, watchRefusal } from './watch-refusal';

/** A function that nothing but `process.ppid` calls, and that calls the C library each time (uv_os_getppid). */
const FUNCTION = 'getppid';
const CALLS = 100;

/** The highest kernel.perf_event_paranoid at which users may record own processes (perf_event_open(2)). */
const USERS_PARANOID = 2;

/** glibc, and musl's only file. */
const C_LIBRARY = /\/(libc[.-]|ld-musl)[^/]*$/;

/**
 * Defines a probe, attaches perf to it, is hit, and removes it.
 * @param perf the program, or undefined if there is none that runs
 * @param uprobes undefined if probes can't be defined
 */
export async function tryUprobe(
  perf: string | undefined,
  uprobes: Uprobes | undefined,
  privileges: Privileges,
  place: Place
): Promise<Finding> {
  if (perf === undefined || uprobes === undefined) {
    const lacking = [
      ...(perf === undefined ? ['perf'] : []),
      ...(uprobes === undefined ? ['tracefs'] : [])
    ];
    const foretold = foretoldRefusal(privileges, place);
    return untried(
      `not tried without ${lacking.join(' and ')}${foretold === undefined ? '' : `; ${foretold.why}`}`,
      ...(foretold?.fix ?? [])
    );
  }
  let code: FunctionPlace | undefined;
  try {
    code = findFunction();
  } catch (error) {
    // An upgrade replaced it: the path in the memory map ends with " (deleted)".
    return untried(
      `not tried: the C library can't be read (${errorMessage(error)}); start the notebook's kernel again`
    );
  }
  if (code === undefined) {
    return untried(`not tried: no ${FUNCTION} found in the C library`);
  }
  try {
    let counted = await countHits(perf, uprobes, code);
    if (counted.records < counted.hits) {
      // On a busy machine records are lost.
      counted = await countHits(perf, uprobes, code);
    }
    const { hits, records } = counted;
    return hits >= CALLS && records === hits
      ? available(`a probe was set, hit ${hits} times and removed`)
      : missing(
          `of ${CALLS} calls the kernel counted ${hits} and perf recorded ${records}`,
          'install-matching-perf'
        );
  } catch (error) {
    return refusal(error, privileges, place, uprobes);
  }
}

interface FunctionPlace {
  library: string;
  offset: number;
}

function findFunction(): FunctionPlace | undefined {
  const library = readFileMappings(process.pid).find(
    ({ path, executable }) => executable && C_LIBRARY.test(path)
  )?.path;
  if (library === undefined) {
    return undefined;
  }
  const file = openSync(library, 'r');
  try {
    const elf = ElfFile.open((offset, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    }, library);
    const symbol = elf.symbol(FUNCTION);
    const offset = symbol && elf.fileOffset(symbol.address);
    return offset === undefined ? undefined : { library, offset };
  } finally {
    closeSync(file);
  }
}

async function countHits(
  perf: string,
  uprobes: Uprobes,
  { library, offset }: FunctionPlace
): Promise<{ hits: number; records: number }> {
  const capture = await Capture.open({
    perf,
    uprobes,
    pid: process.pid,
    plan: {
      library,
      probes: [{ name: 'doctor', offsets: [offset], fetch: '' }]
    },
    schedulerStates: true,
    // It needs CAP_PERFMON, which a probe on a process of one's own does not.
    events: uprobes.rights.waking,
    onBatch: () => undefined
  });
  try {
    await capture.enable();
    Array.from({ length: CALLS }, () => process.ppid);
    await capture.close();
    return { hits: capture.hits, records: capture.records };
  } finally {
    await capture.cancel();
  }
}

function refusal(
  error: unknown,
  privileges: Privileges,
  place: Place,
  { rights }: Uprobes
): Finding {
  const said = errorMessage(error);
  const { perf_event_paranoid: paranoid = 0 } = privileges;
  if (!rights.systemWide && paranoid > USERS_PARANOID) {
    return missing(
      `kernel.perf_event_paranoid is ${paranoid}: a user's own probes need ${USERS_PARANOID} or less`,
      'lower-paranoid'
    );
  }
  if (error instanceof BridgeFailure && error.code === 'no-permission') {
    const { why, fix } = watchRefusal(privileges, place, said);
    return missing(`perf may not attach a probe: ${why}`, ...fix);
  }
  if (/libtraceevent|tracepoint support|scripting support/i.test(said)) {
    return missing(
      'this perf was built without tracepoints (libtraceevent)',
      'install-complete-perf'
    );
  }
  return isOfKernel(error)
    ? missing(said, 'other-kernel')
    : // perf ended or was silent; or it is a fault of this program.
      missing(said);
}

/** perf's words for an event, or the kernel's for the definition of a probe. */
function isOfKernel(error: unknown): boolean {
  return (
    error instanceof BridgeFailure &&
    error.code === 'perf-failed' &&
    !/^perf (ended early|did not answer)/.test(error.message)
  );
}
