import { RecordedContext } from '../../__tests__/recorded-canvas';
import { sampleView } from '../../__tests__/sample-view';
import type { WhatIf } from '../../../core/findings/what-if';
import type { BundleView } from '../../../core/trace/bundle-view';
import type { ReportDocument } from '../../../core/trace/document';
import { RunView } from '../../run-view';
import { ENGLISH } from '../../translation';
import { verdictText } from '../verdict-text';
import { OwnChanges } from '../what-if-own';
import { CHANGES, FINDINGS, HOT, sampleWithVerdict } from './sample-findings';

let views: RunView[];

beforeEach(() => {
  jest.useFakeTimers();
  views = [];
  // jsdom neither scrolls nor lays out nor draws.
  Element.prototype.scrollIntoView = jest.fn();
  jest.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(200);
  jest
    .spyOn(HTMLCanvasElement.prototype, 'getContext')
    .mockImplementation(
      () => new RecordedContext(new Map()) as unknown as RenderingContext
    );
});

afterEach(() => {
  for (const view of views) {
    view.dispose();
    view.node.remove();
  }
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function mount(view: BundleView = sampleWithVerdict()): HTMLElement {
  const run = new RunView();
  views.push(run);
  document.body.append(run.node);
  run.show(view);
  jest.advanceTimersByTime(20);
  return run.node;
}

function find(node: HTMLElement, selector: string): HTMLElement {
  const found = node.querySelector<HTMLElement>(selector);
  if (found === null) {
    throw new Error(`no ${selector}`);
  }
  return found;
}

function press(node: HTMLElement, text: string): HTMLElement {
  const found = Array.from(node.querySelectorAll('button')).find(
    each => each.textContent === text
  );
  if (found === undefined) {
    throw new Error(`no button ${text}`);
  }
  found.click();
  return found;
}

function evidence(node: HTMLElement, text: string): HTMLElement {
  const links = node.querySelectorAll<HTMLElement>('.giltracer-Evidence');
  const found = Array.from(links).find(each => each.textContent === text);
  if (found === undefined) {
    throw new Error(`no evidence ${text}`);
  }
  return found;
}

function focused(): string {
  return document.activeElement?.textContent ?? '';
}

function escape(): void {
  document.activeElement?.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })
  );
}

function litLanes(node: HTMLElement): (string | null)[] {
  const rows = node.querySelectorAll(
    '.giltracer-Lane:not(.giltracer-mod-dimmed) .giltracer-Badge + .giltracer-Lane-name'
  );
  return Array.from(rows, row => row.textContent);
}

