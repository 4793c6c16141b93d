import type { BundleView } from '../../core/trace/bundle-view';
import { ThreadState } from '../../core/threads/states';
import { LanesView } from '../lanes/lanes-view';
import { RunView } from '../run-view';
import { readTheme } from '../theme';
import { ENGLISH } from '../translation';
import { RecordedContext } from './recorded-canvas';
import { sampleView } from './sample-view';

const MS = 1e6;
const WIDTH = 200;

/** All contexts that were made, in order; jsdom has no canvas and no layout. */
let contexts: Map<HTMLCanvasElement, RecordedContext>;
let views: RunView[];
/** Tells all views whether they are on the screen. */
let setVisible: (visible: boolean) => void;
let visibleAtFirst: boolean;
let observers: FakeIntersections[];
const realIntersections = globalThis.IntersectionObserver;

class FakeIntersections {
  constructor(readonly callback: IntersectionObserverCallback) {
    observers.push(this);
  }

  observe(): void {
    this.notify(visibleAtFirst);
  }

  notify(isIntersecting: boolean): void {
    this.callback(
      [{ isIntersecting } as IntersectionObserverEntry],
      this as unknown as IntersectionObserver
    );
  }

  readonly disconnect = jest.fn();
}

beforeEach(() => {
  jest.useFakeTimers();
  // Nor does it scroll.
  Element.prototype.scrollIntoView = jest.fn();
  observers = [];
  visibleAtFirst = true;
  setVisible = visible => observers.forEach(each => each.notify(visible));
  globalThis.IntersectionObserver =
    FakeIntersections as unknown as typeof IntersectionObserver;
  contexts = new Map();
  views = [];
  jest
    .spyOn(HTMLElement.prototype, 'clientWidth', 'get')
    .mockReturnValue(WIDTH);
  jest
    .spyOn(HTMLCanvasElement.prototype, 'getContext')
    .mockImplementation(function (this: HTMLCanvasElement) {
      const context = contexts.get(this) ?? new RecordedContext(new Map());
      contexts.set(this, context);
      return context as unknown as RenderingContext;
    });
});

