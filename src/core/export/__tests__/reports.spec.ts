import { Sanitizer } from '@jupyterlab/apputils/lib/sanitizer';
import fc from 'fast-check';

import type { ThreadsResult } from '../../threads/result';
import { ThreadState } from '../../threads/states';
import { buildBundle } from '../../trace/build-bundle';
import { buildDocument } from '../../trace/build-document';
import { STATIC_MAX_BYTES } from '../../trace/bundle';
import type { ReportDocument } from '../../trace/document';
import {
  madeCollections,
  madeHolds,
  madeLockWaits,
  madeStacks
} from '../../trace/__tests__/made-lines';
import {
  madeContext,
  madeResult,
  randomResult
} from '../../trace/__tests__/made-results';
import { escapeHtml, reportHtml } from '../html';
import { reportJson } from '../json';
import { lanesPng } from '../png';
import { reportText } from '../text';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`reports.spec: fast-check seed ${SEED}`));

const { RunningGil, WaitingGil, OffCpu, Running, NoGil } = ThreadState;

const result = madeResult(
  0,
  2e9,
  [
    {
      tid: 100,
      main: true,
      begin: 0,
      intervals: [
        [RunningGil, 2e8],
        [OffCpu, 18e8]
      ]
    },
    {
      tid: 101,
      begin: 1e9,
      intervals: [
        [RunningGil, 5e8],
        [WaitingGil, 25e7],
        [Running, 125e6],
        [OffCpu, 125e6]
      ]
    }
  ],
  [{ thread: 1, start: 15e8, end: 175e7, holder: 0 }]
);
const names: [number, string][] = [
  [100, 'MainThread'],
  [101, 'Thread-1 (work)']
];
const document = buildDocument(result, madeContext(names));

/** Bytes of html and picture as a notebook stores them. */
function room(text: string, picture: Uint8Array): number {
  return (
    Buffer.byteLength(JSON.stringify(text)) +
    Buffer.from(picture).toString('base64').length
  );
}

