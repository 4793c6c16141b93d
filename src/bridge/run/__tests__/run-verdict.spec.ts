import type { ReportDocument } from '../../../core/trace/document';
import { runVerdict } from '../run-verdict';

const DOCUMENT: ReportDocument = {
  run: {
    id: 'run-1',
    name: '',
    state: 'done',
    started_at: '2026-01-02T03:04:05Z'
  },
  capture: {
    mode: 'full',
    python: '3.11.7',
    free_threaded: false,
    gil_enabled: true,
    scheduler_states: true,
    events: 10,
    lost: 0,
    duration_ns: 20_000_000,
    environment: { packages: { numpy: '2.0' } }
  },
  threads: [],
  blame: [],
  waits: [],
  lines: [],
  ignored: [],
  locks: []
};

describe('what a list shows of a run', () => {
  it('is the run, how it was captured, its cell and the first finding', () => {
    const document: ReportDocument = {
      ...DOCUMENT,
      findings: [
        { kind: 'gil-bound', text: 'Two threads fight.', evidence: [] },
        { kind: 'fine', text: 'Not the first.', evidence: [] }
      ]
    };
    const cell = (file: string, execution_count?: number) => ({
      file,
      first_line: 1,
      execution_count
    });
    // The same text was run before another one, and again.
    const cells = [cell('a', 3), cell('b', 2), cell('c')];
    const source = { cells, roots: { libraries: [] } };
    expect(runVerdict(document, source)).toEqual({
      format: 'giltracer-verdict',
      version: 1,
      run: DOCUMENT.run,
      label: 'In [3]',
      capture: { mode: 'full', python: '3.11.7', duration_ns: 20_000_000 },
      findings: [{ kind: 'gil-bound', text: 'Two threads fight.' }]
    });
  });

  it('has no key for what there is not', () => {
    const told = runVerdict(DOCUMENT, undefined);
    expect(Object.keys(told)).toEqual(['format', 'version', 'run', 'capture']);
  });
});
