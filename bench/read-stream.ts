/**
 * Reads a recorded perf stream, held in memory, with the product's reader, several times, and prints
 * JSON: events, bytes, seconds of the best run and of the first, cold one.
 * `node read-stream.cjs FILE`: only the reading.
 * `node read-stream.cjs FILE analysis`: through to the intervals, waits, blame and sums of a result.
 */
import { readFileSync } from 'node:fs';
import { PerfStreamReader } from '../src/core/perfdata/reader';
import type { RecordBatch } from '../src/core/perfdata/records';
import { ThreadAnalysis } from '../src/core/threads/analysis';
import type { LineRecord } from '../src/core/threads/result';
import type { LineResolver } from '../src/core/threads/source-lines';
import { resultTimeline } from '../src/core/timeline/result-timeline';

const ROUNDS = 9;
/** As much as a read of a pipe gives. */
const CHUNK = 64 * 1024;

/** Counts records; the first one says which process was recorded, the last one when it ended. */
class Counter {
  records = 0;
  last = 0;

  onBatch(batch: RecordBatch): void {
    this.records += batch.length;
    this.last = batch.time[batch.length - 1];
  }
}

function newReader(onBatch: (batch: RecordBatch) => void): PerfStreamReader {
  // The origin that the bridge gives is the begin of the recording: here the first time.
  return new PerfStreamReader({ onBatch });
}

function readAll(reader: PerfStreamReader, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += CHUNK) {
    reader.push(bytes.subarray(at, at + CHUNK));
  }
  const { error } = reader.finish();
  if (error) {
    throw error;
  }
}

/** The process that was recorded: that of the first sample. */
function tracedProcess(bytes: Uint8Array): number {
  let pid = -1;
  const reader = newReader(batch => {
    for (let row = 0; pid < 0 && row < batch.length; row++) {
      pid = batch.event[row] < 255 ? batch.pid[row] : pid;
    }
  });
  reader.push(bytes.subarray(0, 1024 * 1024));
  reader.barrier();
  return pid;
}

function read(bytes: Uint8Array): number {
  const counter = new Counter();
  readAll(
    newReader(batch => counter.onBatch(batch)),
    bytes
  );
  return counter.records;
}

/** Code objects can be read in the living process only: here each has one line. */
class OneLineACode implements LineResolver {
  readonly lines: LineRecord[] = [];

  lineOf(_pid: number, code: number): number {
    let index = this._indexes.get(code);
    if (index === undefined) {
      index = this.lines.push({ file: 'x.py', line: 1, func: `${code}` }) - 1;
      this._indexes.set(code, index);
    }
    return index;
  }

  private readonly _indexes = new Map<number, number>();
}

function analyse(bytes: Uint8Array, pid: number): number {
  const counter = new Counter();
  const reader: PerfStreamReader = newReader(batch => {
    counter.onBatch(batch);
    analysis.consume(batch);
  });
  const options = {
    events: reader.events,
    strings: reader.strings,
    pid,
    schedulerStates: true,
    mode: 'full' as const,
    lines: new OneLineACode(),
    start: { time: 0, threads: [] }
  };
  const analysis = new ThreadAnalysis(options);
  readAll(reader, bytes);
  const timeline = resultTimeline(
    analysis.finish({ begin: 0, end: counter.last })
  );
  if (timeline.threads.length === 0) {
    throw new Error('the analysis found no thread');
  }
  return counter.records;
}

const bytes = readFileSync(process.argv[2]);
const pid = process.argv[3] === 'analysis' ? tracedProcess(bytes) : undefined;
const seconds: number[] = [];
let events = 0;
for (let round = 0; round < ROUNDS; round++) {
  const start = process.hrtime.bigint();
  events = pid === undefined ? read(bytes) : analyse(bytes, pid);
  seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
}
const best = Math.min(...seconds);
process.stdout.write(
  `${JSON.stringify({
    events,
    bytes: bytes.length,
    seconds: best,
    first_seconds: seconds[0],
    events_per_second: events / best,
    bytes_per_second: bytes.length / best
  })}\n`
);
