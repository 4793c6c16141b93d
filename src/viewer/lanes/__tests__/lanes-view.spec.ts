/** The lanes as the reader meets them: picks, ranges, search, folds. jsdom has no layout: each canvas is 200 pixels wide. */
import type { ReportDocument } from '../../../core/trace/document';
import { RecordedContext } from '../../__tests__/recorded-canvas';
import { sampleView } from '../../__tests__/sample-view';
import { Picks } from '../../picks';
import { readTheme } from '../../theme';
import { ENGLISH } from '../../translation';
import { LanesView } from '../lanes-view';

const MS = 1e6;
const WIDTH = 200;

let picks: Picks;
let lanes: LanesView;
let contexts: Map<HTMLCanvasElement, RecordedContext>;

/** jsdom has no PointerEvent. */
class FakePointerEvent extends MouseEvent {
  readonly pointerId = 1;
}

/** Tells whether the lanes are on the screen: at first they are. */
let setVisible: (isIntersecting: boolean) => void;
const realIntersections = globalThis.IntersectionObserver;

class FakeIntersections {
  constructor(callback: IntersectionObserverCallback) {
    setVisible = isIntersecting => {
      const entry = { isIntersecting } as IntersectionObserverEntry;
      callback([entry], this as unknown as IntersectionObserver);
    };
  }

  observe(): void {
    setVisible(true);
  }

  disconnect(): void {
    setVisible = () => {};
  }
}

function box(): DOMRect {
  return { left: 0, top: 0, width: WIDTH, height: 20 } as DOMRect;
}

beforeEach(() => {
  jest.useFakeTimers();
  Element.prototype.scrollIntoView = jest.fn();
  HTMLElement.prototype.setPointerCapture = jest.fn();
  contexts = new Map();
  globalThis.IntersectionObserver =
    FakeIntersections as unknown as typeof IntersectionObserver;
  jest
    .spyOn(HTMLElement.prototype, 'clientWidth', 'get')
    .mockReturnValue(WIDTH);
  jest
    .spyOn(Element.prototype, 'getBoundingClientRect')
    .mockImplementation(box);
  jest
    .spyOn(HTMLCanvasElement.prototype, 'getContext')
    .mockImplementation(function (this: HTMLCanvasElement) {
      const context = contexts.get(this) ?? new RecordedContext(new Map());
      contexts.set(this, context);
      return context as unknown as RenderingContext;
    });
  show();
});

