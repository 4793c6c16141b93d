/**
 * What a list of runs shows of one, `verdict.json` in the run's folder: some keys of the bundle, so that nobody must read
 * all of it (schema/formats/server-routes.md).
 */
import type { Finding } from '../../core/findings/finding';
import type {
  CaptureInfo,
  ReportDocument,
  RunInfo
} from '../../core/trace/document';
import type { SourceMessage } from '../protocol/messages';

export interface RunVerdict {
  format: 'giltracer-verdict';
  version: 1;
  run: RunInfo;
  /** The cell that ran, for a run without a name: `In [3]`. */
  label?: string;
  capture: Pick<CaptureInfo, 'mode' | 'python' | 'duration_ns'>;
  /** The first one; absent: there is none. */
  findings?: Pick<Finding, 'kind' | 'text'>[];
}

/** @param source where the code comes from that ran, if that was told */
export function runVerdict(
  { run, capture, findings }: ReportDocument,
  source: SourceMessage | undefined
): RunVerdict {
  const { mode, python, duration_ns } = capture;
  // Cells that ran before are told of, too: of two with the same text, only that the newest ran.
  const cell = Math.max(
    ...(source?.cells.map(each => each.execution_count ?? 0) ?? []),
    0
  );
  const first = findings?.at(0);
  return {
    format: 'giltracer-verdict',
    version: 1,
    run,
    ...(cell > 0 && { label: `In [${cell}]` }),
    capture: { mode, python, duration_ns },
    ...(first !== undefined && {
      findings: [{ kind: first.kind, text: first.text }]
    })
  };
}