afterEach(() => {
  for (const view of views) {
    view.dispose();
    view.node.remove();
  }
  globalThis.IntersectionObserver = realIntersections;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function mount(view: BundleView): RunView {
  const run = new RunView();
  views.push(run);
  document.body.append(run.node);
  run.show(view);
  jest.advanceTimersByTime(20);
  return run;
}

function text(run: RunView, selector: string): string {
  return run.node.querySelector(selector)?.textContent ?? '';
}

/** The visible range, without the remark on how exact it is. */
function range(run: RunView): string {
  return text(run, '.giltracer-Lanes-range').split(' · ')[0];
}

function region(run: RunView): HTMLElement {
  const node = run.node.querySelector<HTMLElement>('.giltracer-Lanes-region');
  if (node === null) {
    throw new Error('no lanes');
  }
  return node;
}

function press(run: RunView, key: string): void {
  region(run).dispatchEvent(new KeyboardEvent('keydown', { key }));
  jest.advanceTimersByTime(20);
}

describe('a result', () => {
  it('says first what matters, then where it comes from', () => {
    const run = mount(sampleView());
    expect(text(run, '.giltracer-Header-name')).toBe('sample');
    expect(text(run, '.giltracer-Header-summary')).toBe(
      'The GIL was held 100 % of the time. Threads waited for it 10 ms in all. ' +
        'The longest wait took 5 ms.'
    );
    const facts = run.node.querySelectorAll('.giltracer-Header-fact');
    expect(Array.from(facts, fact => fact.textContent)).toEqual([
      'Python 3.11.7',
      'full: uprobes',
      '20 ms',
      '1,234 events',
      'nothing lost',
      'tracing cost at least 2.5 %',
      'lines not recorded'
    ]);
  });

  it('draws a lane per thread and folds the idle ones', () => {
    const run = mount(sampleView());
    const names = run.node.querySelectorAll(
      '.giltracer-Lane:not([hidden]) .giltracer-Lane-name'
    );
    expect(
      Array.from(names, name => name.textContent).filter(name => name !== '')
    ).toEqual([
      'GIL held by',
      'Cores in use',
      'MainThread *',
      'worker',
      'mean of 1'
    ]);
    const fold = run.node.querySelector<HTMLElement>('.giltracer-fold');
    expect(fold?.textContent).toBe('1 idle thread');
    expect(fold?.getAttribute('aria-expanded')).toBe('false');
    fold?.click();
    expect(
      run.node.querySelector('.giltracer-fold')?.getAttribute('aria-expanded')
    ).toBe('true');
    const rows = run.node.querySelectorAll('.giltracer-Lane:not([hidden])');
    expect(rows[rows.length - 1].textContent).toBe('idler');
  });

  it('warns of lost records', () => {
    const view = sampleView();
    if (view.document) {
      view.document.capture.lost = 1500;
    }
    const warning = mount(view).node.querySelector('.giltracer-mod-warning');
    expect(warning?.textContent).toBe('1,500 records lost');
  });

  it('warns of records that could not be put in order', () => {
    const view = sampleView();
    if (view.document) {
      view.document.capture.late = 1;
    }
    const warning = mount(view).node.querySelector('.giltracer-mod-warning');
    expect(warning?.textContent).toBe('1 record late');
  });

  it('says what is not known instead of leaving it out', () => {
    const view = sampleView();
    if (view.document) {
      view.document.capture.scheduler_states = false;
      delete view.document.capture.overhead_percent;
    }
    const facts = text(mount(view), '.giltracer-Header-facts');
    expect(facts).toContain('no scheduler states');
    expect(facts).toContain('cost of tracing not known');
  });

  it('shows the message of a partial run, and each reduction', () => {
    const view = sampleView();
    const run = mount({
      ...view,
      run: { ...view.run, state: 'partial', message: 'The kernel ended.' },
      reductions: ['2 threads share a lane.', 'Buckets are twice as long.'],
      omitted: { threads: 3, blame: 1 }
    });
    expect(text(run, '.giltracer-Header-state')).toBe('partial');
    expect(text(run, '.giltracer-Notice')).toBe('The kernel ended.');
    const notes = run.node.querySelectorAll('.giltracer-Header-reductions li');
    expect(notes).toHaveLength(2);
    const cut = run.node.querySelectorAll('.giltracer-Table-none');
    expect(Array.from(cut, note => note.textContent)).toEqual([
      '3 more rows are not stored',
      '1 more pair is not stored: sums are lower bounds.',
      'How many waits were how long is not stored here.'
    ]);
  });

  it('says what futex calls can tell and what not', () => {
    const view = sampleView();
    if (view.document) {
      Object.assign(view.document.capture, {
        mode: 'futex',
        instead_of: { mode: 'full', reason: 'no take_gil was found' },
        futex: { other_gils: true, waited_ns: 4e8, waited_on_lines_ns: 1e8 }
      });
    }
    const run = mount(view);
    const facts = Array.from(
      run.node.querySelectorAll('.giltracer-Header-fact'),
      fact => fact.textContent
    );
    expect(facts).toEqual(
      expect.arrayContaining([
        'futex: contended waits',
        'lines of 25 % of the waits',
        'GILs of sub-interpreters not recorded'
      ])
    );
    expect(text(run, '.giltracer-Notice')).toContain(
      'Recorded by futex calls: mode full'
    );
    // What was not recorded is not 0.
    expect(run.node.textContent).not.toContain('The GIL was held');
  });

  it('says what watchpoints can tell and what not', () => {
    const view = sampleView();
    if (view.document) {
      Object.assign(view.document.capture, {
        mode: 'watch',
        instead_of: { mode: 'full', reason: 'tracefs is closed' },
        short_waits: { count: 2, wait_ns: 12_000, below_ns: 27_000 },
        watch: {
          wait_starts: false,
          forced_switches: false,
          other_gils: true,
          waited_ns: 4e8,
          waited_on_lines_ns: 1e8
        }
      });
    }
    const run = mount(view);
    const facts = Array.from(
      run.node.querySelectorAll('.giltracer-Header-fact'),
      fact => fact.textContent
    );
    expect(facts).toEqual(
      expect.arrayContaining([
        'watch: watchpoint, no root',
        '2 waits shorter than 27 µs',
        'lines of 25 % of the waits',
        'GILs of sub-interpreters not watched',
        'starts of waits from context switches',
        'no forced switches'
      ])
    );
    expect(text(run, '.giltracer-Notice')).toContain(
      'Recorded by watchpoints: mode full'
    );
  });

  it('says what tracing cost, and how sure lines are', () => {
    const view = sampleView();
    if (view.document) {
      Object.assign(view.document.capture, {
        hits: 4000,
        ns_per_hit: 1550,
        lengthened_holds_ns: 2e5,
        reader_cpu_percent: 12.5,
        short_waits: { count: 1, wait_ns: 12_000 },
        line_samples: { count: 1234, period_ns: 1_020_000 },
        shed: {
          at_ns: 12 * MS,
          resumed_ns: 14 * MS,
          max_overhead_percent: 5
        },
        lock_waits: false,
        wakers: false,
        collections: false
      });
    }
    const run = mount(view);
    const facts = run.node.querySelectorAll('.giltracer-Header-fact');
    expect(
      Array.from(facts, fact => fact.textContent)
        .slice(4)
        .sort()
    ).toEqual(
      [
        'nothing lost',
        'tracing cost at least 2.5 %: 4,000 hits × 1.55 µs',
        'giltracer itself: 12.5 % of one CPU',
        'lengthened holds: at least 200 µs',
        '1 wait shorter than 20 µs',
        '1,234 line samples',
        'lines not recorded',
        'waits for locks not recorded',
        'who released a lock not recorded',
        'garbage collector not recorded'
      ].sort()
    );
    expect(text(run, '.giltracer-Notice')).toBe(
      'Tracing cost more than the limit of 5 %: from 12 ms on only waits were recorded, so that times held are lower bounds. Nothing was recorded from 12 ms to 14 ms.'
    );
    expect(text(run, '.giltracer-Header-summary')).toContain(
      'The GIL was held 100 % of the time at least.'
    );
  });

  it('says when tracing could not be made cheaper, and what to do', () => {
    const view = sampleView();
    if (view.document) {
      view.document.capture.over_limit = {
        at_ns: 400 * MS,
        max_overhead_percent: 5,
        reason: 'perf did not answer'
      };
    }
    expect(text(mount(view), '.giltracer-Notice')).toBe(
      'From 400 ms on tracing cost more than the limit of 5 %, but every take and drop was recorded to the end: the change to waits only failed (perf did not answer). To stay below the limit, trace with --mode waits.'
    );
  });

  it('shows no lane of the GIL, and no sum, where only waits were recorded', () => {
    const view = sampleView();
    const { document, overview } = view;
    if (document === undefined || overview === undefined) {
      throw new Error('the sample is a result');
    }
    document.capture.mode = 'waits';
    for (const thread of document.threads) {
      const { 'running-gil': held, ...others } = thread.states_ns;
      thread.states_ns = held ? { ...others, 'on-cpu': held } : others;
    }
    const run = mount({
      ...view,
      document,
      overview: {
        ...overview,
        states: overview.states.map(state =>
          state === ThreadState.RunningGil ? ThreadState.OnCpu : state
        )
      },
      windows: []
    });
    expect(run.node.querySelector('.giltracer-mod-gil')).toBeNull();
    expect(text(run, '.giltracer-Header-summary')).toBe(
      'Threads waited for the GIL 10 ms in all. The longest wait took 5 ms.'
    );
    expect(text(run, '.giltracer-Legend-item')).toBe('runs, GIL not known');
    expect(text(run, '.giltracer-Header-facts')).toContain('waits: uprobes');
  });

  it('tells what the garbage collector took', () => {
    const view = sampleView();
    if (view.document) {
      view.document.collections = {
        count: 3,
        total_ns: 9 * MS,
        longest_ns: 4 * MS,
        longest: [{ tid: 100, start_ns: 1 * MS, duration_ns: 4 * MS }]
      };
    }
    const run = mount(view);
    expect(text(run, '.giltracer-RunView-tables')).toContain(
      'The garbage collector ran 3 times: 9 ms in all, 4 ms the longest.'
    );
    expect(text(run, '.giltracer-Legend-words')).toContain('bar above a lane');
  });

  it('lists in the legend only states that occur', () => {
    const items = mount(sampleView()).node.querySelectorAll(
      '.giltracer-Legend-item'
    );
    expect(Array.from(items, item => item.textContent)).toEqual([
      'runs with the GIL',
      'waits for the GIL',
      'asleep'
    ]);
  });

  it('says that nothing was recorded', () => {
    const view = sampleView();
    if (view.document) {
      view.document.threads = [];
    }
    const run = mount(view);
    expect(text(run, '.giltracer-Notice')).toContain('Nothing was recorded');
    expect(run.node.querySelector('canvas')).toBeNull();
  });

  it('takes a single thread that never waited', () => {
    const view = sampleView();
    const { document, overview } = view;
    if (document === undefined || overview === undefined) {
      throw new Error('the sample is a result');
    }
    const run = mount({
      ...view,
      document: {
        ...document,
        threads: [document.threads[1]],
        blame: [],
        waits: []
      },
      overview: {
        ...overview,
        lanes: [{ threads: [0], count: 1 }],
        shares: overview.shares.subarray(12, 24)
      },
      windows: []
    });
    expect(text(run, '.giltracer-Header-summary')).toContain(
      'No thread waited for it.'
    );
    expect(text(run, '.giltracer-Table-none')).toBe(
      'No thread made another one wait for the GIL.'
    );
  });

  it('takes every text as text', () => {
    const evil = '<img src=x onerror="window.hacked=1"><script>1</script>';
    const view = sampleView();
    if (view.document) {
      view.document.threads[0].name = evil;
      view.document.capture.mode = evil;
      view.document.capture.python = evil;
    }
    const run = mount({
      ...view,
      run: { ...view.run, name: evil, message: evil, started_at: evil },
      reductions: [evil]
    });
    expect(run.node.querySelector('img, script, a')).toBeNull();
    expect(text(run, '.giltracer-Header-name')).toBe(evil);
    expect(text(run, '.giltracer-Notice')).toBe(evil);
    const name = run.node.querySelectorAll('tbody th')[0];
    expect(name.textContent).toBe(`2${evil}`);
  });
});

describe('zoom and pan', () => {
  it('keeps the notebook’s shortcuts away from whatever has the focus', () => {
    const run = mount(sampleView());
    for (const selector of ['tbody tr', 'thead button', '.giltracer-Button']) {
      const node = run.node.querySelector<HTMLElement>(selector);
      node?.focus();
      expect(document.activeElement).toBe(node);
      expect(node?.dataset.lmSuppressShortcuts).toBe('true');
    }
  });

  it('keeps the notebook’s shortcuts away and says how it is used', () => {
    const node = region(mount(sampleView()));
    expect(node.dataset.lmSuppressShortcuts).toBe('true');
    expect(node.tabIndex).toBe(0);
    expect(node.getAttribute('aria-label')).toContain('Escape leaves');
  });

  it('zooms and pans with the keys', () => {
    const run = mount(sampleView());
    expect(range(run)).toBe('20 ms from 0 ms');
    press(run, 'w');
    // A zoom by 1.5 around the middle: 3.33 to 16.67 ms.
    expect(range(run)).toBe('13.3 ms from 3.33 ms');
    press(run, 'Home');
    expect(range(run)).toBe('13.3 ms from 0 ms');
    press(run, '0');
    expect(range(run)).toBe('20 ms from 0 ms');
  });

  it('reads the range out when it has come to rest', () => {
    const run = mount(sampleView());
    const spoken = run.node.querySelector('[aria-live="polite"]');
    press(run, 'w');
    press(run, 'Home');
    expect(spoken?.textContent).toBe('');
    jest.advanceTimersByTime(1000);
    expect(spoken?.textContent).toBe('Shown: 13.3 ms from 0 ms');
  });

  it('shows a wait that was chosen in the table', () => {
    const run = mount(sampleView());
    run.node
      .querySelector<HTMLElement>(
        '[aria-label^="Longest waits"] tbody tr:nth-child(2)'
      )
      ?.click();
    jest.advanceTimersByTime(20);
    // 10 to 15 ms, with 5 ms on either side; that leaves the window of exact intervals.
    expect(text(run, '.giltracer-Lanes-range')).toBe(
      '15 ms from 5 ms · averages of 5 ms where exact intervals are not stored'
    );
  });

  it('draws once per frame, however many events come', () => {
    const run = mount(sampleView());
    const canvas = region(run).querySelector('canvas');
    const calls = canvas && contexts.get(canvas)?.calls;
    const clears = (): number =>
      calls?.filter(call => call.startsWith('clear')).length ?? 0;
    expect(clears()).toBe(1);
    for (let i = 0; i < 10; i++) {
      region(run).dispatchEvent(new KeyboardEvent('keydown', { key: 'w' }));
    }
    expect(clears()).toBe(1);
    jest.advanceTimersByTime(20);
    expect(clears()).toBe(2);
  });

  it('keeps the range and the order of a table when the run is shown again', () => {
    const run = mount(sampleView());
    press(run, 'w');
    const before = text(run, '.giltracer-Lanes-range');
    run.node.querySelectorAll<HTMLElement>('thead button')[1].click();
    run.show(sampleView());
    jest.advanceTimersByTime(20);
    expect(text(run, '.giltracer-Lanes-range')).toBe(before);
    expect(text(run, '[aria-sort]')).toBe('Has GIL');
    expect(run.node.querySelectorAll('.giltracer-Header')).toHaveLength(1);
    const view = sampleView();
    run.show({ ...view, run: { ...view.run, id: 'run-2' } });
    jest.advanceTimersByTime(20);
    expect(range(run)).toBe('20 ms from 0 ms');
  });

  it('shares nothing with another view', () => {
    const one = mount(sampleView());
    const other = mount(sampleView());
    press(one, 'w');
    expect(range(other)).toBe('20 ms from 0 ms');
  });
});

describe('drawing', () => {
  it('waits until the view is on the screen', () => {
    visibleAtFirst = false;
    const run = mount(sampleView());
    const drawn = (): number =>
      Array.from(contexts.keys()).filter(canvas => region(run).contains(canvas))
        .length;
    expect(drawn()).toBe(0);
    setVisible(true);
    jest.advanceTimersByTime(20);
    // The axis, the GIL's lane, the cores, two threads, the mean of the idle ones, the minimap.
    expect(drawn()).toBe(7);
    run.dispose();
    expect(observers).toHaveLength(1);
    expect(observers[0].disconnect).toHaveBeenCalled();
  });

  it('tries again if the page was hidden for a frame', () => {
    const run = mount(sampleView());
    const axis = region(run).querySelector('canvas');
    const calls = (axis && contexts.get(axis)?.calls) ?? [];
    calls.length = 0;
    const width = jest.spyOn(HTMLElement.prototype, 'clientWidth', 'get');
    width.mockReturnValue(0);
    run.refreshTheme();
    jest.advanceTimersByTime(17);
    expect(calls).toEqual([]);
    width.mockReturnValue(WIDTH);
    jest.advanceTimersByTime(17);
    expect(calls).not.toEqual([]);
  });

  it('does not try for ever', () => {
    jest.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(0);
    const run = mount(sampleView());
    jest.advanceTimersByTime(1000);
    expect(jest.getTimerCount()).toBe(0);
    expect(run.node.isConnected).toBe(true);
  });

  it('takes the colours of the page, again when it is told', () => {
    const run = mount(sampleView());
    const axis = region(run).querySelector('canvas');
    const calls = (axis && contexts.get(axis)?.calls) ?? [];
    run.node.style.setProperty('--giltracer-grid', 'rebeccapurple');
    calls.length = 0;
    run.refreshTheme();
    jest.advanceTimersByTime(20);
    expect(calls.some(call => call.endsWith('rebeccapurple'))).toBe(true);
  });

  it('knows a dark page by its light text', () => {
    const node = document.createElement('div');
    document.body.append(node);
    node.style.color = 'rgba(0, 0, 0, 0.87)';
    const light = readTheme(node);
    node.style.color = 'rgb(250, 250, 250)';
    const dark = readTheme(node);
    expect([light.dark, dark.dark]).toEqual([false, true]);
    // The tables of src/core/threads/colors.ts: #009e73 and #2bc79a.
    expect(light.states[1].base).toEqual([0, 158, 115]);
    expect(dark.states[1].base).toEqual([43, 199, 154]);
    node.style.setProperty('--giltracer-state-running-gil', '#123');
    expect(readTheme(node).states[1].base).toEqual([17, 34, 51]);
    node.remove();
  });
});

describe('a run without a result', () => {
  const placeholder: BundleView = {
    kind: 'placeholder',
    run: {
      id: 'run-1',
      name: '',
      state: 'running',
      started_at: '2026-01-02T03:04:05Z'
    },
    windows: [],
    reductions: [],
    omitted: {}
  };

  it('shows a clock while the cell runs', () => {
    jest.setSystemTime(Date.parse('2026-01-02T03:05:05Z'));
    const run = mount(placeholder);
    expect(text(run, '[role="timer"]')).toBe('Tracing… 1:00 min');
    jest.advanceTimersByTime(5000);
    expect(text(run, '[role="timer"]')).toBe('Tracing… 1:05 min');
    run.dispose();
    jest.advanceTimersByTime(5000);
    expect(text(run, '[role="timer"]')).toBe('Tracing… 1:05 min');
  });

  it('needs no valid start', () => {
    const run = mount({
      ...placeholder,
      run: { ...placeholder.run, started_at: 'yesterday' }
    });
    expect(text(run, '[role="timer"]')).toBe('Tracing…');
  });

  it('says why a run failed', () => {
    const message = 'perf is not installed.';
    const run = mount({
      ...placeholder,
      run: { ...placeholder.run, state: 'failed', message }
    });
    expect(text(run, '.giltracer-Notice')).toBe(message);
    expect(run.node.querySelector('[role="timer"]')).toBeNull();
  });

  it('gives way to the result', () => {
    const run = mount(placeholder);
    run.show(sampleView());
    expect(run.node.querySelector('[role="timer"]')).toBeNull();
    expect(text(run, '.giltracer-Header-name')).toBe('sample');
  });

  it('shows one line for what can’t be read', () => {
    const run = mount(sampleView());
    run.showError('broken');
    expect(run.node.textContent).toBe('broken');
  });
});

describe('LanesView', () => {
  it('shows an idle thread that is asked for, and leaves its group folded', () => {
    const view = sampleView();
    if (view.document === undefined) {
      throw new Error('the sample is a result');
    }
    const theme = readTheme(document.body);
    const lanes = new LanesView(view, view.document, theme, ENGLISH);
    const names = (): (string | null)[] =>
      Array.from(
        lanes.node.querySelectorAll('[role="list"] .giltracer-Lane-name'),
        name => name.textContent
      );
    expect(names()).toEqual(['MainThread *', 'worker', 'mean of 1']);
    lanes.showSpan({ tid: 103, start: 5 * MS, end: 6 * MS });
    expect(lanes.state.range).toEqual({ start: 4 * MS, end: 7 * MS });
    expect(names()).toEqual(['MainThread *', 'worker', 'idler', 'mean of 1']);
    lanes.dispose();
  });
});
