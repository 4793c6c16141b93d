import type { BundleView } from '../../../core/trace/bundle-view';
import type { LiveFrameView } from '../../../core/trace/live-frame-view';
import { ThreadState } from '../../../core/threads/states';
import { RecordedContext } from '../../__tests__/recorded-canvas';
import { sampleView } from '../../__tests__/sample-view';
import { pack } from '../../lanes/raster';
import { RunView } from '../../run-view';
import { readTheme } from '../../theme';
import { ANNOUNCE_EVERY_MS } from '../announcer';
import { LiveRun } from '../live-run';
import { BUCKET, frame, thread, told } from './sample-frames';

/** A pixel for a tenth of a second, ten buckets, at 10 s. */
const WIDTH = 100;
const RING_SECONDS = 12;

let contexts: Map<HTMLCanvasElement, RecordedContext>;
let reducedMotion: boolean;
let views: RunView[];
const realIntersections = globalThis.IntersectionObserver;

/** Everything is on the screen. */
class FakeIntersections {
  constructor(private readonly _callback: IntersectionObserverCallback) {}

  observe(): void {
    this._callback(
      [{ isIntersecting: true } as IntersectionObserverEntry],
      this as unknown as IntersectionObserver
    );
  }

  disconnect(): void {}
}

beforeEach(() => {
  jest.useFakeTimers();
  globalThis.IntersectionObserver =
    FakeIntersections as unknown as typeof IntersectionObserver;
  contexts = new Map();
  reducedMotion = false;
  views = [];
  window.matchMedia = (query: string) =>
    ({
      matches: query.includes('reduced-motion') && reducedMotion,
      addEventListener: () => undefined
    }) as unknown as MediaQueryList;
  jest
    .spyOn(HTMLElement.prototype, 'clientWidth', 'get')
    .mockReturnValue(WIDTH);
  const { states } = readTheme(document.body);
  const letters = new Map(
    (
      [
        ['R', ThreadState.RunningGil],
        ['W', ThreadState.WaitingGil],
        ['S', ThreadState.OffCpu]
      ] as const
    ).flatMap(([letter, state]): [number, string][] => [
      [pack(states[state].mark), letter],
      [pack(states[state].base), letter]
    ])
  );
  jest
    .spyOn(HTMLCanvasElement.prototype, 'getContext')
    .mockImplementation(function (this: HTMLCanvasElement) {
      const context = contexts.get(this) ?? new RecordedContext(letters);
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
  // @ts-expect-error: jsdom has none.
  delete window.matchMedia;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const placeholder: BundleView = {
  kind: 'placeholder',
  run: frame(1).run,
  windows: [],
  reductions: [],
  omitted: {}
};

function mount(): { view: RunView; run: LiveRun } {
  const view = new RunView();
  views.push(view);
  document.body.append(view.node);
  view.show(placeholder);
  const run = new LiveRun('run-1');
  view.watch(run);
  view.setConnection('live');
  return { view, run };
}

/** The first frame: the main thread runs for a second, the other one waits. */
function first(more: Partial<LiveFrameView> = {}): LiveFrameView {
  return frame(1, {
    until_ns: 1e9,
    threads: [thread(0, { name: 'main', main: true }), thread(1)],
    shares: [told(0, 0, 'R'.repeat(100)), told(1, 0, 'W'.repeat(100))],
    ...more
  });
}

function pass(ms = 20): void {
  jest.advanceTimersByTime(ms);
}

function text(view: RunView, selector: string): string {
  return view.node.querySelector(selector)?.textContent ?? '';
}

function canvasOf(view: RunView, name: string): HTMLCanvasElement {
  const row = [...view.node.querySelectorAll('.giltracer-Lane')].find(
    ({ textContent }) => textContent?.includes(name)
  );
  const canvas = row?.querySelector('canvas');
  if (canvas == null) {
    throw new Error(`no lane ${name}`);
  }
  return canvas;
}

/** The lowest line of pixels of a lane, as it was painted last; a pattern's marks count as its colour. */
function picture(view: RunView, name: string): string {
  const { calls } = contexts.get(canvasOf(view, name)) ?? { calls: [] };
  const line = calls[calls.length - 1]?.trim() ?? '';
  const pixels = line.replace(/(\D)(\d+)/g, (_, letter: string, count) =>
    letter.repeat(Number(count))
  );
  return pixels.replace(/(.)\1*/g, run => `${run[0]}${run.length}`);
}

describe('a run that goes on', () => {
  it('shows a clock before anything is known', () => {
    jest.setSystemTime(Date.parse('2026-01-02T03:04:45Z'));
    const { view } = mount();
    pass(1000);
    expect(text(view, '[role="timer"]')).toBe('Tracing… 41 s');
    expect(view.node.querySelector('canvas')).toBeNull();
  });

  it('paints the newest instant at the right edge', () => {
    const { view, run } = mount();
    run.take(first());
    pass();
    // The last second of ten: 10 of 100 pixels.
    expect(picture(view, 'main *')).toBe('.90R10');
    expect(picture(view, 'thread-1')).toBe('.90W10');
    run.take(
      frame(2, {
        until_ns: 2e9,
        shares: [told(0, 100, 'S'.repeat(50)), told(1, 100, 'R'.repeat(100))]
      })
    );
    pass();
    // Of the main thread's last half second nothing is known.
    expect(picture(view, 'main *')).toBe('.80R10S5.5');
    expect(picture(view, 'thread-1')).toBe('.80W10R10');
  });

  it('waits with a column until all of it is known', () => {
    const { view, run } = mount();
    // Half of the eleventh column.
    run.take(
      frame(1, {
        until_ns: 1.05e9,
        threads: [thread(0, { name: 'main', main: true })],
        shares: [told(0, 0, 'R'.repeat(105))]
      })
    );
    pass();
    expect(picture(view, 'main *')).toBe('.90R10');
  });

  it('keeps the lane of the GIL when a frame has no hold', () => {
    const { view, run } = mount();
    run.take(first());
    pass();
    const gil = view.node.querySelector('.giltracer-mod-gil');
    expect(gil).toHaveProperty('hidden', false);
    run.take(
      frame(2, { until_ns: 2e9, states: [ThreadState.OffCpu], shares: [] })
    );
    // Rows are given out twice a second.
    pass(600);
    run.take(frame(3, { until_ns: 2.1e9, states: [], shares: [] }));
    pass();
    expect(gil).toHaveProperty('hidden', false);
    expect(picture(view, 'main *')).toContain('R10');
  });

  it('gives a thread a row with the first picture of what it does', () => {
    const { view, run } = mount();
    run.take(first());
    pass();
    run.take(
      frame(2, {
        until_ns: 1.1e9,
        threads: [thread(2)],
        shares: [told(2, 100, 'R'.repeat(10))]
      })
    );
    // Two frames of the screen.
    pass(40);
    expect(picture(view, 'thread-2')).toBe('.99R1');
  });

  it('paints once for many frames that come between two of the screen', () => {
    const { view, run } = mount();
    run.take(first());
    pass();
    const { calls } = contexts.get(canvasOf(view, 'main *')) ?? { calls: [] };
    const images = (): number =>
      calls.filter(call => call.startsWith('image')).length;
    expect(images()).toBe(1);
    for (let number = 2; number < 12; number++) {
      run.take(frame(number, { until_ns: 1e9 + number * BUCKET }));
    }
    pass();
    expect(images()).toBe(2);
    pass(5000);
    expect(images()).toBe(2);
  });

  it('shows more or less of the past', () => {
    const { view, run } = mount();
    run.take(first());
    pass();
    const buttons = [...view.node.querySelectorAll('button')];
    buttons.find(({ textContent }) => textContent === '2 s')?.click();
    pass();
    expect(picture(view, 'main *')).toBe('.50R50');
    const pressed = view.node.querySelectorAll('[aria-pressed="true"]');
    expect([...pressed].map(node => node.textContent)).toEqual(['2 s']);
  });

  it('keeps the picture while it is paused, and goes on from now', () => {
    const { view, run } = mount();
    run.take(first());
    pass();
    const region = view.node.querySelector<HTMLElement>('[role="group"]');
    const press = (key: string): boolean =>
      region?.dispatchEvent(
        new KeyboardEvent('keydown', { key, cancelable: true })
      ) ?? true;
    // Taken: the notebook does not get it.
    expect(press(' ')).toBe(false);
    expect(press('x')).toBe(true);
    run.take(
      frame(2, { until_ns: 2e9, shares: [told(0, 100, 'S'.repeat(100))] })
    );
    pass(2000);
    expect(picture(view, 'main *')).toBe('.90R10');
    press(' ');
    pass();
    expect(picture(view, 'main *')).toBe('.80R10S10');
  });

  it('moves once a second where motion is not wanted', () => {
    reducedMotion = true;
    const { view, run } = mount();
    run.take(first());
    pass();
    expect(picture(view, 'main *')).toBe('.90R10');
    run.take(frame(2, { until_ns: 2e9 }));
    pass(900);
    expect(picture(view, 'main *')).toBe('.90R10');
    pass(150);
    expect(picture(view, 'main *')).toBe('.80R10.10');
  });

  it('says who holds the GIL, who waited longest, and what it costs', () => {
    const { view, run } = mount();
    run.take(
      first({
        holders: [
          {
            thread: 0,
            since_ns: 0.988e9,
            line: { file: 'In [2]', line: 5, function: 'count' }
          }
        ],
        longest_wait: {
          thread: 1,
          start_ns: 0,
          duration_ns: 12_300_000,
          open: true,
          holder: 0,
          line: { file: 'In [2]', line: 7 }
        },
        lost: 3
      })
    );
    pass();
    expect(text(view, '.giltracer-Live-holder')).toBe(
      'main * at In [2]:5 in count holds the GIL for 12 ms'
    );
    expect(text(view, '.giltracer-Live-longest')).toBe(
      'Longest wait so far: ≥ 12.3 ms, thread-1 at In [2]:7, for main *'
    );
    const facts = view.node.querySelectorAll('.giltracer-Header-fact');
    expect([...facts].map(node => node.textContent)).toEqual([
      'full: uprobes',
      '12,346 events/s',
      '3 records lost',
      'tracing costs at least 1.3 %'
    ]);
    expect(text(view, '.giltracer-Live-connection')).toBe('live');
  });

  it('names what the rung can’t know', () => {
    const { view, run } = mount();
    const { holders, overhead_percent, ...rest } = first({
      mode: 'waits',
      scheduler_states: false
    });
    run.take({
      ...rest,
      states: [ThreadState.Unknown, ThreadState.WaitingGil, ThreadState.OnCpu]
    });
    pass();
    expect(text(view, '.giltracer-Live-holder')).toBe(
      'Who holds the GIL is not known on this rung'
    );
    expect(text(view, '.giltracer-Live-longest')).toBe(
      'No wait for the GIL so far'
    );
    expect(view.node.textContent).toContain('cost of tracing not known');
    expect(view.node.textContent).toContain('no scheduler states');
    expect(view.node.querySelector('.giltracer-mod-gil')).toHaveProperty(
      'hidden',
      true
    );
    expect([holders, overhead_percent]).toEqual([[], 1.25]);
  });

  it('speaks at most once in five seconds', () => {
    const { view, run } = mount();
    const spoken: string[] = [];
    const node = view.node.querySelector('[aria-live="polite"]');
    for (let number = 1; number <= 120; number++) {
      const holder = { thread: number % 2, since_ns: 0 };
      run.take(
        first({ frame: number, holders: [holder], until_ns: 1e9 + number })
      );
      pass(100);
      const said = node?.textContent ?? '';
      if (said !== '' && said !== spoken[spoken.length - 1]) {
        spoken.push(said);
      }
    }
    expect(spoken.length).toBeGreaterThan(1);
    expect(spoken.length).toBeLessThanOrEqual(
      1 + (RING_SECONDS * 1000) / ANNOUNCE_EVERY_MS
    );
  });

  it('takes frames of the kernel where there is nothing better', () => {
    const view = new RunView();
    views.push(view);
    document.body.append(view.node);
    view.show({ ...placeholder, live: first() });
    pass();
    expect(picture(view, 'main *')).toBe('.90R10');
    expect(text(view, '.giltracer-Live-connection')).toContain('stalls');
    const canvas = canvasOf(view, 'main *');
    // Each refresh is a bundle of its own; the view is the same.
    view.show({ ...placeholder, live: first({ frame: 11, until_ns: 2e9 }) });
    pass();
    expect(canvasOf(view, 'main *')).toBe(canvas);
    expect(picture(view, 'main *')).toBe('.80R10.10');
    expect(view.node.textContent).not.toContain('missed');
  });

  it('gives way to the result, and is never higher than that', () => {
    const { view, run } = mount();
    run.take(first());
    pass();
    jest.spyOn(view.node, 'offsetHeight', 'get').mockReturnValue(345);
    view.show({ ...sampleView(), run: { ...frame(1).run, state: 'done' } });
    expect(view.node.querySelector('.giltracer-Live')).toBeNull();
    expect(view.node.querySelector('table')).not.toBeNull();
    expect(view.node.style.minHeight).toBe('345px');
    // Frames that are still on their way change nothing.
    expect(() => run.take(frame(2, { until_ns: 3e9 }))).not.toThrow();
    pass(2000);
    view.show(sampleView());
    expect(view.node.style.minHeight).toBe('');
  });

  it('shows 512 threads in few rows, and the others on request', () => {
    const { view, run } = mount();
    const threads = Array.from({ length: 600 }, (_, index) => thread(index));
    run.take(
      first({
        threads,
        shares: threads.map(({ index }) => told(index, 0, 'RRRR'))
      })
    );
    pass();
    expect(view.node.querySelectorAll('canvas')).toHaveLength(2 + 12);
    const fold = view.node.querySelector<HTMLElement>('.giltracer-fold');
    expect(fold?.textContent).toBe('588 more threads');
    fold?.click();
    pass();
    expect(view.node.querySelectorAll('canvas')).toHaveLength(2 + 512);
  });
});