describe('the verdict', () => {
  it('stands before all else, in place of the summary', () => {
    const node = mount();
    expect(find(node, '.giltracer-Verdict-text').textContent).toBe(
      'Threads waited for the GIL 10 ms of 40 ms: In [2]:5 in count made them wait 10 ms.'
    );
    expect(find(node, 'h3').textContent).toBe('Verdict: ▲GIL contention');
    expect(
      find(node, '.giltracer-Verdict-main .giltracer-Finding-remedy')
        .textContent
    ).toBe(
      'What to do: Use processes: concurrent.futures.ProcessPoolExecutor.'
    );
    expect(node.querySelector('.giltracer-Header-summary')).toBeNull();
    const parts = Array.from(
      node.querySelectorAll('.giltracer-Verdict, .giltracer-Header-facts'),
      part => part.className
    );
    expect(parts).toEqual(['giltracer-Verdict', 'giltracer-Header-facts']);
  });

  it('lists the others with their names, the last ones on demand', () => {
    const node = mount();
    const items = Array.from(
      node.querySelectorAll<HTMLElement>('.giltracer-Verdict-list > li')
    );
    expect(items.map(item => item.hidden)).toEqual([false, false, false, true]);
    expect(items[0].textContent).toBe(
      '▲Convoy The longest wait took 5 ms. What to doWhat to do: Shorten the switch interval.'
    );
    // A kind that is not known has no name, but its sentence.
    expect(items[3].textContent?.trim()).toBe('Something else.');
    press(node, '1 more finding');
    expect(items[3].hidden).toBe(false);
  });

  it('unfolds what to do about the others', () => {
    const node = mount();
    const list = find(node, '.giltracer-Verdict-list');
    const remedy = find(list, '.giltracer-Finding-remedy');
    expect(remedy.hidden).toBe(true);
    const fold = press(list, 'What to do');
    expect(remedy.hidden).toBe(false);
    expect(fold.getAttribute('aria-expanded')).toBe('true');
    fold.click();
    expect(remedy.hidden).toBe(true);
  });

  it('is not there without findings: the summary is', () => {
    for (const view of [sampleView(), sampleWithVerdict({ findings: [] })]) {
      const node = mount(view);
      expect(node.querySelector('.giltracer-Verdict')).toBeNull();
      expect(find(node, '.giltracer-Header-summary').textContent).toContain(
        'The GIL was held 100 % of the time.'
      );
    }
  });

  it('says that it is about a part of a run that was cut short', () => {
    const view = sampleWithVerdict();
    if (view.document !== undefined) {
      view.document.run.state = 'partial';
    }
    expect(find(mount(view), '.giltracer-Verdict-remark').textContent).toBe(
      'The run was cut short: this is about what was recorded until then.'
    );
    expect(mount().querySelector('.giltracer-Verdict-remark')).toBeNull();
  });

  it('shows hostile texts as texts, and leaves out evidence out of place', () => {
    const text = '<img src=x onerror=alert(1)> \u202e 12 ms';
    const node = mount(
      sampleWithVerdict({
        findings: [
          {
            kind: 'lock',
            text,
            evidence: [
              { from: 4, to: 2, table: 'lines' },
              { from: 0, to: 4, table: 'lines' },
              { from: 2, to: 6, table: 'lines' },
              { from: 10, to: 1000, table: 'lines' }
            ],
            remedy: '<script>alert(2)</script>'
          }
        ]
      })
    );
    expect(find(node, '.giltracer-Verdict-text').textContent).toBe(
      '<img src=x onerror=alert(1)> \ufffd 12 ms'
    );
    expect(node.querySelector('img, script')).toBeNull();
    const links = node.querySelectorAll('.giltracer-Evidence');
    expect(Array.from(links, link => link.textContent)).toEqual(['<img']);
  });
});

