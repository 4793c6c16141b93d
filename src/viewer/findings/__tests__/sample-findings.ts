/** Findings about the sample run: the numbers are the sample's own. */
import type { Evidence, Finding } from '../../../core/findings/finding';
import type { WhatIf } from '../../../core/findings/what-if';
import type { BundleView } from '../../../core/trace/bundle-view';
import type { LineRow, ReportDocument } from '../../../core/trace/document';
import { sampleView } from '../../__tests__/sample-view';

const MS = 1e6;

export const HOT = { file: 'In [2]', line: 5, function: 'count', cell: 'c-2' };

/** Evidence for the only place where a text has `part`. */
export function evidenceFor(
  text: string,
  part: string,
  where: Omit<Evidence, 'from' | 'to'>
): Evidence {
  const from = text.indexOf(part);
  return { from, to: from + part.length, ...where };
}

const SCALED =
  'Threads waited for the GIL 10 ms of 40 ms: In [2]:5 in count made them wait 10 ms.';
const WAITED = 'The longest wait took 5 ms.';
const ALONE = 'MainThread alone had work for 3 ms.';

export const FINDINGS: readonly Finding[] = [
  {
    kind: 'gil-bound',
    text: SCALED,
    evidence: [
      evidenceFor(SCALED, '40 ms', { table: 'threads', tid: 102 }),
      evidenceFor(SCALED, 'In [2]:5 in count', { table: 'lines', line: HOT })
    ],
    remedy: 'Use processes: concurrent.futures.ProcessPoolExecutor.'
  },
  {
    kind: 'convoy',
    text: WAITED,
    evidence: [
      evidenceFor(WAITED, '5 ms', {
        table: 'waits',
        tid: 102,
        range_ns: { from: 10 * MS, to: 15 * MS }
      })
    ],
    remedy: 'Shorten the switch interval.'
  },
  {
    kind: 'serial',
    text: ALONE,
    evidence: [
      evidenceFor(ALONE, '3 ms', {
        table: 'threads',
        tid: 100,
        range_ns: { from: 5 * MS, to: 8 * MS }
      })
    ]
  },
  {
    kind: 'fine',
    text: 'Tracing cost 2.5 %.',
    evidence: [{ from: 13, to: 18, table: 'capture' }]
  },
  { kind: 'other', text: 'Something else.', evidence: [] }
];

export const CHANGES: readonly WhatIf[] = [
  {
    change: { kind: 'release', line: HOT },
    low_ns: 10 * MS,
    high_ns: 12 * MS,
    assumptions: ['There are CPUs enough.', 'The line touches no object.']
  },
  {
    change: { kind: 'no-gil' },
    low_ns: 10 * MS,
    high_ns: 10 * MS,
    assumptions: ['There are CPUs enough.']
  }
];

const LINE: LineRow = {
  ...HOT,
  made_wait_ns: 10 * MS,
  waited_ns: 0,
  total_waited_ns: 0
};

/** A new copy of the sample with a verdict, and with the line that it names. */
export function sampleWithVerdict(
  changes: Partial<ReportDocument> = {}
): BundleView {
  const view = sampleView();
  const { document } = view;
  if (document === undefined) {
    throw new Error('the sample has a document');
  }
  const [first, second] = document.waits;
  return {
    ...view,
    document: {
      ...document,
      waits: [{ ...first, holder_line: HOT }, second],
      lines: [
        { ...LINE, line: 4, made_wait_ns: 1 * MS },
        LINE,
        { ...LINE, file: 'a.py', made_wait_ns: 0 }
      ],
      findings: [...FINDINGS],
      what_if: [...CHANGES],
      ...changes
    }
  };
}
