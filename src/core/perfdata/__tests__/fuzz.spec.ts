/**
 * Damaged streams: whatever happens to the bytes, the reader does not throw, does not hang, needs no
 * more memory than the bytes justify, and gives the same however they are cut.
 * GILTRACER_FUZZ_SECONDS sets how long (3 by default), GILTRACER_TEST_SEED the damage.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PerfStreamReader } from '../reader';
import { NO_EVENT, RecordKind } from '../records';
import { collect, cut, outcome } from './collect';
import { record, startWorkload } from './real-recording';
import { everyKind } from './streams';

const seconds = Number(process.env.GILTRACER_FUZZ_SECONDS ?? 3);
const seed = Number(process.env.GILTRACER_TEST_SEED ?? Date.now() % 2 ** 31);

/** Longest time for one damaged stream of at most 200 KB, in ms: far above what any needs. */
const HANG = 5000;

/** Bytes of memory that a reader of such a stream may hold: rows are at most 7 times their records. */
const MAX_MEMORY = 32 * 1024 * 1024;

jest.setTimeout(1000 * seconds + 60000);

it('damaged streams do no harm', async () => {
  console.info(`fuzz.spec: seed ${seed}, ${seconds} s`);
  const recorded = await realStream();
  const random = mulberry32(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const bases = [recorded, everyKind()];
  const end = Date.now() + 1000 * seconds;
  let runs = 0;
  let errors = 0;
  let worst = 0;
  while (Date.now() < end || runs < 100) {
    const stream = damage(bases[below(bases.length)], below);
    try {
      const began = Date.now();
      const before = runs % 50 === 0 ? usedMemory() : undefined;
      const reader = readChecked(cut(stream, () => 1 + below(20000)));
      if (before !== undefined) {
        worst = Math.max(worst, usedMemory() - before);
      }
      errors += reader.error === undefined ? 0 : 1;
      expect(Date.now() - began).toBeLessThan(HANG);
      if (runs % 20 === 0) {
        const whole = outcome(collect([stream]));
        const small = cut(stream, () => 1 + below(300));
        expect(outcome(collect(small))).toEqual(whole);
      }
    } catch (error) {
      // The recording differs each time: only the bytes themselves repeat the failure.
      const file = join(tmpdir(), `giltracer-fuzz-${seed}-${runs}.perf`);
      writeFileSync(file, stream);
      console.error(`fuzz.spec: the stream that failed is ${file}`);
      throw error;
    }
    runs++;
  }
  console.info(
    `fuzz.spec: ${runs} streams, ${errors} with an error, at most ${worst} bytes held`
  );
  expect(worst).toBeLessThan(MAX_MEMORY);
  // Both outcomes are common, or the damage is not what it should be.
  expect(errors).toBeGreaterThan(runs / 10);
  expect(errors).toBeLessThan(runs);
});

/** Reads a stream to the end; every row must be one that a receiver can use. */
function readChecked(chunks: Uint8Array[]): PerfStreamReader {
  let rows = 0;
  let bad = '';
  const reader: PerfStreamReader = new PerfStreamReader({
    onBatch: batch => {
      rows += batch.length;
      for (let row = 0; row < batch.length; row++) {
        const event = batch.event[row];
        const good =
          (batch.kind[row] === RecordKind.Sample
            ? event < reader.events.length
            : event === NO_EVENT && batch.kind[row] <= RecordKind.Lost) &&
          Number.isInteger(batch.time[row]) &&
          batch.args.every(column => Number.isInteger(column[row])) &&
          (batch.kind[row] !== RecordKind.Comm ||
            batch.args[0][row] < reader.strings.length);
        if (!good) {
          bad = `kind ${batch.kind[row]} event ${event} time ${batch.time[row]}`;
        }
      }
    }
  });
  chunks.forEach(chunk => reader.push(chunk));
  const { bytes, error, recordsByType } = reader.finish();
  expect(bad).toBe('');
  expect(bytes).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
  // A row is made by a record, those of the losses at the end apart.
  const records = [...recordsByType.values()].reduce((sum, n) => sum + n, 0);
  expect(rows).toBeLessThanOrEqual(2 * records + 1);
  if (error !== undefined) {
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(bytes);
    expect(error.message).not.toBe('');
  }
  return reader;
}

/** Some bytes flipped, spans cut out, doubled or moved, sizes changed, the tail cut off. */
function damage(
  base: Uint8Array,
  below: (limit: number) => number
): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(base);
  const span = (): [number, number] => {
    const from = below(bytes.length);
    return [from, Math.min(bytes.length, from + 1 + below(5000))];
  };
  for (let count = 1 + below(3); count > 0; count--) {
    const [from, to] = span();
    switch (below(12)) {
      case 0:
        for (let flips = 1 + below(20); flips > 0; flips--) {
          bytes[below(bytes.length)] ^= 1 << below(8);
        }
        break;
      case 1:
        bytes = concat(bytes.subarray(0, from), bytes.subarray(to));
        break;
      case 2:
        bytes = concat(bytes.subarray(0, to), bytes.subarray(from));
        break;
      case 3:
        bytes = bytes.slice(0, from);
        break;
      case 4:
        bytes.fill(below(2) * 0xff, from, to);
        break;
      default:
        damageRecord(bytes, below);
    }
    if (bytes.length === 0) {
      break;
    }
  }
  return bytes;
}

/** Changes type, misc, size or one word of a record, found by walking the sizes. */
function damageRecord(
  bytes: Uint8Array,
  below: (limit: number) => number
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts: number[] = [];
  for (let at = 16; at + 16 <= bytes.length;) {
    starts.push(at);
    const isFormats = view.getUint32(at, true) === 66;
    const outside = isFormats ? view.getUint32(at + 8, true) : 0;
    at += Math.max(8, view.getUint16(at + 6, true)) + outside;
  }
  if (starts.length === 0) {
    return;
  }
  const at = starts[below(starts.length)];
  switch (below(4)) {
    case 0:
      view.setUint32(at, below(90), true);
      break;
    case 1:
      view.setUint16(at + 4, below(65536), true);
      break;
    case 2:
      view.setUint16(at + 6, below(2) === 0 ? below(65536) : below(64), true);
      break;
    default:
      view.setUint32(at + 8, below(2) === 0 ? 0xffffffff : below(1000), true);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([a, b]));
}

/** The first 150 KB of a recording. */
async function realStream(): Promise<Uint8Array> {
  const workload = await startWorkload(300);
  try {
    const chunks = await record(workload, [
      '-k',
      'CLOCK_MONOTONIC',
      '--sample-identifier',
      '--switch-events',
      '-p',
      String(workload.process.pid),
      '-e',
      'sched:sched_waking',
      '-e',
      'raw_syscalls:sys_enter'
    ]);
    return new Uint8Array(Buffer.concat(chunks).subarray(0, 150000));
  } finally {
    workload.process.kill();
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
