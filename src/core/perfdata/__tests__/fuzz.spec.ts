/**
 * Damaged recordings: whatever happens to the bytes, the readers do not throw, do not hang, need no
 * more memory than the bytes justify, and give the same however they are cut.
 * GILTRACER_FUZZ_STREAMS sets how many (`make fuzz`: a million), else GILTRACER_FUZZ_SECONDS how long;
 * GILTRACER_TEST_SEED the damage.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PerfFileReader } from '../file-reader';
import { PerfStreamReader } from '../reader';
import { NO_EVENT, RecordKind, type RecordBatch } from '../records';
import { collect, cut, outcome, type AnyReader } from './collect';
import { mutate, seedOf, type Seed } from './mutations';
import { record, startWorkload } from './real-recording';
import { formsOf } from './recording-forms';
import { everyKind } from './streams';

const streams = Number(process.env.GILTRACER_FUZZ_STREAMS ?? 0);
const seconds = Number(process.env.GILTRACER_FUZZ_SECONDS ?? 6);
const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);

/** Longest time for one damaged recording of at most 100 KB, in ms: far above what any needs. */
const HANG = 5000;

/** Bytes of memory that a reader of such a recording may hold. */
const MAX_MEMORY = 32 * 1024 * 1024;

jest.setTimeout(streams > 0 ? 2 ** 31 - 1 : 1000 * seconds + 60000);

it('damaged recordings do no harm', async () => {
  const bases = await seeds();
  console.info(
    `fuzz.spec: seed ${seed}; ${bases.map(({ name, bytes }) => `${name} ${bytes.length} bytes`).join(', ')}`
  );
  const random = mulberry32(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const start = Date.now();
  let runs = 0;
  let errors = 0;
  let slowest = 0;
  let worst = 0;
  const more = (): boolean =>
    streams > 0
      ? runs < streams
      : runs < 100 || Date.now() < start + 1000 * seconds;
  while (more()) {
    const base = bases[below(bases.length)];
    const bytes = mutate(base, below);
    try {
      const began = performance.now();
      const before = runs % 1000 === 0 ? usedMemory() : undefined;
      const reader = readChecked(
        base,
        cut(bytes, () => 1 + below(20000))
      );
      slowest = Math.max(slowest, performance.now() - began);
      if (before !== undefined) {
        worst = Math.max(worst, usedMemory() - before);
      }
      // Asked last: the reader must be there while its memory is measured.
      errors += reader.finish().error === undefined ? 0 : 1;
      if (slowest > HANG) {
        throw new Error(`reading took ${slowest} ms`);
      }
      if (runs % 100 === 0) {
        const whole = outcome(collect([bytes], {}, readerOf(base)));
        const small = cut(bytes, () => 1 + below(300));
        expect(outcome(collect(small, {}, readerOf(base)))).toEqual(whole);
      }
    } catch (error) {
      // The recording differs each time: only the bytes themselves repeat the failure.
      const file = join(tmpdir(), `giltracer-fuzz-${seed}-${runs}.perf`);
      writeFileSync(file, bytes);
      console.error(`fuzz.spec: what failed is ${file}, from ${base.name}`);
      throw error;
    }
    runs++;
    if (runs % 100000 === 0) {
      console.info(`fuzz.spec: ${runs} in ${(Date.now() - start) / 1000} s`);
    }
  }
  const took = (Date.now() - start) / 1000;
  console.info(
    `fuzz.spec: ${runs} recordings in ${took} s (${Math.round(runs / took)} a second), ${errors} with an error, at most ${worst} bytes held, the slowest ${slowest.toFixed(1)} ms`
  );
  expect(worst).toBeLessThan(MAX_MEMORY);
  // Both outcomes are common, or the damage is not what it should be.
  expect(errors).toBeGreaterThan(runs / 10);
  expect(errors).toBeLessThan(0.95 * runs);
});

function readerOf({
  isFile
}: Seed): (
  options: ConstructorParameters<typeof PerfStreamReader>[0]
) => AnyReader {
  return options =>
    isFile ? new PerfFileReader(options) : new PerfStreamReader(options);
}

/** Reads a recording to the end; every row must be one that a receiver can use. */
function readChecked(base: Seed, chunks: Uint8Array[]): AnyReader {
  let rows = 0;
  const reader: AnyReader = readerOf(base)({
    onBatch: batch => {
      rows += batch.length;
      for (let row = 0; row < batch.length; row++) {
        checkRow(batch, row, reader);
      }
    }
  });
  let length = 0;
  for (const chunk of chunks) {
    reader.push(chunk);
    length += chunk.length;
  }
  const { bytes, error, recordsByType } = reader.finish();
  let records = 0;
  recordsByType.forEach(count => (records += count));
  const good =
    bytes === length &&
    // A row is made by a record, those of the losses at the end apart.
    rows <= 2 * records + 1 &&
    (error === undefined ||
      (error.offset >= 0 && error.offset <= bytes && error.message !== ''));
  if (!good) {
    throw new Error(
      `${bytes} of ${length} bytes, ${rows} rows of ${records} records, error at ${error?.offset}: ${error?.message}`
    );
  }
  return reader;
}

function checkRow(batch: RecordBatch, row: number, reader: AnyReader): void {
  const kind = batch.kind[row];
  const event = batch.event[row];
  let good =
    kind === RecordKind.Sample
      ? event < reader.events.length
      : event === NO_EVENT && kind <= RecordKind.Lost;
  good &&= Number.isInteger(batch.time[row]);
  for (const column of batch.args) {
    good &&= Number.isInteger(column[row]);
  }
  if (kind === RecordKind.Comm) {
    good &&= batch.args[0][row] < reader.strings.length;
  }
  if (!good) {
    throw new Error(
      `a row of kind ${kind}, event ${event}, time ${batch.time[row]}`
    );
  }
}

/** Small recordings in all forms, by the real perf, and one with every kind of record. */
async function seeds(): Promise<Seed[]> {
  const file = join(tmpdir(), `giltracer-fuzz-${process.pid}.data`);
  const workload = await startWorkload(3);
  try {
    await record(
      workload,
      [
        '-z',
        '-k',
        'CLOCK_MONOTONIC',
        '--sample-identifier',
        '--switch-events',
        '--no-bpf-event',
        '--no-buildid',
        '--synth=no',
        '-p',
        String(workload.process.pid),
        ...['sched:sched_waking', 'cpu-clock/period=1000000/'].flatMap(
          event => ['-e', event]
        )
      ],
      { output: file }
    );
    const compressed = readFileSync(file);
    const { stream, compressedStream, compressed2Stream, ...forms } =
      formsOf(compressed);
    return [
      seedOf('every kind', everyKind()),
      seedOf('stream', stream),
      seedOf('compressed stream', compressedStream),
      seedOf('stream with COMPRESSED2', compressed2Stream),
      seedOf('file', forms.file, true),
      seedOf('compressed file', new Uint8Array(compressed), true)
    ];
  } finally {
    workload.process.kill();
    rmSync(file, { force: true });
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedMemory(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A small generator of numbers in [0, 1) with a seed. */
function mulberry32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
