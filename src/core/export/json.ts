/** The document as JSON text, for other programs: `giltracer report --format json`. */
import type { ReportDocument } from '../trace/document';

/**
 * The keys of the document and nothing else: a bundle's binary parts are left out.
 */
export function reportJson(document: ReportDocument): string {
  const { run, capture, threads, lines, blame, waits } = document;
  const { ignored, locks, collections, wait_histogram: histogram } = document;
  const { findings, what_if: whatIf } = document;
  const keys: ReportDocument = {
    run,
    capture,
    threads,
    lines,
    blame,
    waits,
    ...(histogram && { wait_histogram: histogram }),
    ignored,
    locks,
    ...(collections && { collections }),
    ...(findings && { findings }),
    ...(whatIf && { what_if: whatIf })
  };
  return `${JSON.stringify(keys, null, 2)}\n`;
}
