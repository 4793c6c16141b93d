/**
 * Arguments of `perf record`. Sources: perf-record(1) of perf 6.1, and measurements on it.
 */

/** Descriptors of the control pipe and its answers in perf: the first two after the standard ones. */
const CONTROL_FD = 3;
const ACK_FD = 4;

/**
 * In pipe mode perf puts all event ids of an attribute into one record whose size is a u16
 * (tools/perf/util/synthetic-events.c, perf_event__synthesize_attr): 65535 bytes less the record's
 * header (8) and the attribute (128 or more), 8 bytes an id.
 */
export const MAX_IDS = Math.floor((65535 - 8 - 192) / 8);

/** Ring buffer of all CPUs together, in KiB. */
const RING_TOTAL_KIB = 64 * 1024;
const RING_MAX_KIB = 32 * 1024;
const RING_MIN_KIB = 512;

export interface RecordPlan {
  /** Process to attach to. */
  pid: number;
  /** Its threads now. */
  threads: number;
  /** CPUs that are online. */
  cpus: number;
  /** Events, as `group:name`. */
  events: readonly string[];
  /** By event: the kernel's filter for a tracepoint. */
  filters?: Readonly<Record<string, string>>;
  /** Whether to record context switches. */
  schedulerStates: boolean;
  /** Size of each CPU's ring in KiB, a power of two. */
  ringKib: number;
}

/** Whether perf would need more ids than a pipe can carry, so that the whole system must be recorded. */
export function needsSystemWide(
  plan: Pick<RecordPlan, 'threads' | 'cpus'>,
  maxIds: number = MAX_IDS
): boolean {
  return plan.threads * plan.cpus > maxIds;
}

/** Ring size of one CPU in KiB: a power of two, so that all CPUs together stay below 64 MiB. */
export function ringKib(cpus: number): number {
  const share = 2 ** Math.floor(Math.log2(RING_TOTAL_KIB / Math.max(1, cpus)));
  return Math.min(RING_MAX_KIB, Math.max(RING_MIN_KIB, share));
}

/** The argument list for a recording into a pipe that starts disabled. */
export function recordArguments(plan: RecordPlan, maxIds?: number): string[] {
  const target = needsSystemWide(plan, maxIds)
    ? ['-a']
    : ['-p', String(plan.pid)];
  return [
    'record',
    '-o',
    '-',
    ...target,
    '-k',
    'CLOCK_MONOTONIC',
    '-m',
    `${plan.ringKib}K`,
    // The id stands at a fixed place in each record, also with a single event.
    '--sample-identifier',
    '--sample-cpu',
    // Threads are read from /proc; the rest of the synthesized records has no use here.
    '--synth=no',
    '--no-bpf-event',
    '--no-buildid',
    '-D',
    '-1',
    '--control',
    `fd:${CONTROL_FD},${ACK_FD}`,
    ...(plan.schedulerStates ? ['--switch-events'] : []),
    ...plan.events.flatMap(event => {
      const filter = plan.filters?.[event];
      // It belongs to the event before it.
      return [
        '-e',
        event,
        ...(filter === undefined ? [] : ['--filter', filter])
      ];
    })
  ];
}
