/**
 * Writes two trace files, the second one with long tables, for a reader that shares nothing with this code:
 * python_shim/tests/test_trace_file.py.
 */
import { writeFileSync } from 'node:fs';

import { WaitKind } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { buildDocument } from '../build-document';
import { traceFilePieces } from '../trace-file';
import { joinedPieces } from './joined-pieces';
import {
  madeCollections,
  madeHolds,
  madeLockWaits,
  madeStacks
} from './made-lines';
import { madeContext, madeResult } from './made-results';

const [, , file, largeFile] = process.argv;

// The main thread is not the first of the result: rows of the file must follow the document's table.
// The origin's low word is all ones, so that every time carries into the high word.
const made = madeResult(
  1000,
  10_000_001_000,
  [
    {
      tid: 4712,
      begin: 2000,
      intervals: [
        [ThreadState.WaitingGil, 5_000_000_000],
        [ThreadState.RunningGil, 1]
      ]
    },
    {
      tid: 4711,
      main: true,
      begin: 1000,
      intervals: [
        [ThreadState.RunningGil, 5_000_001_000],
        [ThreadState.OffCpu, 4_999_999_000]
      ]
    }
  ],
  [
    {
      thread: 0,
      start: 2000,
      end: 5_000_002_000,
      holder: 1,
      ignored: 7,
      stack: 1,
      holderStack: 2,
      waker: 1
    },
    {
      thread: 0,
      start: 5_000_002_000,
      end: 5_000_002_001,
      holder: -1,
      kind: WaitKind.Forced
    }
  ]
);

const CELL = '/tmp/ipykernel_17/42.py';
const result = {
  ...made,
  lines: [
    { file: CELL, line: 3, func: 'wörk' },
    { file: '/usr/lib/python3.11/queue.py', line: 171, func: 'Queue.get' }
  ],
  // The worker waits in the library that the cell called; the main thread holds in the cell.
  stacks: madeStacks([
    [-1, 0],
    [0, 1],
    [-1, 0]
  ]),
  holds: madeHolds([
    { thread: 1, start: 1000, end: 5_000_002_000, wanted: 5e9, forced: true },
    { thread: 0, start: 5_000_002_000, end: 5_000_002_001 }
  ]),
  lockWaits: madeLockWaits([
    { thread: 0, start: 1500, end: 1900, holder: 1, stack: 1 },
    { thread: 1, start: 6e9, end: 7e9 }
  ]),
  collections: madeCollections([[1, 2e9, 2_000_000_300]])
};

const pieces = traceFilePieces({
  document: buildDocument(result, madeContext([[4712, 'wörker']])),
  result,
  origin: (7n << 32n) + 0xffff_ffffn,
  clock: { monotonicNs: 1n, wallNs: 1_700_000_000_000_000_001n },
  sources: {
    cells: [{ file: CELL, cell: 'c0ffee', first_line: 1, label: 'In [3]' }],
    roots: { libraries: ['/usr/lib/python3.11'] }
  }
});
void joinedPieces(pieces).then(bytes => writeFileSync(file, bytes));

// Two threads whose intervals fill several batches; only the last wait has a holder.
const INTERVALS = 50_000;
const WAITS = 70_000;
const large = madeResult(
  0,
  INTERVALS * 10,
  [1, 2].map(tid => ({
    tid,
    main: tid === 1,
    begin: 0,
    intervals: Array.from({ length: INTERVALS }, (_, index) => [
      index % 2 === 0 ? ThreadState.RunningGil : ThreadState.OffCpu,
      10
    ])
  })),
  Array.from({ length: WAITS }, (_, index) => ({
    thread: 1,
    start: index,
    end: index + 1,
    holder: index === WAITS - 1 ? 0 : -1,
    ...(index === 0 && { kind: WaitKind.Forced })
  }))
);
void joinedPieces(
  traceFilePieces({
    document: buildDocument(large, madeContext()),
    result: large,
    origin: 0n
  })
).then(bytes => writeFileSync(largeFile, bytes));