describe('reportText', () => {
  it('says what a reader must know, in order', () => {
    expect(reportText(document)).toBe(
      [
        'GIL trace of two loops · 2.00 s',
        'mode full (every take, drop and wait) · Python 3.11.7 · 1,204,331 events, 0 lost · tracing cost at least 3.1 % · giltracer itself used 12.4 % of one CPU, outside the program',
        'Lines were not recorded.',
        '',
        '  thread           tid    time  has gil %  gil wait %  no gil %  = working  + asleep  waits',
        '* MainThread       100  2.00 s       10.0         0.0      90.0        0.0      90.0      0',
        '  Thread-1 (work)  101  1.00 s       50.0        25.0      25.0       12.5      12.5      1',
        '  * main thread. Shares of each thread’s own time; of “no gil” only “working” gets work done.',
        '',
        'Who made others wait for the GIL',
        '  MainThread made Thread-1 (work) wait 250 ms (1 wait)',
        '',
        'Longest waits for the GIL',
        '  250 ms at 1.50 s: Thread-1 (work), held longest by MainThread',
        ''
      ].join('\n')
    );
  });

  it('begins with the verdict', () => {
    const [, ...lines] = reportText({
      ...document,
      findings: [
        {
          kind: 'gil-bound',
          text: 'It was the GIL.',
          evidence: [],
          remedy: 'Use processes.'
        },
        {
          kind: 'lock',
          text: 'There was a lock.',
          evidence: [],
          remedy: 'Hold it shorter.'
        },
        { kind: 'parallel', text: 'Line 4 runs\nin parallel.', evidence: [] }
      ]
    }).split('\n');
    expect(lines.slice(0, 7)).toEqual([
      '',
      'It was the GIL.',
      '→ Use processes.',
      '- There was a lock. Hold it shorter.',
      '- Line 4 runs\ufffdin parallel.',
      '',
      expect.stringMatching(/^mode full/)
    ]);
  });

  it('warns first of what limits the figures', () => {
    const lines = reportText({
      ...document,
      run: { ...document.run, state: 'partial', message: 'The kernel ended.' },
      capture: { ...document.capture, lost: 1234, late: 2 }
    }).split('\n');
    expect(lines[0]).toBe('GIL trace of two loops · partial · 2.00 s');
    expect(lines[2]).toBe('! The kernel ended.');
    expect(lines[3]).toMatch(/^! 1,234 records were lost: .* lower bounds\.$/);
    expect(lines[4]).toMatch(/^! 2 records came too late to be put in order: /);
  });

  it('shows what the capture can’t know as absent', () => {
    const blind = madeResult(0, 1e6, [
      { tid: 1, main: true, begin: 0, intervals: [[NoGil, 1e6]] }
    ]);
    const text = reportText(
      buildDocument({ ...blind, schedulerStates: false }, madeContext())
    );
    expect(text).toMatch(/100\.0 +- +- +0$/m);
    expect(text).toContain('No thread waited for the GIL.');
    expect(text).toContain('scheduler states not recorded');
  });

  it('accuses nobody where no holder is known', () => {
    const text = reportText({
      ...document,
      blame: [{ waiter: { tid: 101 }, wait_ns: 2e6, count: 3 }],
      waits: [{ ...document.waits[0], holder_tid: undefined }]
    });
    expect(text).toContain(
      '  Thread-1 (work) waited 2.00 ms while nobody is known to have held it (hand-off, 3 waits)\n'
    );
    expect(text).toContain('  250 ms at 1.50 s: Thread-1 (work)\n');
  });

  it('ends long tables, and says so', () => {
    const many = randomResult(1, 90, 5000);
    const text = reportText(buildDocument(many, madeContext()));
    expect(text).toContain('\n  50 more rows\n');
    expect(text.split('\n').length).toBeLessThan(115);
  });

  it('keeps names in their line and terminals in order', () => {
    const text = reportText(
      buildDocument(
        result,
        madeContext([
          [100, 'a\u001b[2Jb\nc\u202ed'],
          [101, '日本語のとても長いスレッドの名前です、本当にとても長い']
        ])
      )
    );
    expect(text).toContain('* a�[2Jb�c�d ');
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    const rows = text.split('\n').slice(4, 7);
    const widths = rows.map(row => Array.from(row).length);
    expect(new Set(widths).size).toBe(1);
  });
});

