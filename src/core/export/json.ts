/** The document as JSON text, for other programs: `giltracer report --format json`. */
import type { ReportDocument } from '../trace/document';

/**
 * The keys of the document and nothing else: a bundle's binary parts are left out.
 */
export function reportJson(document: ReportDocument): string {
  const { run, capture, threads, lines, blame, waits } = document;
  const { ignored, locks, collections } = document;
  const keys: ReportDocument = {
    run,
    capture,
    threads,
    lines,
    blame,
    waits,
    ignored,
    locks,
    ...(collections && { collections })
  };
  return `${JSON.stringify(keys, null, 2)}\n`;
}
