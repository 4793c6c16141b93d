/** Findings and what-ifs of a run that never was, for tests: each field of theirs is there. */
import type { Finding } from '../../findings/finding';
import type { WhatIf } from '../../findings/what-if';
import type { ReportDocument } from '../document';

const LINE = { file: 'loops.py', line: 12, function: 'work' };

export function madeFindings(): Required<
  Pick<ReportDocument, 'findings' | 'what_if'>
> {
  const findings: Finding[] = [
    {
      kind: 'gil-bound',
      text: 'Line 12 made others wait 250 ms of 2.00 s.',
      evidence: [
        { from: 0, to: 7, table: 'lines', line: LINE },
        {
          from: 25,
          to: 31,
          table: 'blame',
          line: LINE,
          tid: 101,
          range_ns: { from: 0, to: 250_000_000 }
        }
      ],
      remedy: 'Use processes.'
    },
    { kind: 'parallel', text: 'Line 4 runs in parallel.', evidence: [] }
  ];
  const range = { low_ns: 1e9, high_ns: 15e8, assumptions: ['Two CPUs.'] };
  const whatIfs: WhatIf[] = [
    { change: { kind: 'release', line: LINE }, ...range },
    {
      change: { kind: 'switch-interval', switch_interval_ns: 500_000 },
      ...range
    },
    { change: { kind: 'threads', threads: 4 }, ...range },
    { change: { kind: 'no-gil' }, ...range }
  ];
  return { findings, what_if: whatIfs };
}