afterEach(() => {
  lanes.dispose();
  lanes.node.remove();
  globalThis.IntersectionObserver = realIntersections;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function show(change: (document: ReportDocument) => void = () => {}): void {
  const view = sampleView();
  if (view.document === undefined) {
    throw new Error('the sample is a result');
  }
  change(view.document);
  picks = new Picks();
  const theme = readTheme(document.body);
  lanes = new LanesView(view, view.document, theme, ENGLISH, { picks });
  document.body.append(lanes.node);
  frame();
}

function frame(): void {
  jest.advanceTimersByTime(20);
}

/** Timers that wait for the reader to come to rest. */
function rest(): void {
  jest.advanceTimersByTime(1000);
}

function find(selector: string): HTMLElement {
  const node = lanes.node.querySelector<HTMLElement>(selector);
  if (node === null) {
    throw new Error(`no ${selector}`);
  }
  return node;
}

function region(): HTMLElement {
  return find('.giltracer-Lanes-region');
}

function press(key: string, init: KeyboardEventInit = {}): void {
  const { activeElement } = document;
  const target = lanes.node.contains(activeElement) ? activeElement : region();
  const event = { key, bubbles: true, cancelable: true, ...init };
  target?.dispatchEvent(new KeyboardEvent('keydown', event));
  frame();
}

function row(name: string): HTMLElement {
  const rows = lanes.node.querySelectorAll<HTMLElement>('[role="listitem"]');
  const found = Array.from(rows).find(
    node => node.querySelector('.giltracer-Lane-name')?.textContent === name
  );
  if (found === undefined) {
    throw new Error(`no row ${name}`);
  }
  return found;
}

function dimmed(): (string | null)[] {
  const nodes = lanes.node.querySelectorAll(
    '.giltracer-mod-dimmed .giltracer-Lane-name'
  );
  return Array.from(nodes, node => node.textContent);
}

function pointer(
  node: Element,
  type: string,
  clientX: number,
  init: MouseEventInit = {}
): void {
  node.dispatchEvent(
    new FakePointerEvent(type, { bubbles: true, clientX, ...init })
  );
  frame();
}

function click(name: string, clientX: number): void {
  const canvas = row(name).querySelector('canvas');
  if (canvas !== null) {
    pointer(canvas, 'pointerdown', clientX);
    pointer(canvas, 'pointerup', clientX);
  }
}

function spoken(): string | null {
  return find('[aria-live]').textContent;
}

describe('a wait', () => {
  // 200 pixels for 20 ms: the worker waits from 0 to 50 and from 100 to 150.
  it('is picked by a click, and its chain is drawn to its holder', () => {
    click('worker', 20);
    expect(picks.current.wait?.start_ns).toBe(0);
    expect(dimmed()).toEqual(['mean of 1']);
    expect(spoken()).toBe(
      'worker waited for the GIL: 5 ms from 0 ms. Held by MainThread *'
    );
    const chain = find('.giltracer-Chain');
    expect(chain.querySelectorAll('rect')).toHaveLength(2);
    expect(find('.giltracer-Holders').textContent).toContain(
      'MainThread * held the GIL for 5 ms · runs with the GIL 100 %'
    );
    // What is visible stays: the reader sees the wait.
    expect(lanes.state.range).toEqual({ start: 0, end: 20 * MS });
    click('worker', 80);
    expect(picks.current.wait).toBeUndefined();
    expect(dimmed()).toEqual([]);
    expect(chain.childElementCount).toBe(0);
  });

  it('is gone to with brackets', async () => {
    press(']');
    await Promise.resolve();
    await jest.advanceTimersByTimeAsync(20);
    expect(picks.current.wait).toBeUndefined();
    expect(spoken()).toBe('No further wait');
    press('[');
    await jest.advanceTimersByTimeAsync(20);
    expect(picks.current.wait?.start_ns).toBe(0);
    press(']');
    await jest.advanceTimersByTimeAsync(20);
    expect(picks.current.wait?.start_ns).toBe(10 * MS);
    press('Escape');
    expect(picks.current.wait).toBeUndefined();
  });

  it('that a table picked is zoomed to', () => {
    picks.pick('wait', {
      tid: 102,
      start_ns: 10 * MS,
      duration_ns: 2 * MS,
      holder_tid: 103,
      kind: 'contended'
    });
    frame();
    expect(lanes.state.range).toEqual({ start: 8 * MS, end: 14 * MS });
    // Its holder is shown, though its group is folded.
    expect(dimmed()).toEqual(['MainThread *', 'mean of 1']);
    expect(row('idler').isConnected).toBe(true);
  });
});

describe('a range', () => {
  it('is selected by Shift and drag, drawn with its length, and read out', () => {
    const canvas = row('worker').querySelector('canvas') as HTMLElement;
    pointer(canvas, 'pointerdown', 50, { shiftKey: true });
    pointer(canvas, 'pointermove', 100);
    // The tables count anew only when it is settled.
    expect(picks.current.range).toBeUndefined();
    const mark = find('.giltracer-Range');
    expect([mark.hidden, mark.style.left, mark.style.width]).toEqual([
      false,
      '50px',
      '50px'
    ]);
    expect(mark.textContent).toBe('5 ms');
    pointer(canvas, 'pointerup', 100);
    expect(picks.current.range).toEqual({ start: 5 * MS, end: 10 * MS });
    rest();
    expect(spoken()).toBe('Selected: 5 ms from 5 ms');
    expect(lanes.state.range).toEqual({ start: 0, end: 20 * MS });
  });

  it('is changed, zoomed to and cleared by keys', () => {
    region().focus();
    press('ArrowRight', { shiftKey: true });
    press('ArrowRight', { shiftKey: true });
    press('Home', { shiftKey: true });
    press('ArrowLeft', { shiftKey: true });
    rest();
    // A step is a fiftieth of the view: 0.4 ms.
    const { start, end } = picks.current.range ?? { start: 0, end: 0 };
    expect(start).toBeCloseTo(9.6 * MS, 3);
    expect(end).toBeCloseTo(10.8 * MS, 3);
    press('Enter');
    expect(lanes.state.range).toEqual(picks.current.range);
    press('Escape');
    expect(picks.current.range).toBeUndefined();
    expect(find('.giltracer-Range').hidden).toBe(true);
    expect(document.activeElement).toBe(region());
  });

  it('that another part of the view picked is drawn, too', () => {
    picks.pick('range', { start: 0, end: 10 * MS });
    frame();
    expect(find('.giltracer-Range').style.width).toBe('100px');
    find('.giltracer-Lanes-picked button:last-child').click();
    expect(picks.current.range).toBeUndefined();
  });
});

describe('a lane', () => {
  it('is walked to with arrows, and its thread picked with Enter', () => {
    region().focus();
    press('ArrowDown');
    expect(document.activeElement).toBe(row('MainThread *'));
    press('ArrowDown');
    press('Enter');
    expect(picks.current.thread?.tid).toBe(102);
    const name = row('worker').querySelector('button');
    expect(name?.getAttribute('aria-pressed')).toBe('true');
    press('Enter');
    expect(picks.current.thread).toBeUndefined();
    // Keys of the region act on a row, too.
    press('w');
    expect(lanes.state.range.start).toBeGreaterThan(0);
  });

  it('is folded with F, a group with its header, and keeps the focus', () => {
    row('worker').focus();
    press('f');
    expect(row('worker').querySelector('canvas')?.style.height).toBe('6px');
    expect(document.activeElement).toBe(row('worker'));
    press('ArrowDown');
    expect(document.activeElement?.textContent).toBe('1 idle thread');
    (document.activeElement as HTMLElement).click();
    expect(document.activeElement?.getAttribute('aria-expanded')).toBe('true');
    expect(row('idler').isConnected).toBe(true);
  });

  it('is put in the order that the reader asks for', () => {
    const order = find('select') as HTMLSelectElement;
    order.value = 'waited';
    order.dispatchEvent(new Event('change'));
    frame();
    const names = lanes.node.querySelectorAll(
      '[role="list"] .giltracer-Lane-name'
    );
    expect(Array.from(names, node => node.textContent)).toEqual([
      'worker',
      'MainThread *',
      'mean of 1'
    ]);
    expect(lanes.state.arrangement.order).toBe('waited');
  });

  it('says its shares in words', () => {
    expect(row('mean of 1').getAttribute('aria-label')).toBe(
      'mean of 1, asleep 100 %'
    );
  });
});

describe('the memory of drawings', () => {
  it('is given back while the lanes are out of sight', () => {
    const canvases = [...lanes.node.querySelectorAll('canvas')];
    const pixels = (): number =>
      canvases.reduce((sum, { width, height }) => sum + width * height, 0);
    // 20 for the axis, 22 for the minimap, 24 each for the GIL, the cores, two threads and a mean.
    expect(pixels()).toBe(WIDTH * (20 + 22 + 5 * 24));
    setVisible(false);
    expect(pixels()).toBe(0);
    setVisible(true);
    frame();
    expect(pixels()).toBe(WIDTH * (20 + 22 + 5 * 24));
  });

  it('is taken for paper, also out of sight, and given back', () => {
    setVisible(false);
    const canvas = row('worker').querySelector('canvas');
    window.dispatchEvent(new Event('beforeprint'));
    expect(canvas?.width).toBe(WIDTH);
    window.dispatchEvent(new Event('afterprint'));
    expect(canvas?.width).toBe(0);
  });

  it('is not held by rows that were folded away', () => {
    find('.giltracer-fold').click();
    frame();
    const canvas = row('idler').querySelector('canvas');
    expect(canvas?.width).toBe(WIDTH);
    find('.giltracer-fold').click();
    frame();
    expect(canvas?.isConnected).toBe(false);
    expect(canvas?.width).toBe(0);
  });
});

describe('the search', () => {
  function type(text: string): void {
    const field = find('input') as HTMLInputElement;
    field.value = text;
    field.dispatchEvent(new Event('input'));
    frame();
  }

  it('opens with a slash, lights lanes up and says how many', () => {
    region().focus();
    press('/');
    const field = find('input') as HTMLInputElement;
    expect(document.activeElement).toBe(field);
    type('work');
    expect(find('.giltracer-Search-count').textContent).toBe('1 lane, 0 waits');
    expect(dimmed()).toEqual(['MainThread *', 'mean of 1']);
    rest();
    expect(spoken()).toBe('1 lane, 0 waits');
    const seen: string[] = [];
    document.body.addEventListener('keydown', ({ key }) => seen.push(key), {
      once: true
    });
    field.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })
    );
    expect(dimmed()).toEqual([]);
    expect(document.activeElement).toBe(region());
    expect(seen).toEqual([]);
  });
});