describe('a number of the verdict', () => {
  it('says what it shows', () => {
    const node = mount();
    expect(evidence(node, 'In [2]:5 in count').getAttribute('aria-label')).toBe(
      'In [2]:5 in count, shows In [2]:5 in count in the table of lines'
    );
    expect(evidence(node, '40 ms').title).toBe(
      'shows worker in the table of threads'
    );
  });

  it('leads to the row of its line, lights up its lanes, and back', () => {
    const node = mount();
    // Folded away: it is unfolded.
    press(node, 'Lines that made others wait');
    const link = evidence(node, 'In [2]:5 in count');
    link.click();
    expect(focused()).toMatch(/^In \[2\]:5 in count10 ms/);
    const row = document.activeElement;
    expect(row?.getAttribute('aria-current')).toBe('true');
    // Both sides of the wait.
    expect(litLanes(node)).toEqual(['MainThread *', 'worker']);
    press(node, 'Back to the verdict');
    expect(document.activeElement).toBe(link);
    // What is picked stays, for the lanes beside the verdict.
    expect(row?.getAttribute('aria-current')).toBe('true');
    expect(node.querySelector('.giltracer-Section-back')).toBeNull();
  });

  it('leads back by Escape, which then lets go of what was picked', () => {
    const node = mount();
    const link = evidence(node, '40 ms');
    link.click();
    const row = document.activeElement;
    expect(row?.textContent).toMatch(/^2worker/);
    escape();
    expect(document.activeElement).toBe(link);
    expect(row?.getAttribute('aria-current')).toBe('true');
    escape();
    expect(row?.getAttribute('aria-current')).toBeNull();
    expect(document.activeElement).toBe(link);
    escape();
    expect(document.activeElement).toBe(document.body);
  });

  it('is found although a filter hides its row', () => {
    const made = {
      ...HOT,
      made_wait_ns: 1e6,
      waited_ns: 0,
      total_waited_ns: 0
    };
    const lines = [1, 2, 3, 4, 5, 6].map(line => ({ ...made, line }));
    const node = mount(sampleWithVerdict({ lines }));
    const filter = find(
      node,
      '[aria-label="Filter: Lines that made others wait"]'
    ) as HTMLInputElement;
    filter.value = 'in [2]:1';
    filter.dispatchEvent(new Event('input'));
    evidence(node, 'In [2]:5 in count').click();
    expect(focused()).toMatch(/^In \[2\]:5 in count/);
  });

  it('picks the wait that begins just then', () => {
    const node = mount();
    evidence(node, '5 ms').click();
    expect(focused()).toMatch(/^5 ms.*10 ms.*handed over/);
    expect(find(node, '.giltracer-WaitPanel').hidden).toBe(false);
  });

  it('picks a span, whose figures the tables show', () => {
    const node = mount();
    evidence(node, '3 ms').click();
    expect(find(node, '.giltracer-RangeCaption-words').textContent).toContain(
      'Tables show 3 ms from 5 ms.'
    );
    expect(focused()).toMatch(/^1MainThread/);
    press(node, 'Whole run');
    jest.advanceTimersByTime(1000);
    expect(node.querySelector('.giltracer-RangeCaption')).toBeNull();
  });

  it('keeps the focus where the figures change meanwhile', () => {
    const node = mount();
    evidence(node, '3 ms').click();
    jest.advanceTimersByTime(1000);
    expect(focused()).toMatch(/^1MainThread/);
    expect(node.contains(document.activeElement)).toBe(true);
  });

  it('leads to how the run was captured', () => {
    const node = mount();
    const link = evidence(node, '2.5 %');
    link.click();
    expect(focused()).toContain('tracing cost at least 2.5 %');
    escape();
    expect(document.activeElement).toBe(link);
  });

  it('finds CPUs and turns in how the run was captured', () => {
    const view = sampleWithVerdict();
    if (view.document !== undefined) {
      view.document.capture.environment = {
        cpus_usable: 2,
        cpu_quota: 1.5,
        switch_interval: 5e6
      };
    }
    const facts = find(mount(view), '.giltracer-Header-facts');
    expect(Array.from(facts.children, each => each.textContent)).toEqual(
      expect.arrayContaining([
        '2 usable CPUs',
        'quota of 1.5 CPUs',
        'switch interval 5 ms'
      ])
    );
  });

  it('leads to the heading of a table that does not have its row', () => {
    const [first] = FINDINGS;
    const line = { file: 'gone.py', line: 1 };
    const node = mount(
      sampleWithVerdict({
        findings: [
          { ...first, evidence: [{ from: 0, to: 7, table: 'lines', line }] }
        ]
      })
    );
    evidence(node, 'Threads').click();
    expect(focused()).toBe('Lines that made others wait');
    escape();
    expect(focused()).toBe('Threads');
  });

  it('does nothing where the run does not have the table', () => {
    const [first] = FINDINGS;
    const node = mount(
      sampleWithVerdict({
        findings: [{ ...first, evidence: [{ from: 0, to: 7, table: 'locks' }] }]
      })
    );
    const link = evidence(node, 'Threads');
    link.focus();
    link.click();
    expect(document.activeElement).toBe(link);
  });
});

describe('copying the verdict', () => {
  it('gives a text with all of it', async () => {
    const node = mount();
    const written: string[] = [];
    Object.assign(navigator, {
      clipboard: {
        writeText: (text: string) => {
          written.push(text);
          return Promise.resolve();
        }
      }
    });
    find(node, '.giltracer-Verdict .giltracer-Button').click();
    await Promise.resolve();
    await Promise.resolve();
    expect(written[0].split('\n')).toEqual([
      'sample (Python 3.11.7, full: uprobes, 20 ms)',
      '1. Threads waited for the GIL 10 ms of 40 ms: In [2]:5 in count made them wait 10 ms.',
      '   What to do: Use processes: concurrent.futures.ProcessPoolExecutor.',
      '2. The longest wait took 5 ms.',
      '   What to do: Shorten the switch interval.',
      '3. MainThread alone had work for 3 ms.',
      '4. Tracing cost 2.5 %.',
      '5. Something else.',
      'If In [2]:5 in count released the GIL: 10 ms to 12 ms',
      'If there were no GIL: 10 ms at best'
    ]);
    expect(find(node, '.giltracer-Verdict-copied').textContent).toBe('Copied');
  });
});

