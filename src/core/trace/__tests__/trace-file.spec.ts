import fc from 'fast-check';
import { tableFromIPC, tableToIPC } from '@uwdata/flechette';
import { unzipSync, zipSync } from 'fflate';

import { buildBundle } from '../build-bundle';
import { buildDocument } from '../build-document';
import { laneColumns } from '../lanes';
import { readTraceFile, TraceFileError } from '../read-trace-file';
import { traceFilePieces } from '../trace-file';
import { BATCH_ROWS } from '../trace-tables';
import { joinedPieces } from './joined-pieces';
import { madeContext, madeResult, randomResult } from './made-results';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`trace-file.spec: fast-check seed ${SEED}`));

const ORIGIN = 123_456_789_012_345_678n;

interface Trace {
  document: ReturnType<typeof buildDocument>;
  bytes: Uint8Array;
}

async function traceOf(
  result: ReturnType<typeof randomResult>
): Promise<Trace> {
  const document = buildDocument(result, madeContext());
  const clock = { monotonicNs: 5n, wallNs: 1_700_000_000_000_000_001n };
  const bytes = await joinedPieces(
    traceFilePieces({ document, result, origin: ORIGIN, clock })
  );
  return { document, bytes };
}

describe('a trace file', () => {
  it('gives back the document, every interval and every wait', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 2000 }),
        async (seed, threads, intervals) => {
          const result = randomResult(seed, threads, intervals);
          const { document, bytes } = await traceOf(result);
          const trace = readTraceFile(bytes);
          expect(trace.document).toEqual(document);
          expect(trace.origin).toBe(ORIGIN + BigInt(result.begin));
          expect(trace.clock?.wallNs).toBe(1_700_000_000_000_000_001n);
          const { tracks, waits, begin } = laneColumns(result);
          const shift = (times: Float64Array): Float64Array =>
            times.map(time => time - begin);
          expect(trace.columns.tracks).toEqual(
            tracks.map(track => ({
              length: track.length,
              start: shift(track.start),
              state: track.state,
              end: track.end - begin
            }))
          );
          expect(trace.columns.waits).toEqual({
            ...waits,
            start: shift(waits.start),
            end: shift(waits.end)
          });
        }
      ),
      { seed: SEED, numRuns: 30 }
    );
  });

  it('gives back lines, stacks, holds, locks and collections', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 20 }),
        async (seed, threads) => {
          const result = randomResult(seed, threads, 200);
          const { document, bytes } = await traceOf(result);
          const { tables } = readTraceFile(bytes);
          const { begin, holds, lockWaits, collections } = result;
          const tids = (rows: Uint16Array): number[] =>
            Array.from(rows, row => result.threads[row].tid);
          const table = document.threads;
          const tableTids = (rows?: Uint16Array): number[] =>
            Array.from(rows ?? [], row => table[row].tid);
          const shift = (times: Float64Array): Float64Array =>
            times.map(time => time - begin);
          expect(tables.stacks).toEqual(result.stacks);
          expect(tables.lines?.map(({ line }) => line)).toEqual(
            result.lines.map(({ line }) => line)
          );
          expect(tables.holds).toEqual({
            ...holds,
            thread: tables.holds?.thread,
            start: shift(holds.start),
            end: shift(holds.end)
          });
          expect(tableTids(tables.holds?.thread)).toEqual(tids(holds.thread));
          expect(tables.lockWaits?.stack).toEqual(lockWaits.stack);
          expect(tables.lockWaits?.lock).toEqual(lockWaits.lock);
          expect(tableTids(tables.lockWaits?.thread)).toEqual(
            tids(lockWaits.thread)
          );
          expect(tables.collections?.end).toEqual(shift(collections.end));
          expect(tableTids(tables.collections?.thread)).toEqual(
            tids(collections.thread)
          );
        }
      ),
      { seed: SEED, numRuns: 20 }
    );
  });

  it('of the first version has neither lines nor stacks', async () => {
    const { document, bytes } = await traceOf(randomResult(4, 3, 200));
    const entries = unzipSync(bytes);
    const meta = JSON.parse(
      new TextDecoder().decode(entries['meta.json'])
    ) as Record<string, unknown>;
    const columns = tableFromIPC(entries['waits.arrow'], { useBigInt: true });
    const waits = tableToIPC(
      columns.select([
        'thread',
        'tid',
        'start_ns',
        'end_ns',
        'holder',
        'holder_tid',
        'kind',
        'ignored',
        'uncertainty_ns'
      ]),
      { format: 'file' }
    );
    const old = readTraceFile(
      zipSync({
        'meta.json': new TextEncoder().encode(
          JSON.stringify({
            ...meta,
            version: 1,
            entries: undefined,
            document: {
              ...document,
              lines: undefined,
              ignored: undefined,
              locks: undefined,
              collections: undefined
            }
          })
        ),
        'intervals.arrow': entries['intervals.arrow'],
        'waits.arrow': waits ?? new Uint8Array()
      })
    );
    expect(old.tables).toEqual({});
    expect(old.document.lines).toEqual([]);
    expect(old.columns.waits.length).toBeGreaterThan(0);
    const { stack, holderStack, waker } = old.columns.waits;
    for (const column of [stack, holderStack, waker]) {
      expect(new Set(column)).toEqual(new Set([-1]));
    }
  });

  it('of a long run has its tables in batches', async () => {
    const result = randomResult(11, 3, 2 * BATCH_ROWS + 1000);
    const { bytes } = await traceOf(result);
    const { 'intervals.arrow': intervals, 'waits.arrow': waits } =
      unzipSync(bytes);
    const batches = (file: Uint8Array): number[] =>
      tableFromIPC(file).children[0].data.map(({ length }) => length);
    const total = result.threads.reduce((sum, { track }) => {
      return sum + track.length;
    }, 0);
    expect(total).toBeGreaterThan(2 * BATCH_ROWS);
    expect(batches(intervals)).toEqual([
      BATCH_ROWS,
      BATCH_ROWS,
      total - 2 * BATCH_ROWS
    ]);
    expect(batches(waits).reduce((sum, length) => sum + length, 0)).toBe(
      result.waits.length
    );
    const { columns } = readTraceFile(bytes);
    const expected = laneColumns(result);
    expected.tracks.forEach((track, row) => {
      expect(columns.tracks[row].state).toEqual(track.state);
      expect(columns.tracks[row].start).toEqual(
        track.start.map(time => time - result.begin)
      );
    });
    expect(columns.waits.holder).toEqual(expected.waits.holder);
    expect(columns.waits.kind).toEqual(expected.waits.kind);
  });

  it('makes the same bundle as the run itself', async () => {
    const result = randomResult(9, 5, 5000);
    const { document, bytes } = await traceOf(result);
    const trace = readTraceFile(bytes);
    expect(buildBundle(trace.document, trace.columns)).toEqual(
      buildBundle(document, result)
    );
  });

  it('may hold nothing', async () => {
    const { bytes } = await traceOf(madeResult(0, 0, []));
    expect(readTraceFile(bytes).columns.tracks).toEqual([]);
    const { bytes: idle } = await traceOf(
      madeResult(0, 5, [{ tid: 1, begin: 0, intervals: [] }])
    );
    expect(readTraceFile(idle).columns.tracks[0].length).toBe(0);
  });
});