describe('a report by line', () => {
  const FILE = '/tmp/ipykernel_9/1234.py';
  const figures = (
    heldNs: number,
    heldWhileWantedNs: number,
    waitedNs: number,
    releasedNs: number
  ) => ({ heldNs, heldWhileWantedNs, waitedNs, releasedNs });
  // The worker waits in a library that a cell's function calls; the main thread holds in the cell.
  const byLine: ThreadsResult = {
    ...madeResult(
      0,
      2e9,
      [
        {
          tid: 100,
          main: true,
          begin: 0,
          intervals: [
            [RunningGil, 2e8],
            [OffCpu, 18e8]
          ]
        },
        {
          tid: 101,
          begin: 1e9,
          intervals: [
            [RunningGil, 75e7],
            [WaitingGil, 25e7]
          ]
        }
      ],
      [
        {
          thread: 1,
          start: 15e8,
          end: 175e7,
          holder: 0,
          stack: 1,
          holderStack: 2
        },
        { thread: 1, start: 18e8, end: 18e8 + 12_000, holder: -1, stack: 1 }
      ]
    ),
    lines: [
      { file: FILE, line: 3, func: 'work' },
      { file: '/usr/lib/python3.11/json/encoder.py', line: 200, func: 'dump' },
      { file: FILE, line: 8, func: '<module>' }
    ],
    stacks: madeStacks([
      [-1, 0],
      [0, 1],
      [-1, 2]
    ]),
    holds: madeHolds([{ thread: 0, start: 15e8, end: 17e8, wanted: 2e8 }]),
    lineTimes: [
      {
        line: 0,
        self: figures(1e8, 0, 0, 125e6),
        total: figures(5e8, 0, 25e7, 125e6),
        heldErrorNs: 1e6,
        samples: 98,
        waits: 0
      },
      {
        line: 1,
        self: figures(4e8, 0, 25e7, 0),
        total: figures(4e8, 0, 25e7, 0),
        heldErrorNs: 1e6,
        samples: 402,
        waits: 2
      },
      {
        line: 2,
        self: figures(2e8, 2e8, 0, 0),
        total: figures(2e8, 2e8, 0, 0),
        heldErrorNs: 5e6,
        samples: 1190,
        waits: 0
      }
    ],
    lineBlame: [
      {
        waiter: 1,
        waiterStack: 1,
        holder: 0,
        holderStack: 2,
        waitNs: 25e7,
        count: 1
      }
    ],
    ignored: [
      {
        holder: 0,
        holderStack: 2,
        symbol: 'long_mul',
        library: '/usr/lib/libpython3.11.so.1.0',
        wantedNs: 2e8,
        holds: 1,
        requests: 40
      }
    ],
    lockWaits: madeLockWaits([
      { thread: 1, start: 11e8, end: 115e7, holder: 0, stack: 0 }
    ]),
    collections: madeCollections([
      [0, 1e8, 103e6],
      [0, 2e8, 204e6]
    ])
  };
  const context = madeContext(names);
  const sources = {
    cells: [{ file: FILE, cell: 'c0ffee', first_line: 1, label: 'In [3]' }],
    roots: { libraries: ['/usr/lib/python3.11'] }
  };
  const lined = buildDocument(byLine, {
    ...context,
    capture: {
      ...context.capture,
      hits: 40_000,
      ns_per_hit: 1550,
      lengthened_holds_ns: 250_000,
      line_samples: { count: 1690, period_ns: 1_020_000 }
    },
    sources
  });

  it('says which line made which one wait', () => {
    expect(reportText(lined)).toBe(
      [
        'GIL trace of two loops · 2.00 s',
        'mode full (every take, drop and wait) · Python 3.11.7 · 1,204,331 events, 0 lost · tracing cost at least 3.1 %: 40,000 hits x 1.55 µs · giltracer itself used 12.4 % of one CPU, outside the program',
        'Lengthened holds: probes hit while a thread held the GIL took at least 250 µs.',
        '1 wait shorter than 20 µs (12.0 µs in all) may be caused by tracing.',
        'Lines within holds were seen 1,690 times by reading memory, every 1.02 ms.',
        '',
        'Lines that made others wait for the GIL',
        '  line                         made others wait  waited    held  released       held itself  samples',
        '  In [3]:9                               250 ms     0 s  200 ms       0 s  200 ms ± 5.00 ms    1,190',
        '  json/encoder.py:200 in dump               0 s  250 ms  400 ms       0 s  400 ms ± 1.00 ms      402',
        '  In [3]:4 in work                          0 s  250 ms  500 ms    125 ms  100 ms ± 1.00 ms       98',
        '  Times of a line include what it called, except for “held itself”: how a hold is split by line is sampled, ± is the 95 % interval.',
        '',
        '  thread           tid    time  has gil %  gil wait %  no gil %  = working  + asleep  waits  held wanted',
        '* MainThread       100  2.00 s       10.0         0.0      90.0        0.0      90.0      0       200 ms',
        '  Thread-1 (work)  101  1.00 s       75.0        25.0       0.0        0.0       0.0      2          0 s',
        '  * main thread. Shares of each thread’s own time; of “no gil” only “working” gets work done.',
        '',
        'Who made others wait for the GIL',
        '  MainThread at In [3]:9 made Thread-1 (work) at In [3]:4 in work wait 250 ms (1 wait)',
        '',
        'Who kept the GIL when asked for it',
        '  MainThread at In [3]:9 kept the GIL 40 switch intervals: in long_mul of libpython3.11.so.1.0 (1 hold, others waited 200 ms)',
        '',
        'Longest waits for the GIL',
        '  250 ms at 1.50 s: Thread-1 (work) at In [3]:4 in work, held longest by MainThread at In [3]:9',
        '  12.0 µs at 1.80 s: Thread-1 (work) at In [3]:4 in work',
        '',
        'Who waited for a lock',
        '  Thread-1 (work) at In [3]:4 in work waited 50.0 ms for a lock (1 wait, released by MainThread)',
        '',
        'The garbage collector ran 2 times: 7.00 ms in all, 4.00 ms the longest.',
        ''
      ].join('\n')
    );
  });

  it('says the same as HTML', () => {
    const html = reportHtml(lined);
    for (const part of [
      'Lines that made others wait for the GIL',
      '>In [3]:9</td>',
      '>200\u00a0ms\u00a0±\u00a05.00\u00a0ms</td>',
      'MainThread at In [3]:9 made Thread-1 (work) at In [3]:4 in work wait 250 ms',
      'in long_mul of libpython3.11.so.1.0',
      'waited 50.0 ms for a lock',
      'ran 2 times',
      '40,000 hits x 1.55 µs · giltracer itself used 12.4 % of one CPU, outside the program',
      'Lengthened holds'
    ]) {
      expect(html).toContain(part);
    }
    expect(new Sanitizer().sanitize(html)).toContain(
      '>200\u00a0ms\u00a0±\u00a05.00\u00a0ms</td>'
    );
  });

  it('begins as HTML with the verdict, which is the picture’s text, too', () => {
    const findings = [
      {
        kind: 'gil-bound' as const,
        text: 'It was <work>.',
        evidence: [],
        remedy: 'Use processes.'
      },
      { kind: 'lock' as const, text: 'There was a lock.', evidence: [] }
    ];
    const html = new Sanitizer().sanitize(
      reportHtml({ ...lined, findings }, lanesPng(buildBundle(lined, byLine)))
    );
    expect(html).toContain(
      '<b>It was &lt;work&gt;.</b></div><div>Use processes.</div><ul><li>There was a lock.</li></ul>'
    );
    expect(html).toMatch(/<img[^>]* alt="[^"]*: It was &lt;work&gt;\."/);
    expect(html.indexOf('It was')).toBeLessThan(html.indexOf('<table'));
  });

  it('stays within the static budget with many lines and long names', () => {
    const random = randomResult(24, 24, 30_000);
    const made = buildDocument(random, madeContext());
    const [line] = lined.lines;
    const [blame] = lined.blame;
    const [ignored] = lined.ignored;
    const [lock] = lined.locks;
    const name = '\u{1f40d}<&>'.repeat(2000);
    const many = <Row extends object>(row: Row): Row[] =>
      Array.from({ length: 5000 }, (_, index) => ({
        ...row,
        file: name,
        function: name,
        line: index + 1
      }));
    Object.assign(made, {
      lines: many({ ...line, made_wait_ns: 1e6 }),
      blame: Array.from({ length: 5000 }, () => ({
        ...blame,
        waiter: { tid: 1, file: name, line: 1, function: name }
      })),
      ignored: many({ ...ignored, native_function: name, library: name }),
      locks: many(lock),
      findings: many({ kind: 'lock', text: name, remedy: name, evidence: [] })
    });
    const picture = lanesPng(buildBundle(made, random));
    const html = reportHtml(made, picture);
    expect(room(html, picture)).toBeLessThanOrEqual(STATIC_MAX_BYTES);
    // What counts most stays.
    expect(html).toContain('Lines that made others wait for the GIL');
  });

  it('names what mode waits can’t know, and shows no figure for it', () => {
    const blind = buildDocument(byLine, {
      ...context,
      capture: {
        ...context.capture,
        mode: 'waits',
        lock_waits: false,
        wakers: false,
        collections: false
      },
      sources
    });
    const text = reportText(blind);
    expect(text).toContain('\nMode waits records only who waits: ');
    expect(text).toContain('\nWaits for threading locks were not recorded.\n');
    expect(text).toContain('\nRuns of the garbage collector were not');
    expect(text).toContain('\nWho woke a thread, and so who released a lock ');
    expect(text).toMatch(/^\* MainThread +100 +2.00 s +- +0.0 +- +- +- +0$/m);
    expect(text).toMatch(/^ {2}line +made others wait +waited$/m);
    expect(text).toMatch(/^ {2}In \[3\]:9 +250 ms +0 s$/m);
    expect(text).toContain('How long lines held the GIL is not known in mode');
  });

  describe('of futex calls', () => {
    const futex = {
      other_gils: false,
      waited_ns: 4e8,
      waited_on_lines_ns: 1e8
    };
    const capture = {
      ...context.capture,
      mode: 'futex',
      lock_waits: false,
      collections: false,
      futex
    };
    const textOf = (more: object): string =>
      reportText(
        buildDocument(byLine, {
          ...context,
          capture: { ...capture, ...more },
          sources
        })
      );

    it('names the rung and what it can’t know', () => {
      const text = textOf({});
      expect(text).toContain(
        '\nmode futex (contended waits only, by futex calls) · '
      );
      expect(text).toContain('how long threads held the GIL otherwise');
      expect(text).toContain('known for 25.0 % of the time.');
      expect(text).toContain(
        'How long lines held the GIL is not known in mode'
      );
      expect(text).toContain('Waits for threading locks were not recorded.');
      expect(text).not.toContain('Sub-interpreters');
    });

    it('says why it was taken, and which GILs it could not see', () => {
      const text = textOf({
        futex: { ...futex, other_gils: true },
        instead_of: { mode: 'full', reason: 'no take_gil was found' }
      });
      expect(text).toContain('Recorded by futex calls: mode full, ');
      expect(text).toContain('is not possible here: no take_gil was found');
      expect(text).toContain('Sub-interpreters had GILs of their own');
    });
  });

  describe('of watchpoints', () => {
    const watch = {
      wait_starts: true,
      forced_switches: true,
      other_gils: false,
      waited_ns: 4e8,
      waited_on_lines_ns: 1e8
    };
    const capture = {
      ...context.capture,
      mode: 'watch',
      hits: 1000,
      ns_per_hit: 9000,
      lengthened_holds_ns: 9e6,
      lock_waits: false,
      collections: false,
      watch
    };
    const textOf = (more: object): string =>
      reportText(
        buildDocument(byLine, {
          ...context,
          capture: { ...capture, ...more },
          sources
        })
      );

    it('names the rung, its cost and what it can’t know', () => {
      const text = textOf({});
      expect(text).toContain('\nmode watch (watchpoint, no root) · ');
      expect(text).toContain('1,000 hits x 9.00 µs');
      expect(text).toContain(
        'watchpoints hit while a thread held the GIL took at least 9.00 ms'
      );
      // Three hits of 9 us lie between a drop and the next take.
      expect(text).toContain('1 wait shorter than 27.0 µs (12.0 µs in all)');
      expect(text).toContain(
        'When a thread asked for a GIL that it got at once, and who woke it, is not known.'
      );
      expect(text).toContain('known for 25.0 % of the time.');
      expect(text).not.toContain('context switches');
      expect(text).not.toContain('forced switch were');
      expect(text).not.toContain('Sub-interpreters');
    });

    it('says what it had no watchpoints for', () => {
      const text = textOf({
        watch: {
          ...watch,
          wait_starts: false,
          forced_switches: false,
          other_gils: true
        }
      });
      expect(text).toContain('Starts of waits are taken from context switches');
      expect(text).toContain('Waits for a forced switch were not recorded.');
      expect(text).toContain('Sub-interpreters had GILs of their own');
    });

    it('says why it was taken, and when it was given up', () => {
      const text = textOf({
        instead_of: { mode: 'full', reason: 'tracefs is closed' },
        shed: { at_ns: 12e8, resumed_ns: 2e9, max_overhead_percent: 5 }
      });
      expect(text).toContain('Recorded by watchpoints: mode full, ');
      expect(text).toContain('is not possible here: tracefs is closed');
      expect(text).toContain('from 1.20 s on nothing was recorded');
    });
  });

  it('says when the probes of every take and drop were given up', () => {
    const shed = {
      at_ns: 12e8,
      resumed_ns: 125e7,
      max_overhead_percent: 5
    };
    const text = reportText({ ...lined, capture: { ...lined.capture, shed } });
    expect(text).toContain(
      '\n! Tracing cost more than the limit of 5.0 %: from 1.20 s on only waits were recorded, so that times held are lower bounds. Nothing was recorded from 1.20 s to 1.25 s.\n'
    );
  });

  it('says when they could not be given up, and what to do', () => {
    const over_limit = {
      at_ns: 12e8,
      max_overhead_percent: 5,
      reason: 'perf could not record: no memory'
    };
    const text = reportText({
      ...lined,
      capture: { ...lined.capture, over_limit }
    });
    expect(text).toContain(
      '\n! From 1.20 s on tracing cost more than the limit of 5.0 %, but every take and drop was recorded to the end: the change to waits only failed (perf could not record: no memory). To stay below the limit, trace with --mode waits.\n'
    );
  });
});

