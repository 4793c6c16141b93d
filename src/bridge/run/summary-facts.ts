/** What perf's streams tell of a capture, on each rung that has one. */
import type { StreamSummary } from '../../core/perfdata/records';
import type { CaptureFacts } from './run-recording';

/** The perf and the kernel that made them, as far as they say, and what came through. */
export function streamFacts(
  summaries: readonly StreamSummary[]
): Pick<CaptureFacts, 'perf' | 'kernel' | 'events' | 'lost' | 'late'> {
  const sum = (count: (summary: StreamSummary) => number): number =>
    summaries.reduce((total, summary) => total + count(summary), 0);
  const first = summaries.at(0);
  const late = sum(summary => summary.late);
  return {
    ...(first?.perfVersion !== undefined && { perf: first.perfVersion }),
    ...(first?.kernelRelease !== undefined && { kernel: first.kernelRelease }),
    events: sum(countEvents),
    lost: sum(summary => summary.lost),
    ...(late > 0 && { late })
  };
}

/** PERF_RECORD_SWITCH and PERF_RECORD_SWITCH_CPU_WIDE (include/uapi/linux/perf_event.h). */
const SWITCH_TYPES = [14, 15];

/** Samples and context switches. */
function countEvents(summary: StreamSummary): number {
  return SWITCH_TYPES.reduce(
    (sum, type) => sum + (summary.recordsByType.get(type) ?? 0),
    summary.samplesByEvent.reduce((sum, count) => sum + count, 0)
  );
}