describe('a file that is no trace', () => {
  let bytes: Uint8Array;

  beforeAll(async () => {
    ({ bytes } = await traceOf(randomResult(3, 4, 400)));
  });

  function expectRefused(damaged: Uint8Array, reason: RegExp): void {
    expect(() => readTraceFile(damaged)).toThrow(TraceFileError);
    expect(() => readTraceFile(damaged)).toThrow(reason);
  }

  function changed(
    change: (entries: Record<string, Uint8Array>) => void
  ): Uint8Array {
    const entries = unzipSync(bytes);
    change(entries);
    return zipSync(entries);
  }

  function withMeta(change: (meta: Record<string, unknown>) => void) {
    return changed(entries => {
      const meta = JSON.parse(
        new TextDecoder().decode(entries['meta.json'])
      ) as Record<string, unknown>;
      change(meta);
      entries['meta.json'] = new TextEncoder().encode(JSON.stringify(meta));
    });
  }

  it.each([0, 1, 21, 22, 100, 5000])('is cut to %d bytes', length => {
    expectRefused(bytes.subarray(0, length), /truncated or not a zip/);
  });

  it('is something else', () => {
    const other = new TextEncoder().encode('perf.data'.repeat(1000));
    expectRefused(other, /not a zip/);
    expectRefused(zipSync({ 'a.txt': other }), /no meta\.json/);
  });

  it('comes from a newer version', () => {
    const newer = withMeta(meta => (meta.version = 4));
    expectRefused(newer, /newer giltracer.*update/);
  });

  it('has a document that is not one', () => {
    expectRefused(
      withMeta(meta => (meta.document = { run: 1 })),
      /run is not an object/
    );
    expectRefused(
      withMeta(meta => (meta.origin_ns = 17)),
      /origin_ns/
    );
    expectRefused(
      changed(entries => (entries['meta.json'] = new Uint8Array(3))),
      /meta\.json is not JSON/
    );
  });

  it('lacks an entry, or has a wrong one', () => {
    expectRefused(
      changed(entries => Reflect.deleteProperty(entries, 'waits.arrow')),
      /waits\.arrow is missing/
    );
    expectRefused(
      changed(entries => (entries['waits.arrow'] = new Uint8Array(500))),
      /waits\.arrow/
    );
    expectRefused(
      changed(entries => (entries['intervals.arrow'] = entries['waits.arrow'])),
      /intervals\.arrow has a wrong content: column state is missing/
    );
  });

  it('names stacks and lines that it does not have', async () => {
    expectRefused(
      changed(entries => (entries['stacks.arrow'] = entries['lines.arrow'])),
      /stacks\.arrow has a wrong content: column parent is missing/
    );
    const { bytes: empty } = await traceOf(madeResult(0, 5, []));
    const { 'stacks.arrow': noStacks, 'lines.arrow': noLines } =
      unzipSync(empty);
    expectRefused(
      changed(entries => (entries['stacks.arrow'] = noStacks)),
      /column stack_id is out of range/
    );
    expectRefused(
      changed(entries => (entries['lines.arrow'] = noLines)),
      /stacks\.arrow has a wrong content: column line is out of range/
    );
    expectRefused(
      changed(entries => Reflect.deleteProperty(entries, 'holds.arrow')),
      /holds\.arrow is missing/
    );
  });

  it('has any one byte changed', () => {
    // Bytes of the archive's own headers (dates, versions) may change without harm to the content.
    const good = readTraceFile(bytes);
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        (at, flip) => {
          const damaged = bytes.slice();
          damaged[at] ^= flip;
          try {
            expect(readTraceFile(damaged)).toEqual(good);
          } catch (error) {
            expect(error).toBeInstanceOf(TraceFileError);
          }
        }
      ),
      { seed: SEED, numRuns: 300 }
    );
  });
});
