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

function show(
  state: TablesState = new Map(),
  view = linedView(),
  picks = new Picks()
): HTMLElement {
  if (view.document === undefined) {
    throw new Error('the view has a document');
  }
  const tables = new RunTables(view, view.document, picks, state, ENGLISH);
  tables.show(readTheme(document.body));
  return tables.node;
}

function section(node: HTMLElement, title: string): HTMLElement {
  const found = Array.from(node.children).find(
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
    expect(node.firstElementChild?.getAttribute('aria-label')).toBe(
      'Lines that made others wait'
    );
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

  it('keep their keys from the notebook', () => {
    expect(show().dataset.lmSuppressShortcuts).toBe('true');
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
