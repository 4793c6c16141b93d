import { Sanitizer } from '@jupyterlab/apputils/lib/sanitizer';
import fc from 'fast-check';

import { ThreadState } from '../../threads/states';
import { buildBundle } from '../../trace/build-bundle';
import { buildDocument } from '../../trace/build-document';
import { STATIC_MAX_BYTES } from '../../trace/bundle';
import type { ReportDocument } from '../../trace/document';
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

describe('reportText', () => {
  it('says what a reader must know, in order', () => {
    expect(reportText(document)).toBe(
      [
        'GIL trace of two loops · 2.00 s',
        'mode full (every take, drop and wait) · Python 3.11.7 · 1,204,331 events, 0 lost · tracing cost at least 3.1 %',
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
        '  250 ms at 1.50 s: Thread-1 (work), held by MainThread',
        ''
      ].join('\n')
    );
  });

  it('warns first of what limits the figures', () => {
    const lines = reportText({
      ...document,
      run: { ...document.run, state: 'partial', message: 'The kernel ended.' },
      capture: { ...document.capture, lost: 1234 }
    }).split('\n');
    expect(lines[0]).toBe('GIL trace of two loops · partial · 2.00 s');
    expect(lines[2]).toBe('! The kernel ended.');
    expect(lines[3]).toMatch(/^! 1,234 records were lost: .* lower bounds\.$/);
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
    expect(text.split('\n').length).toBeLessThan(75);
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
    const rows = text.split('\n').slice(3, 6);
    const widths = rows.map(row => Array.from(row).length);
    expect(new Set(widths).size).toBe(1);
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
    expect(html).toContain('>25.0 %</td>');
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
    const room = (text: string, picture: Uint8Array): number =>
      Buffer.byteLength(JSON.stringify(text)) +
      Buffer.from(picture).toString('base64').length;
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
      'blame',
      'waits'
    ]);
  });
});
