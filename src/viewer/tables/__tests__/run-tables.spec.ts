import { sampleView } from '../../__tests__/sample-view';
import type { BundleView } from '../../../core/trace/bundle-view';
import { Picks } from '../../picks';
import { readTheme } from '../../theme';
import { ENGLISH } from '../../translation';
import type { TablesState } from '../run-tables';
import { RunTables } from '../run-tables';

const MS = 1e6;

/** The sample with one line in a cell. */
function linedView(): BundleView {
  const view = sampleView();
  view.document?.lines.push({
    file: 'In [3]',
    cell: 'c0ffee',
    line: 9,
    made_wait_ns: 10 * MS,
    held_ns: 4 * MS,
    waited_ns: 0,
    total_held_ns: 8 * MS,
    total_waited_ns: 0
  });
  return view;
}

function tables(
  state: TablesState = new Map(),
  view = linedView(),
  picks = new Picks()
): RunTables {
  if (view.document === undefined) {
    throw new Error('the view has a document');
  }
  const made = new RunTables(view, view.document, picks, state, ENGLISH);
  made.show(readTheme(document.body));
  return made;
}

function show(state?: TablesState): HTMLElement {
  return tables(state).node;
}

function section(node: HTMLElement, title: string): HTMLElement {
  const found = Array.from(node.querySelectorAll('.giltracer-Section')).find(
    child => child.getAttribute('aria-label') === title
  );
  if (!(found instanceof HTMLElement)) {
    throw new Error(`no section ${title}`);
  }
  return found;
}

function heading(node: HTMLElement, title: string): HTMLElement | null {
  return section(node, title).querySelector('.giltracer-Section-fold');
}

function press(node: HTMLElement, name: string): void {
  const found = Array.from(node.querySelectorAll('button')).find(
    ({ textContent }) => textContent === name
  );
  if (found === undefined) {
    throw new Error(`no button ${name}`);
  }
  found.click();
}

describe('the tables of a run', () => {
  it('have that of lines first, and fold', () => {
    const node = show();
    expect(
      node.querySelector('.giltracer-Section')?.getAttribute('aria-label')
    ).toBe('Lines that made others wait');
    const button = heading(node, 'Threads');
    expect(button?.getAttribute('aria-expanded')).toBe('true');
    button?.click();
    expect(button?.getAttribute('aria-expanded')).toBe('false');
    const body = section(node, 'Threads').querySelector<HTMLElement>(
      '.giltracer-Section-body'
    );
    expect(body?.hidden).toBe(true);
  });

  it('keep folding and choices when they are shown again', () => {
    const state: TablesState = new Map();
    const first = show(state);
    heading(first, 'Threads')?.click();
    const title = 'Lines that made others wait';
    press(section(first, title), 'Self');
    const again = show(state);
    expect(heading(again, 'Threads')?.getAttribute('aria-expanded')).toBe(
      'false'
    );
    const held = (node: HTMLElement): string | null | undefined =>
      section(node, title).querySelectorAll('tbody td')[1].textContent;
    expect(held(again)).toBe('4 ms');
    press(section(again, title), 'Total');
    expect(held(again)).toBe('8 ms');
  });

  it('show the waits of a cell of the matrix, until all are wanted again', () => {
    const node = show();
    const title = 'Longest waits for the GIL';
    const count = (): number =>
      section(node, title).querySelectorAll('tbody tr').length;
    expect(count()).toBe(2);
    heading(node, title)?.click();
    node.querySelector<HTMLElement>('.giltracer-Matrix-cell')?.click();
    expect(heading(node, title)?.getAttribute('aria-expanded')).toBe('true');
    expect(count()).toBe(1);
    expect(section(node, title).textContent).toContain(
      'worker waited while MainThread * held the GIL'
    );
    press(section(node, title), 'All waits');
    expect(count()).toBe(2);
  });
});