describe('changes that the reader has tried', () => {
  const row = (): WhatIf => ({
    change: { kind: 'threads', threads: 3 },
    low_ns: 9e6,
    high_ns: 9e6,
    assumptions: []
  });

  /** As RunView has them. */
  function context(): { document: ReportDocument; own: OwnChanges } {
    const { document } = sampleWithVerdict();
    if (document === undefined) {
      throw new Error('the sample has a document');
    }
    const own = new OwnChanges();
    own.add(row());
    return { document, own };
  }

  it('are copied with the others', () => {
    const { document, own } = context();
    expect(
      verdictText(document, own.rows, ENGLISH).split('\n').slice(-2)
    ).toEqual([
      'If there were no GIL: 10 ms at best',
      'If 3 threads did the work: 9 ms'
    ]);
  });

  it('stand once for each change, the newest last', () => {
    const { own } = context();
    own.add({ ...row(), change: { kind: 'no-gil' } });
    own.add({ ...row(), high_ns: 10e6 });
    expect(
      own.rows.map(({ change, high_ns: high }) => [change.kind, high])
    ).toEqual([
      ['no-gil', 9e6],
      ['threads', 10e6]
    ]);
  });
});

describe('the what-if', () => {
  it('shows ranges beside the recorded time', () => {
    const node = find(mount(), '.giltracer-WhatIf');
    const rows = Array.from(node.querySelectorAll('tbody tr'), row =>
      Array.from(row.children, cell => cell.textContent)
    );
    expect(rows).toEqual([
      ['If In [2]:5 in count released the GIL', '10 ms to 12 ms'],
      ['If there were no GIL', '10 ms at best']
    ]);
    expect(find(node, 'thead').textContent).toContain('instead of 20 ms');
    // Of 20 ms, the longest time: from 50 % to 60 %.
    const { left, width } = find(node, '.giltracer-WhatIf-range').style;
    expect([left, width]).toEqual(['50%', '10%']);
    expect(find(node, '.giltracer-WhatIf-recorded').style.left).toBe('100%');
  });

  it('shows the first changes, and the others on demand', () => {
    const [, noGil] = CHANGES;
    const node = find(
      mount(
        sampleWithVerdict({
          what_if: [
            ...CHANGES,
            {
              ...noGil,
              change: { kind: 'switch-interval', switch_interval_ns: 500_000 }
            },
            { ...noGil, change: { kind: 'threads', threads: 1 } },
            { ...noGil, change: { kind: 'threads', threads: 8 }, low_ns: 9e6 }
          ]
        })
      ),
      '.giltracer-WhatIf'
    );
    const rows = Array.from(node.querySelectorAll<HTMLElement>('tbody tr'));
    const hidden = (): boolean[] => rows.map(row => row.hidden);
    expect(hidden()).toEqual([false, false, false, true, true]);
    expect(rows.slice(2).map(row => row.textContent)).toEqual([
      'If the switch interval were 500 µs10 ms',
      'If one thread did the work10 ms',
      'If 8 threads did the work9 ms to 10 ms'
    ]);
    press(node, '2 more changes');
    expect(hidden()).toEqual([false, false, false, false, false]);
  });

  it('tells what it rests on, each once', () => {
    const node = find(mount(), '.giltracer-WhatIf');
    const list = find(node, '.giltracer-WhatIf-assumptions');
    expect(list.hidden).toBe(true);
    press(node, 'What this rests on');
    expect(list.hidden).toBe(false);
    expect(Array.from(list.children, item => item.textContent)).toEqual([
      'There are CPUs enough.',
      'If In [2]:5 in count released the GIL: The line touches no object.'
    ]);
  });
});