describe('the help', () => {
  it('opens with a question mark and closes with Escape', () => {
    region().focus();
    press('?');
    const help = find('[role="dialog"]');
    expect(help.hidden).toBe(false);
    expect(document.activeElement).toBe(help);
    press('Escape');
    expect(help.hidden).toBe(true);
    expect(document.activeElement).toBe(region());
  });
});

describe('the minimap', () => {
  function drag(from: number, to: number): void {
    const map = find('.giltracer-Minimap');
    pointer(map, 'pointerdown', from);
    pointer(map, 'pointermove', to);
    pointer(map, 'pointerup', to);
  }

  it('takes a new window, moves it, and moves its edges', () => {
    // 200 pixels for 20 ms.
    drag(50, 100);
    expect(lanes.state.range).toEqual({ start: 5 * MS, end: 10 * MS });
    expect(find('.giltracer-Minimap-window').style.left).toBe('25%');
    drag(75, 95);
    expect(lanes.state.range).toEqual({ start: 7 * MS, end: 12 * MS });
    drag(120, 140);
    expect(lanes.state.range).toEqual({ start: 7 * MS, end: 14 * MS });
    // A press alone brings its place to the middle.
    drag(180, 180);
    expect(lanes.state.range).toEqual({ start: 13 * MS, end: 20 * MS });
  });

  it('shows the picked range', () => {
    const { hidden } = find('.giltracer-Minimap-picked');
    picks.pick('range', { start: 0, end: 5 * MS });
    frame();
    const { hidden: after, style } = find('.giltracer-Minimap-picked');
    expect([hidden, after, style.width]).toEqual([true, false, '25%']);
  });
});

describe('the cores in use', () => {
  it('are drawn against what the process may use', () => {
    lanes.dispose();
    lanes.node.remove();
    show(({ capture }) => {
      capture.environment.cpus_usable = 4;
    });
    const canvas = find('.giltracer-mod-cores canvas') as HTMLCanvasElement;
    const calls = contexts.get(canvas)?.calls ?? [];
    // One thread runs at a time, of four that may: a quarter of 24 pixels less the line's one, all along.
    const [clear, area, edge, ...line] = calls;
    expect([clear, area.split(' rgb')[0], edge.split(' rgb')[0]]).toEqual([
      'clear 0,0 200x24',
      'fill 0,18 200x6',
      'fill 0,18 200x1'
    ]);
    expect(line).toHaveLength(WIDTH / 8);
    expect(line[0]).toMatch(/^fill 0,0 4x1/);
  });

  it('are said to be unknown without scheduler states', () => {
    lanes.dispose();
    lanes.node.remove();
    show(({ capture }) => {
      capture.scheduler_states = false;
    });
    expect(lanes.node.querySelector('.giltracer-mod-cores')).toBeNull();
    expect(find('.giltracer-Lanes-absent').textContent).toContain('not known');
  });
});
