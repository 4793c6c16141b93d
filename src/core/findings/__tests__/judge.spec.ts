import fc from 'fast-check';

import { buildDocument } from '../../trace/build-document';
import { readFindings } from '../../trace/read-findings';
import { NO_SOURCES, SourcePaths } from '../../trace/source-paths';
import {
  chance,
  madeContext,
  randomResult
} from '../../trace/__tests__/made-results';
import type { Finding } from '../finding';
import { findingsOf } from '../judge';
import { Available } from '../remedies';
import { columnsOf, findingsOfRun, times, type MadeRun } from './made-runs';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`findings/judge.spec: fast-check seed ${SEED}`));

/** The words that a finding's evidence points at. */
function cited({ text, evidence }: Finding): string[] {
  return evidence.map(({ from, to }) => text.slice(from, to));
}

/** Two threads that take turns of 5 ms. */
const TURNS: MadeRun = {
  threads: [times(10, 'HHHHHwwwww'), times(10, 'wwwwwHHHHH')],
  holds: Array.from({ length: 20 }, (_, i) => ({
    thread: i % 2,
    start: i * 5,
    end: i * 5 + 5,
    wanted: 5
  })),
  waits: Array.from({ length: 20 }, (_, i) => ({
    thread: 1 - (i % 2),
    start: i * 5,
    end: i * 5 + 5,
    holder: i % 2,
    stack: 0,
    holderStack: 0
  }))
};

