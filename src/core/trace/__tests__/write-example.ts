/**
 * Writes a trace file and what must stand in it, for a reader that shares nothing with this code:
 * python_shim/tests/test_trace_file.py.
 */
import { writeFileSync } from 'node:fs';

import { WaitKind } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { buildDocument } from '../build-document';
import { writeTraceFile } from '../trace-file';
import { madeContext, madeResult } from './made-results';

const [, , file] = process.argv;

// The main thread is not the first of the result: rows of the file must follow the document's table.
// The origin's low word is all ones, so that every time carries into the high word.
const result = madeResult(
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
    { thread: 0, start: 2000, end: 5_000_002_000, holder: 1, ignored: 7 },
    {
      thread: 0,
      start: 5_000_002_000,
      end: 5_000_002_001,
      holder: -1,
      kind: WaitKind.Forced
    }
  ]
);

writeFileSync(
  file,
  writeTraceFile({
    document: buildDocument(result, madeContext([[4712, 'wörker']])),
    result,
    origin: (7n << 32n) + 0xffff_ffffn,
    clock: { monotonicNs: 1n, wallNs: 1_700_000_000_000_000_001n }
  })
);
