import { FILE_HEADER_SIZE } from './file-layout';
import { PerfStreamError } from './records';

/** `struct perf_pipe_file_header`: char magic[8], u64 size. */
export const STREAM_HEADER_SIZE = 16;

/**
 * Checks the first 16 bytes of a stream.
 * Source: tools/perf/Documentation/perf.data-file-format.txt.
 * @throws PerfStreamError that names what the input is instead.
 */
export function checkStreamHeader(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, STREAM_HEADER_SIZE);
  const problem = headerProblem(bytes, view);
  if (problem !== undefined) {
    throw new PerfStreamError(problem, 0, undefined);
  }
}

function headerProblem(bytes: Uint8Array, view: DataView): string | undefined {
  const problem = formatProblem(bytes);
  if (problem !== undefined) {
    return problem;
  }
  const size = view.getBigUint64(8, true);
  if (size === BigInt(FILE_HEADER_SIZE)) {
    return 'this is a perf.data file, not a stream; record with "perf record -o -"';
  }
  if (size !== BigInt(STREAM_HEADER_SIZE)) {
    return `the header of this perf stream says size ${size}; only ${STREAM_HEADER_SIZE} is known`;
  }
  return undefined;
}

/** Why input that begins with these 8 bytes can't be read, or undefined if it is perf data. */
export function formatProblem(bytes: Uint8Array): string | undefined {
  const magic = String.fromCharCode(...bytes.subarray(0, 8));
  if (magic === '2ELIFREP') {
    return 'this perf data was written on a big-endian machine; only little-endian streams can be read';
  }
  if (magic === 'PERFFILE') {
    return 'this perf data has the format before Linux 3.2, which can not be read';
  }
  return magic === 'PERFILE2'
    ? undefined
    : 'this is not perf data: it does not begin with PERFILE2';
}