describe('reportHtml', () => {
  const png = lanesPng(buildBundle(document, result));
  const html = reportHtml(document, png);

  it('loses nothing in JupyterLab’s sanitizer', () => {
    const clean = new Sanitizer().sanitize(html);
    // It writes quotes, empty tags and decoded entities in its own way.
    const same = (text: string): string =>
      text
        .replace(/'/g, '"')
        .replace(/ \/>/g, '>')
        .replace(/&#39;|&quot;/g, '"')
        .replace(/;"/g, '"');
    expect(same(clean)).toBe(same(html));
  });

  it('holds the picture, the table and who made whom wait', () => {
    const base64 = Buffer.from(png).toString('base64');
    expect(html).toContain(`data:image/png;base64,${base64}'`);
    expect(html).toContain('>* MainThread</td>');
    expect(html).toContain('>25.0\u00a0%</td>');
    expect(html).toContain('MainThread made Thread-1 (work) wait 250 ms');
    expect(html).toContain('pip install giltracer');
  });

  it('escapes every text', () => {
    const bad = `<script>alert("1")</script><img src=x onerror='x'>&amp;`;
    const hostile = buildDocument(result, {
      ...madeContext([
        [100, bad],
        [101, bad]
      ]),
      run: { ...madeContext().run, name: bad, message: bad }
    });
    hostile.capture.mode = bad;
    hostile.capture.python = bad;
    const made = reportHtml(hostile);
    expect(tagsOf(made)).toEqual(tagsOf(reportHtml(document)));
    expect(made).not.toContain("onerror='");
  });

  function tagsOf(text: string): Set<string> {
    return new Set(text.match(/<\/?[a-z]+/g));
  }

  it('stays within the static budget with its picture, whatever the run', () => {
    for (const threads of [1, 24, 500]) {
      const random = randomResult(threads, threads, 30_000);
      const long = random.threads.map(
        ({ tid }) => [tid, '\u{1f40d}'.repeat(300)] as const
      );
      const made = buildDocument(random, madeContext(long));
      made.run.message = '<'.repeat(100_000);
      const picture = lanesPng(buildBundle(made, random));
      expect(room(reportHtml(made, picture), picture)).toBeLessThanOrEqual(
        STATIC_MAX_BYTES
      );
    }
  });
});

describe('escapeHtml', () => {
  it('leaves nothing that ends a text or an attribute, and loses nothing', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        const back = escaped
          .replace(/&lt;/g, '<')
          .replace(/&gt;/g, '>')
          .replace(/&quot;/g, '"')
          .replace(/&#39;/g, "'")
          .replace(/&amp;/g, '&');
        expect(back).toBe(text);
      }),
      { seed: SEED }
    );
  });
});

describe('reportJson', () => {
  it('is the document without the binary parts of a bundle', () => {
    const bundle = buildBundle(document, result);
    const made = JSON.parse(reportJson(bundle)) as ReportDocument;
    expect(made).toEqual(JSON.parse(JSON.stringify(document)));
    expect(Object.keys(made)).toEqual([
      'run',
      'capture',
      'threads',
      'lines',
      'blame',
      'waits',
      'wait_histogram',
      'ignored',
      'locks'
    ]);
  });
});
