import { tableFromIPC } from '@uwdata/flechette';

import {
  int32Column,
  int64Column,
  textColumn,
  uint8Column,
  wordColumn
} from '../arrow-columns';
import { arrowFile } from '../arrow-file';
import { joinedPieces } from './joined-pieces';

// What other programs read of such a file is in python_shim/tests/test_trace_file.py.
describe('an Arrow file', () => {
  it('joins batches, whose nulls and words may differ', async () => {
    const words = ['a', 'b', 'c'];
    const file = await joinedPieces(
      arrowFile([
        {
          index: int32Column(Int32Array.of(1, 2, 3), -1),
          word: wordColumn(Uint8Array.of(0, 0, 0), words),
          text: textColumn(['x', 'yy', 'zzz'])
        },
        {
          index: int32Column(Int32Array.of(-1, 5), -1),
          word: wordColumn(Uint8Array.of(2, 1), words),
          text: textColumn(['', undefined])
        }
      ])
    );
    const table = tableFromIPC(file);
    expect(table.toArray()).toEqual([
      { index: 1, word: 'a', text: 'x' },
      { index: 2, word: 'a', text: 'yy' },
      { index: 3, word: 'a', text: 'zzz' },
      { index: null, word: 'c', text: '' },
      { index: 5, word: 'b', text: null }
    ]);
  });

  it('is a stream between the marks of a file', async () => {
    const file = await joinedPieces(
      arrowFile([
        { time: int64Column(Float64Array.of(1, 2), 40n) },
        { time: int64Column(Float64Array.of(3), 40n) }
      ])
    );
    const text = (from: number, to?: number): string =>
      String.fromCharCode(...file.slice(from, to));
    expect(text(0, 8)).toBe('ARROW1\0\0');
    expect(text(-6)).toBe('ARROW1');
    const stream = tableFromIPC(file.slice(8), { useBigInt: true });
    expect(stream.getChild('time').toArray()).toEqual(
      BigInt64Array.of(41n, 42n, 43n)
    );
  });

  it('makes a batch only when the one before was taken', () => {
    const made: number[] = [];
    function* batches() {
      for (const row of [1, 2]) {
        made.push(row);
        yield { row: uint8Column(Uint8Array.of(row)) };
      }
    }
    const pieces = arrowFile(batches());
    // The mark, the schema, and the first batch.
    for (let piece = 0; piece < 3; piece++) {
      pieces.next();
    }
    expect(made).toEqual([1]);
    expect([...pieces].length).toBeGreaterThan(0);
    expect(made).toEqual([1, 2]);
  });

  it('needs a batch, which says what columns there are', () => {
    expect(() => [...arrowFile([])]).toThrow('needs a batch');
    const empty = [...arrowFile([{ row: uint8Column(new Uint8Array(0)) }])];
    expect(empty.length).toBeGreaterThan(3);
  });
});