describe('picks', () => {
  function setup() {
    const picks = new Picks();
    const view = linedView();
    const { node } = tables(new Map(), view, picks);
    const row = (title: string, index: number): HTMLElement =>
      section(node, title).querySelectorAll<HTMLElement>('tbody tr')[index];
    return { picks, node, row, document: view.document };
  }

  it('are made by rows, and let go of by Escape', () => {
    const { picks, node, row, document } = setup();
    row('Longest waits for the GIL', 1).click();
    row('Threads', 0).click();
    row('Lines that made others wait', 0).click();
    expect(picks.current).toEqual({
      wait: document?.waits[1],
      thread: document?.threads[0],
      line: document?.lines[0]
    });
    const picked = (): number =>
      node.querySelectorAll('[aria-current="true"]').length;
    expect(picked()).toBe(3);
    node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(Object.values(picks.current).filter(Boolean)).toEqual([]);
    expect(picked()).toBe(0);
  });

  it('made elsewhere mark their rows, hidden ones too', () => {
    const { picks, node, row, document } = setup();
    const threads = section(node, 'Threads');
    expect(threads.querySelectorAll('tbody tr')).toHaveLength(2);
    picks.pick('thread', document?.threads[2]);
    expect(row('Threads', 2).textContent).toContain('idler');
    expect(row('Threads', 2).getAttribute('aria-current')).toBe('true');
    picks.pick('wait', document?.waits[0]);
    expect(
      row('Longest waits for the GIL', 0).classList.contains(
        'giltracer-mod-picked'
      )
    ).toBe(true);
  });
});

describe('a picked range', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('has its own figures, and a way back to the whole run', () => {
    const picks = new Picks();
    const view = linedView();
    const made = tables(new Map(), view, picks);
    const asked: unknown[] = [];
    made.setFigures({
      takesLong: () => false,
      figures: range => {
        asked.push(range);
        const whole = view.document;
        if (whole === undefined) {
          throw new Error('the view has a document');
        }
        const threads = whole.threads.map(row => ({
          ...row,
          has_gil_percent: 12
        }));
        return {
          document: { ...whole, threads },
          remarks: ['Lines are known on average.']
        };
      }
    });
    const share = (): string | null | undefined =>
      section(made.node, 'Threads').querySelector('tbody td')?.textContent;
    expect(share()).toBe('50 %');
    picks.pick('range', { start: 0, end: MS });
    picks.pick('range', { start: 5 * MS, end: 15 * MS });
    expect(asked).toEqual([]);
    jest.advanceTimersByTime(1000);
    expect(asked).toEqual([{ start: 5 * MS, end: 15 * MS }]);
    expect(share()).toBe('12 %');
    expect(made.node.textContent).toContain('Tables show 10 ms from 5 ms.');
    expect(made.node.textContent).toContain('Lines are known on average.');
    // A thread of the range is the thread of the run.
    section(made.node, 'Threads')
      .querySelector<HTMLElement>('tbody tr')
      ?.click();
    expect(picks.current.thread).toBe(view.document?.threads[0]);
    press(made.node, 'Whole run');
    jest.advanceTimersByTime(1000);
    expect(picks.current.range).toBeUndefined();
    expect(share()).toBe('50 %');
    expect(made.node.textContent).not.toContain('Tables show');
  });

  it('says before that its figures take long', () => {
    const picks = new Picks();
    const view = linedView();
    const made = tables(new Map(), view, picks);
    const { document: whole } = view;
    if (whole === undefined) {
      throw new Error('the view has a document');
    }
    let counted = 0;
    made.setFigures({
      takesLong: ({ end }) => end > MS,
      figures: () => {
        counted++;
        // What the reader sees while this goes on.
        expect(made.node.textContent).toContain('Counting');
        return { document: whole, remarks: [] };
      }
    });
    picks.pick('range', { start: 0, end: 15 * MS });
    jest.advanceTimersByTime(160);
    expect(made.node.textContent).toContain('Counting');
    expect(counted).toBe(0);
    jest.advanceTimersByTime(100);
    expect(counted).toBe(1);
    expect(made.node.textContent).toContain('Tables show 15 ms');
    expect(made.node.textContent).not.toContain('Counting');
    made.dispose();
  });

  it('changes nothing where its figures are not known', () => {
    const picks = new Picks();
    const made = tables(new Map(), linedView(), picks);
    picks.pick('range', { start: 0, end: MS });
    jest.advanceTimersByTime(1000);
    expect(made.node.textContent).not.toContain('Tables show');
    made.dispose();
  });
});
