/** `giltracer report FILE --format text|json`: prints what a trace file holds. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reportJson } from '../core/export/json';
import { reportText } from '../core/export/text';
import { findingsOfTrace } from '../core/findings/judge';
import { readTraceFile } from '../core/trace/read-trace-file';
import { errorMessage } from './failure';

/**
 * Runs the command.
 * @returns the exit status: 0, 1 for a file that can't be read, 2 for wrong arguments
 */
export function report(args: readonly string[]): number {
  const complain = (message: string, status: number): number => {
    process.stderr.write(`giltracer report: ${message}\n`);
    return status;
  };
  let file: string;
  let format: string;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { format: { type: 'string', default: 'text' } },
      allowPositionals: true
    });
    [file] = positionals;
    format = values.format;
    if (positionals.length !== 1 || !['text', 'json'].includes(format)) {
      throw new Error('give one FILE, and --format text or json');
    }
  } catch (error) {
    return complain(errorMessage(error), 2);
  }
  try {
    const trace = readTraceFile(readFileSync(file));
    // Files of an older giltracer have no verdict yet.
    const document = {
      ...trace.document,
      findings: trace.document.findings ?? findingsOfTrace(trace)
    };
    process.stdout.write(
      format === 'json' ? reportJson(document) : reportText(document)
    );
    return 0;
  } catch (error) {
    return complain(`${file}: ${errorMessage(error)}`, 1);
  }
}