describe('the verdict', () => {
  it('names the line, in numbers that are cited', () => {
    const [first] = findingsOfRun(TURNS);
    expect(first.kind).toBe('gil-bound');
    expect(first.text).toBe(
      'Threads fight for the GIL: prog.py:3 in work made others wait 100 ms, and 2 threads did the work of 1.00, where 2 CPUs could have worked.'
    );
    expect(cited(first)).toEqual([
      'prog.py:3 in work',
      '100 ms',
      '2 threads',
      '1.00',
      '2 CPUs'
    ]);
    expect(first.evidence[1]).toMatchObject({
      table: 'lines',
      line: { file: 'prog.py', line: 3, function: 'work' }
    });
  });

  it('names in a remedy only what the interpreter has', () => {
    const remedy = (python: string): string =>
      findingsOfRun({ ...TURNS, capture: { python } })[0].remedy ?? '';
    expect(remedy('3.11.7')).toContain('ProcessPoolExecutor');
    expect(remedy('3.11.7')).not.toMatch(/Interpreter|free-threaded/);
    expect(remedy('3.13.1')).toContain('free-threaded build of Python 3.13');
    expect(remedy('3.13.1')).not.toContain('InterpreterPool');
    expect(remedy('3.14.0')).toContain('InterpreterPoolExecutor');
  });

  it('does not blame the GIL where there is one CPU', () => {
    const environment = { cpus_usable: 1, switch_interval: 5_000_000 };
    const [first] = findingsOfRun({ ...TURNS, capture: { environment } });
    expect(first.kind).toBe('few-cpus');
    expect(first.text).toContain('the process may use 1 CPU.');
  });

  it('names the call, its native function and the engine’s remedy', () => {
    const [first] = findingsOfRun({
      threads: [times(100, 'H'), times(100, 'w')],
      holds: [{ thread: 0, start: 0, end: 100, wanted: 100 }],
      waits: [
        {
          thread: 1,
          start: 0,
          end: 100,
          holder: 0,
          ignored: 19,
          stack: 1,
          holderStack: 0
        }
      ],
      result: {
        ignored: [
          {
            holder: 0,
            holderStack: 0,
            symbol: 'sre_ucs1_match',
            library: '/usr/lib/libpython3.11.so.1.0',
            wantedNs: 1e8,
            holds: 1,
            requests: 19
          }
        ]
      }
    });
    expect(first.kind).toBe('call-keeps-gil');
    expect(first.text).toBe(
      'A call keeps the GIL all the time that it runs: prog.py:3 in work, in sre_ucs1_match, others waited 100 ms for such calls and asked 19 times in vain.'
    );
    expect(first.remedy).toMatch(
      /^The regular expression engine keeps the GIL/
    );
  });

  it('tells a serial stretch by its share', () => {
    const [first] = findingsOfRun({
      threads: [
        times(60, 'H') + times(40, 'L'),
        times(60, ' ') + times(40, 'R'),
        times(60, ' ') + times(40, 'R')
      ],
      lockWaits: [{ thread: 0, start: 60, end: 100, stack: 3 }]
    });
    expect(first.kind).toBe('serial');
    expect(first.text).toContain('60.0 ms, 60.0 % of the run');
    expect(first.evidence[0].range_ns).toEqual({ from: 0, to: 60_000_000 });
  });

  it('names what fills the time of nobody', () => {
    const [first] = findingsOfRun({
      threads: ['H' + times(99, 'L'), 'H' + times(99, '.')],
      lockWaits: [{ thread: 0, start: 1, end: 100, stack: 3 }],
      result: {
        lineTimes: [
          {
            line: 0,
            self: NOTHING,
            total: { ...NOTHING, releasedNs: 99e6 },
            heldErrorNs: 0,
            samples: 0,
            waits: 0
          }
        ]
      }
    });
    expect(first.kind).toBe('input-output');
    expect(first.text).toContain('prog.py:3 in work');
  });

  it('does not call a run fine in which a native pool was busy without calls', () => {
    const [first] = findingsOfRun({
      threads: [times(90, 'H') + times(10, 'R'), times(100, 'R')],
      native: [1]
    });
    expect(first.kind).toBe('spinning');
    expect(first.text).toContain(
      'may be spinning, that is waiting in a loop: 1 thread of a native library had a CPU for 90.0 ms while'
    );
  });

  it('says nothing of spinning where a pool works for a call', () => {
    const kinds = findingsOfRun({
      threads: ['H' + times(99, 'R'), times(100, 'R')],
      native: [1]
    }).map(({ kind }) => kind);
    expect(kinds[0]).toBe('fine');
    expect(kinds).not.toContain('spinning');
  });

  it('says that a call sleeps with the GIL', () => {
    const [first] = findingsOfRun({
      threads: [times(40, 'h'), times(40, 'w')],
      holds: [{ thread: 0, start: 0, end: 40, wanted: 40 }],
      waits: [{ thread: 1, start: 0, end: 40, holder: 0, holderStack: 0 }],
      asleep: { 0: 40 }
    });
    expect(first.kind).toBe('call-keeps-gil');
    expect(first.text).toMatch(
      /^A call keeps the GIL while it sleeps: prog.py:3 in work, others waited 40\.0 ms/
    );
    expect(first.remedy).toContain('ctypes.CDLL');
  });

  it('names for each native library what limits its threads', () => {
    const remedy = (library?: string): string => {
      const run = columnsOf({ threads: ['R'] }).document;
      return new Available(run.capture).oneNativeThread(library);
    };
    expect(remedy('numpy.libs/libscipy_openblas64_-32a4b2a6.so')).toMatch(
      /^with threadpoolctl/
    );
    expect(remedy()).toMatch(/^with threadpoolctl/);
    expect(remedy('pyarrow/libarrow.so.2300')).toBe('pyarrow.set_cpu_count(1)');
    expect(remedy('torch/lib/libtorch_cpu.so')).toBe(
      'torch.set_num_threads(1)'
    );
    expect(remedy('mine.so')).toMatch(/^look in its manual/);
  });

  it('does not tell to share a stretch of Python code among threads', () => {
    const remedy = (letter: string): string =>
      findingsOfRun({
        threads: [
          times(60, letter) + times(40, 'L'),
          times(60, ' ') + times(40, 'R'),
          times(60, ' ') + times(40, 'R')
        ],
        lockWaits: [{ thread: 0, start: 60, end: 100, stack: 3 }]
      })[0].remedy ?? '';
    expect(remedy('R')).toMatch(/^Split this part among the threads/);
    expect(remedy('H')).toContain('ProcessPoolExecutor');
  });

  it('says what a lock hides', () => {
    const lockWaits = [{ thread: 1, start: 0, end: 40, stack: 1 }];
    const remedy = (letter: string): string =>
      findingsOfRun({
        threads: [times(40, letter), times(40, 'L')],
        lockWaits
      })[0].remedy ?? '';
    expect(remedy('R')).toContain('Do less while the lock is held');
    expect(remedy('H')).toContain('would wait for the GIL instead');
  });

  it('says that nothing is to be fixed, and how busy the GIL was', () => {
    const [first] = findingsOfRun({
      threads: ['HHH' + times(97, 'R'), times(100, 'R')]
    });
    expect(first.kind).toBe('fine');
    expect(first.text).toMatch(
      /^Nothing to fix here: the GIL was 3\.0 % busy,/
    );
  });

  it('calls nothing fine but the GIL where waits for locks were not recorded', () => {
    const [first] = findingsOfRun({
      threads: ['HHH' + times(97, 'R'), times(100, 'R')],
      capture: { lock_waits: false }
    });
    expect(first.kind).toBe('fine');
    expect(first.text).toMatch(
      /^Nothing to fix as far as the GIL goes: .* Waits for locks and queues were not recorded\.$/
    );
  });

  it('puts what the program does before what the machine did', () => {
    const kinds = (run: MadeRun) => findingsOfRun(run).map(({ kind }) => kind);
    const busy = TURNS.threads.map(letters => letters + times(120, 'p'));
    expect(kinds({ ...TURNS, threads: busy }).slice(0, 2)).toEqual([
      'gil-bound',
      'busy-machine'
    ]);
    expect(kinds({ threads: [times(100, 'p'), times(100, 'p')] })[0]).toBe(
      'busy-machine'
    );
  });

  it('says nothing where nothing is known', () => {
    expect(findingsOfRun({ threads: ['??????'] })).toEqual([]);
    expect(findingsOfRun({ threads: ['?????H'] })).toEqual([]);
  });

  it('has no word of the GIL where there is none', () => {
    const findings = findingsOfRun({
      threads: [times(100, 'R'), times(100, 'R'), times(100, 'p')],
      capture: { gil_enabled: false, free_threaded: true }
    });
    expect(findings[0].kind).toBe('few-cpus');
    for (const { text, remedy = '' } of findings) {
      expect(text + remedy).not.toContain('GIL');
    }
  });

  it('says what is missing and what tracing cost', () => {
    const [first] = findingsOfRun({
      ...TURNS,
      capture: { lost: 1200, overhead_percent: 31 }
    });
    expect(first.text).toMatch(
      / 1,200 records were lost: times are at least as long as said\. Tracing itself took at least 31\.0 % of the run\.$/
    );
  });

  it('talks sense of any run', () => {
    const places = new SourcePaths(NO_SOURCES);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.constantFrom('full', 'waits', 'futex', 'watch', 'sample'),
        fc.boolean(),
        (seed, threads, intervals, mode, gil) => {
          const result = randomResult(seed, threads, intervals, 1e5);
          const context = madeContext();
          const random = chance(seed);
          const document = buildDocument(
            { ...result, sampled: mode === 'sample' },
            {
              ...context,
              capture: {
                ...context.capture,
                mode,
                gil_enabled: gil,
                lost: random() < 0.5 ? 0 : 12,
                environment:
                  random() < 0.3 ? {} : { cpus_usable: 2, cpu_quota: 1.5 }
              },
              places
            }
          );
          const findings = findingsOf(result, document, places);
          // The reader refuses evidence that is out of order, or outside of the text.
          expect(readFindings(findings, 'findings')).toEqual(findings);
          for (const { text, remedy = '' } of findings) {
            expect(text + remedy).not.toMatch(/NaN|Infinity|undefined|null/);
            expect(text).toMatch(/^\S[^\n]*\.$/);
          }
        }
      ),
      { seed: SEED, numRuns: 150 }
    );
  });
});

const NOTHING = {
  heldNs: 0,
  heldWhileWantedNs: 0,
  waitedNs: 0,
  releasedNs: 0
};
