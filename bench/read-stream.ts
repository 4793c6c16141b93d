/**
 * Reads a recorded perf stream with the product's reader, several times, and prints JSON: events and
 * bytes a second of the best run. `node read-stream.cjs FILE`.
 */
import { readFileSync } from 'node:fs';
import { PerfStreamReader } from '../src/core/perfdata/reader';

const ROUNDS = 5;
const CHUNK = 64 * 1024;

const bytes = readFileSync(process.argv[2]);
let best = Infinity;
let records = 0;
for (let round = 0; round < ROUNDS; round++) {
  records = 0;
  const start = process.hrtime.bigint();
  const reader = new PerfStreamReader({
    onBatch: batch => {
      records += batch.length;
    }
  });
  for (let at = 0; at < bytes.length; at += CHUNK) {
    reader.push(bytes.subarray(at, at + CHUNK));
  }
  const { error } = reader.finish();
  if (error) {
    throw error;
  }
  best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
}
process.stdout.write(
  `${JSON.stringify({ events: records, bytes: bytes.length, seconds: best })}\n`
);
