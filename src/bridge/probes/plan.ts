/**
 * What is to be probed: sites found in the interpreter's code, with the arguments that each probe
 * fetches. Fetch syntax: Documentation/trace/uprobetracer.rst of the kernel.
 */
import type { ProbeSite } from '../../core/binary/probe-site';
import { frameFetch, type FrameLayout } from '../../core/cpython/frame-layout';
import { append } from '../../core/grouping';
import type { InterpreterCode } from './interpreter-code';

/** One probe, before it has the bridge's pid in its name. */
export interface PlannedProbe {
  /** Site, made unique if a site has several probes with different arguments: `request`, `request2`. */
  name: string;
  /** Offsets in the file: places of one meaning and the same arguments make one event (Linux 5.4). */
  offsets: number[];
  /** Fetch arguments as uprobe_events takes them. */
  fetch: string;
  /** A return probe: fires when the function that begins there returns. */
  atReturn?: boolean;
}

export interface ProbePlan {
  /** Path of the file that holds the code, as the traced process maps it. */
  library: string;
  probes: PlannedProbe[];
}

/** `full`: every take and drop. `waits`: only where somebody waits. */
export type ProbeMode = 'full' | 'waits';

/** Where take_gil keeps what it works with while it waits: registers or stack slots as fetch arguments. */
export interface WaitVariables {
  /** The waiter's PyThreadState. */
  threadState?: string;
  /** The GIL that it waits for. */
  gil?: string;
}

/** What calibration found out about an interpreter's build. */
export interface BuildFacts {
  /** Absent if Python frames can't be read. */
  layout?: FrameLayout;
  /** By wake site, in the order of GilSites.wake. */
  waitVariables: readonly WaitVariables[];
}

/** The probes of a mode. */
export function planProbes(
  code: InterpreterCode,
  facts: BuildFacts,
  mode: ProbeMode
): ProbePlan {
  const { sites, locks, collectors } = code;
  const { layout } = facts;
  const frame = (prefix: string, threadState: string): string[] => {
    if (layout === undefined) {
      return [];
    }
    const fetch = frameFetch(layout, threadState);
    return [`${prefix}code=${fetch.code}`, `${prefix}ip=${fetch.instruction}`];
  };
  const request = sites.request.map(site => {
    const threadState = `%${site.threadState}`;
    return [
      `tstate=${threadState}:x64`,
      ...frame('', threadState),
      ...(layout?.interpreter.gil !== undefined
        ? [`interp=+${layout.threadState.interpreter}(${threadState}):x64`]
        : [])
    ];
  });
  // Where the wait itself has a site, the wake need not look at the holder's frame: after a wake that found the
  // GIL locked the next wait follows at once.
  const seesWait = sites.wait.length > 0;
  const waiting = (index: number, withFrames: boolean): string[] => {
    const { threadState, gil } = facts.waitVariables[index] ?? {};
    const holder =
      gil === undefined
        ? absolute(code.gil.lastHolder)
        : `+${code.gil.lastHolder - code.gil.address}(${gil})`;
    return [
      `last_holder=${holder}:x64`,
      ...(gil === undefined ? [] : [`gil=${gil}:x64`]),
      ...(withFrames ? frame('holder_', holder) : []),
      ...(mode === 'full' || threadState === undefined
        ? []
        : [
            `tstate=${threadState}:x64`,
            ...(withFrames ? frame('', threadState) : [])
          ])
    ];
  };
  const wake = sites.wake.map((_, index) => {
    const { gil } = facts.waitVariables[index] ?? {};
    const locked =
      gil === undefined
        ? absolute(code.gil.locked)
        : `+${code.gil.locked - code.gil.address}(${gil})`;
    return [`locked=${locked}:s32`, ...waiting(index, !seesWait)];
  });
  const probes = [
    ...(mode === 'full' ? numbered('request', sites.request, request) : []),
    ...numbered(
      'wait',
      sites.wait,
      sites.wait.map((_, index) => waiting(index, true))
    ),
    ...numbered('wake', sites.wake, wake),
    ...(mode === 'full' ? numbered('drop', sites.drop) : []),
    ...numbered('yield', sites.yield),
    ...numbered('yield_end', sites.yieldEnd)
  ];
  if (locks !== undefined) {
    probes.push(
      ...numbered(
        'lock_wait',
        locks.lockWait,
        locks.lockWait.map(site => [`lock=%${site.lock}:x64`])
      ),
      ...numbered('lock_wait_end', locks.lockWaitEnd)
    );
  }
  if (mode === 'full') {
    probes.push(
      ...numbered('gc', collectors),
      ...numbered('gc_end', collectors).map(probe => ({
        ...probe,
        atReturn: true
      }))
    );
  }
  return { library: code.library, probes };
}

/** The word at an address. */
function absolute(address: number): string {
  return `@0x${address.toString(16)}`;
}

/** The sites as probes; those with the same arguments as one. */
function numbered(
  name: string,
  sites: readonly ProbeSite[],
  fetch: readonly (readonly string[])[] = []
): PlannedProbe[] {
  const byFetch = new Map<string, number[]>();
  sites.forEach(({ fileOffset }, index) => {
    const key = (fetch[index] ?? []).join(' ');
    append(byFetch, key, fileOffset);
  });
  return [...byFetch].map(([key, offsets], index) => ({
    name: index === 0 ? name : `${name}${index + 1}`,
    offsets,
    fetch: key
  }));
}
