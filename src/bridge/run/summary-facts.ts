/** What a perf's stream tells of a capture, on each rung that has one. */
import type { StreamSummary } from '../../core/perfdata/records';
import type { CaptureFacts } from './run-recording';

/** The perf and the kernel that made it, as far as it says. */
export function madeBy(
  summary: StreamSummary | undefined
): Pick<CaptureFacts, 'perf' | 'kernel'> {
  return {
    ...(summary?.perfVersion !== undefined && { perf: summary.perfVersion }),
    ...(summary?.kernelRelease !== undefined && {
      kernel: summary.kernelRelease
    })
  };
}

/** PERF_RECORD_SWITCH and PERF_RECORD_SWITCH_CPU_WIDE (include/uapi/linux/perf_event.h). */
const SWITCH_TYPES = [14, 15];

/** Samples and context switches. */
export function countEvents(summary: StreamSummary): number {
  return SWITCH_TYPES.reduce(
    (sum, type) => sum + (summary.recordsByType.get(type) ?? 0),
    summary.samplesByEvent.reduce((sum, count) => sum + count, 0)
  );
}
