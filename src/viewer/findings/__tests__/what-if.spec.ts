/** Changes of the reader's own: asked with the form, answered by whoever can replay the run. */
import type { Change, WhatIf } from '../../../core/findings/what-if';
import type { WhatIfGap } from '../../../core/findings/what-if/gap';
import type { ReportDocument } from '../../../core/trace/document';
import type { ITraceDemand, TraceOutcome } from '../../full-trace';
import { Picks } from '../../picks';
import { ENGLISH } from '../../translation';
import { OwnChanges } from '../what-if-own';
import { whatIfSection } from '../what-if-section';
import { HOT, sampleWithVerdict } from './sample-findings';

const MS = 1e6;

/** Held the GIL, made nobody wait. */
const COLD = { file: 'a.py', line: 5, function: 'count', cell: 'c-2' };

const LINES = [
  { ...HOT, made_wait_ns: 10 * MS, held_ns: 8 * MS },
  { ...COLD, made_wait_ns: 0, held_ns: 2 * MS },
  { file: 'idle.py', line: 1, made_wait_ns: 0 },
  { file: '<asyncio task>', line: 0, function: 'fetch', held_ns: 1 * MS }
].map(row => ({ ...row, waited_ns: 0, total_waited_ns: 0 }));

function documentWith(changes: Partial<ReportDocument> = {}): ReportDocument {
  const { document } = sampleWithVerdict({ lines: LINES, ...changes });
  if (document === undefined) {
    throw new Error('the sample has a document');
  }
  const [worker, main, ...others] = document.threads;
  const states = { 'running-gil': 10 * MS, 'waiting-gil': 10 * MS };
  return {
    ...document,
    threads: [worker, { ...main, states_ns: states }, ...others]
  };
}

/** Takes twice as long, whatever is changed. */
function told(change: Change, high = 40 * MS): WhatIf {
  return {
    change,
    low_ns: 30 * MS,
    high_ns: high,
    assumptions: [`About ${change.kind}.`]
  };
}

class Demand implements ITraceDemand {
  bytes: number | undefined = 2048;
  demanded = 0;
  cancelled = 0;
  progress: (words: string) => void = () => undefined;
  answer: (outcome: TraceOutcome) => void = () => undefined;

  demand(progress: (words: string) => void): Promise<TraceOutcome> {
    this.demanded++;
    this.progress = progress;
    return new Promise(resolve => {
      this.answer = resolve;
    });
  }

  cancel(): void {
    this.cancelled++;
  }
}

class Shown {
  constructor(document = documentWith()) {
    const context = {
      document,
      picks: this.picks,
      own: this.own,
      trans: ENGLISH
    };
    const node = whatIfSection(context);
    if (node !== undefined) {
      this.node.append(node);
    }
    window.document.body.append(this.node);
  }

  get rows(): (string | null)[] {
    const rows = this.node.querySelectorAll('tbody tr');
    return Array.from(rows, ({ textContent }) => textContent);
  }

  get status(): HTMLElement {
    return this.find('[role="status"]');
  }

  /** Labels and values of the fields that are shown. */
  get fields(): (string | undefined)[][] {
    const labels = this.node.querySelectorAll<HTMLElement>('form label');
    return Array.from(labels)
      .filter(({ hidden }) => !hidden)
      .map(label => {
        const field = label.querySelector<HTMLSelectElement | HTMLInputElement>(
          'select, input'
        );
        const chosen =
          field instanceof HTMLSelectElement
            ? field.selectedOptions.item(0)?.text
            : field?.value;
        return [label.querySelector('span')?.textContent ?? '', chosen];
      });
  }

  find(selector: string): HTMLElement {
    const found = this.node.querySelector<HTMLElement>(selector);
    if (found === null) {
      throw new Error(`no ${selector}`);
    }
    return found;
  }

  choose(kind: string, value?: string): void {
    const select = this.find('select') as HTMLSelectElement;
    select.value = kind;
    select.dispatchEvent(new Event('change'));
    if (value !== undefined) {
      const field = this.find(
        'label:not([hidden]) ~ label:not([hidden]) :is(select, input)'
      ) as HTMLInputElement;
      field.value = value;
    }
  }

  /** As Enter in a field, too. */
  async try(): Promise<void> {
    this.find('form').dispatchEvent(
      new Event('submit', { cancelable: true, bubbles: true })
    );
    await this.settle();
  }

  async settle(): Promise<void> {
    await jest.advanceTimersByTimeAsync(100);
  }

  readonly own = new OwnChanges();
  readonly picks = new Picks();
  readonly node = window.document.createElement('div');
}

/** Answers at once what it is told to. */
function answering(
  shown: Shown,
  answer: (change: Change) => WhatIf | WhatIfGap = told
): Change[] {
  const asked: Change[] = [];
  shown.own.setReplays({
    whatIf: change => {
      asked.push(change);
      return answer(change);
    }
  });
  return asked;
}

const scrolled = jest.fn();

beforeEach(() => {
  jest.useFakeTimers();
  // jsdom does not lay out.
  Element.prototype.scrollIntoView = scrolled;
});

afterEach(() => {
  document.body.replaceChildren();
  jest.useRealTimers();
});

describe('the form for a change', () => {
  it('is there if somebody can answer, and the rung can tell', () => {
    const shown = new Shown();
    const asking = shown.find('.giltracer-WhatIf-asking');
    expect(asking.hidden).toBe(true);
    answering(shown);
    expect(asking.hidden).toBe(false);
    shown.own.setReplays(undefined);
    shown.own.setDemand(new Demand());
    expect(asking.hidden).toBe(false);
    expect(asking.textContent).toContain(
      '“Try” loads the full trace (2 KiB) first.'
    );
  });

  it('needs no changes that were tried before: then there is no table', async () => {
    const shown = new Shown(documentWith({ what_if: undefined }));
    expect(shown.find('.giltracer-WhatIf').hidden).toBe(true);
    answering(shown);
    expect(shown.find('.giltracer-WhatIf').hidden).toBe(false);
    expect(shown.find('table').parentElement?.hidden).toBe(true);
    await shown.try();
    expect(shown.find('table').parentElement?.hidden).toBe(false);
    expect(shown.rows).toHaveLength(1);
  });

  it('is not there where one thread alone held the GIL', () => {
    const { threads } = documentWith();
    const one = threads.slice(0, 1);
    const document = {
      ...documentWith({ what_if: undefined }),
      threads: one
    };
    expect(new Shown(document).node.textContent).toBe('');
  });

  it('has the lines that held the GIL, the worst first', () => {
    const shown = new Shown();
    answering(shown);
    expect(shown.fields).toEqual([
      ['Try a change of your own', 'A line lets go of the GIL'],
      ['Line', 'In [2]:5 in count, made others wait 10 ms']
    ]);
    const options = shown.node.querySelectorAll('label:nth-of-type(2) option');
    expect(Array.from(options, ({ textContent }) => textContent)).toEqual([
      'In [2]:5 in count, made others wait 10 ms',
      'a.py:5 in count, held the GIL 2 ms'
    ]);
  });

  it('offers the line that the reader picks', () => {
    const shown = new Shown();
    answering(shown);
    shown.picks.pick('line', COLD);
    expect(shown.fields[1]).toEqual([
      'Line',
      'a.py:5 in count, held the GIL 2 ms'
    ]);
    shown.picks.pick('line', { file: 'gone.py', line: 1 });
    expect(shown.fields[1][1]).toMatch(/^a\.py/);
  });

  it('asks for just what the kind of change needs', async () => {
    const shown = new Shown(documentWith({ what_if: undefined }));
    const asked = answering(shown);
    await shown.try();
    shown.choose('switch-interval', '0.25');
    expect(shown.fields[1]).toEqual(['Milliseconds (CPython: 5)', '0.25']);
    await shown.try();
    shown.choose('threads', '3');
    expect(shown.fields[1]).toEqual(['Threads', '3']);
    await shown.try();
    shown.choose('no-gil');
    expect(shown.fields).toHaveLength(1);
    await shown.try();
    expect(asked).toEqual([
      { kind: 'release', line: HOT },
      { kind: 'switch-interval', switch_interval_ns: 250_000 },
      { kind: 'threads', threads: 3 },
      { kind: 'no-gil' }
    ]);
  });

  it('tries what was typed with Enter, which nobody else takes', async () => {
    const shown = new Shown();
    const asked = answering(shown);
    shown.choose('switch-interval', '2');
    const enter = new KeyboardEvent('keydown', {
      key: 'Enter',
      bubbles: true,
      cancelable: true
    });
    shown.find('label:not([hidden]) input').dispatchEvent(enter);
    expect(enter.defaultPrevented).toBe(true);
    await shown.settle();
    expect(asked).toHaveLength(1);
  });

  it('knows no lines where none is known', () => {
    const shown = new Shown(documentWith({ lines: [] }));
    answering(shown);
    expect(shown.fields[0][1]).toBe('Another switch interval');
    expect((shown.find('option') as HTMLOptionElement).disabled).toBe(true);
    expect(shown.find('option').textContent).toContain('no lines are known');
  });

  it.each([
    ['switch-interval', '0', 'A switch interval is from 0.1 to 1000 ms.'],
    ['switch-interval', '5000', 'A switch interval is from 0.1 to 1000 ms.'],
    ['switch-interval', '', 'A switch interval is from 0.1 to 1000 ms.'],
    ['threads', '0', 'A number of threads is from 1 to 256.'],
    ['threads', '2.5', 'A number of threads is from 1 to 256.']
  ])('refuses %s of “%s”, and leads back to it', async (kind, value, text) => {
    const shown = new Shown();
    const asked = answering(shown);
    shown.choose(kind, value);
    await shown.try();
    expect(asked).toEqual([]);
    expect(shown.status.textContent).toBe(text);
    const { activeElement } = document;
    expect(activeElement?.getAttribute('aria-invalid')).toBe('true');
    (activeElement as HTMLInputElement).value = '3';
    await shown.try();
    expect(asked).toHaveLength(1);
    expect(activeElement?.hasAttribute('aria-invalid')).toBe(false);
    shown.choose('no-gil');
    expect(shown.status.textContent).toBe('');
  });
});

describe('an answer', () => {
  it('is a row below the others, on one scale with them', async () => {
    const shown = new Shown();
    answering(shown);
    shown.choose('threads', '3');
    await shown.try();
    expect(shown.rows).toEqual([
      'If In [2]:5 in count released the GIL10 ms to 12 ms',
      'If there were no GIL10 ms at best',
      'If 3 threads did the work ✕30 ms to 40 ms'
    ]);
    // The longest time is 40 ms now, of which the run took 20.
    const marks = shown.node.querySelectorAll<HTMLElement>(
      '.giltracer-WhatIf-recorded'
    );
    expect(Array.from(marks, ({ style }) => style.left)).toEqual([
      '50%',
      '50%',
      '50%'
    ]);
    const { left, width } = shown.find(
      'tr:last-child .giltracer-WhatIf-range'
    ).style;
    expect([left, width]).toEqual(['75%', '25%']);
    const list = shown.find('.giltracer-WhatIf-assumptions');
    expect(list.textContent).toContain(
      'If 3 threads did the work: About threads.'
    );
    expect(shown.status.textContent).toBe(
      'If 3 threads did the work: 30 ms to 40 ms'
    );
    expect(shown.status.classList).toContain('giltracer-mod-spoken');
  });

  it('is counted only after that was said', async () => {
    const shown = new Shown();
    const asked = answering(shown);
    shown.choose('threads', '3');
    shown.find('form').dispatchEvent(new Event('submit'));
    await jest.advanceTimersByTimeAsync(10);
    expect(shown.status.textContent).toBe('Counting…');
    expect(asked).toEqual([]);
    // Pressed again meanwhile.
    shown.find('form').dispatchEvent(new Event('submit'));
    await shown.settle();
    expect(asked).toHaveLength(1);
    expect(shown.rows).toHaveLength(3);
  });

  it('to the same change is one row, whoever tried it before', async () => {
    const shown = new Shown();
    const asked = answering(shown);
    await shown.try();
    expect(shown.status.textContent).toBe(
      'If In [2]:5 in count released the GIL: 10 ms to 12 ms'
    );
    shown.choose('threads', '3');
    await shown.try();
    await shown.try();
    expect(asked).toEqual([{ kind: 'threads', threads: 3 }]);
    expect(shown.rows).toHaveLength(3);
    const pointed = shown.node.querySelectorAll('.giltracer-mod-pointed');
    expect(Array.from(pointed, ({ textContent }) => textContent)).toEqual([
      'If 3 threads did the work ✕30 ms to 40 ms'
    ]);
    expect(scrolled).toHaveBeenLastCalledWith({ block: 'nearest' });
  });

  it('shows a row that was folded away', async () => {
    const folded = told({ kind: 'threads', threads: 8 });
    const { what_if: given = [] } = documentWith();
    const more = told({ kind: 'threads', threads: 1 });
    const shown = new Shown(
      documentWith({ what_if: [...given, more, folded] })
    );
    answering(shown);
    const row = shown.find('tbody tr:last-child');
    expect(row.hidden).toBe(true);
    shown.choose('threads', '8');
    await shown.try();
    expect(row.hidden).toBe(false);
  });

  it('can be removed, and the keyboard stays in the view', async () => {
    const shown = new Shown();
    answering(shown);
    for (const threads of ['3', '5']) {
      shown.choose('threads', threads);
      await shown.try();
    }
    const button = shown.find('tr:last-child button');
    expect(button.getAttribute('aria-label')).toBe(
      'Remove: If 5 threads did the work'
    );
    button.click();
    expect(shown.rows).toHaveLength(3);
    expect(document.activeElement?.getAttribute('aria-label')).toBe(
      'Remove: If 3 threads did the work'
    );
    (document.activeElement as HTMLElement).click();
    expect(shown.rows).toHaveLength(2);
    expect(document.activeElement?.textContent).toBe('Try');
    // 20 ms are the longest time again.
    const mark = shown.find('.giltracer-WhatIf-recorded');
    expect(mark.style.left).toBe('100%');
  });

  it('that can not be given says why', async () => {
    const shown = new Shown();
    answering(shown, () => 'wide');
    shown.choose('threads', '3');
    await shown.try();
    expect(shown.status.textContent).toBe(
      'If 3 threads did the work: that can’t be told. The replay is too uncertain: the range would be wider than a factor of 1.5.'
    );
    expect(shown.status.classList).not.toContain('giltracer-mod-spoken');
    expect(shown.rows).toHaveLength(2);
  });

  it('needs no replay where the run had just that', async () => {
    const document = documentWith();
    document.capture.environment = { switch_interval: 5 * MS };
    const shown = new Shown(document);
    const asked = answering(shown);
    shown.choose('switch-interval');
    // Something else is offered.
    expect(shown.fields[1][1]).toBe('2');
    shown.choose('switch-interval', '5');
    await shown.try();
    expect(asked).toEqual([]);
    expect(shown.status.textContent).toBe('This run had that switch interval.');
  });
});

describe('a trace that is not loaded yet', () => {
  function demanding(): { shown: Shown; demand: Demand } {
    const shown = new Shown();
    const demand = new Demand();
    shown.own.setDemand(demand);
    shown.choose('threads', '3');
    return { shown, demand };
  }

  it('is loaded first, and tells how far that is', async () => {
    const { shown, demand } = demanding();
    await shown.try();
    demand.progress('Loading the full trace… 50 %');
    expect(shown.find('.giltracer-WhatIf-progress').textContent).toBe(
      'Loading the full trace… 50 %Cancel'
    );
    answering(shown);
    demand.answer({ kind: 'loaded' });
    await shown.settle();
    expect(shown.find('.giltracer-WhatIf-progress').textContent).toBe('');
    expect(shown.rows[2]).toMatch(/^If 3 threads did the work/);
    expect(demand.demanded).toBe(1);
    shown.choose('no-gil');
    shown.choose('threads', '5');
    await shown.try();
    expect(demand.demanded).toBe(1);
  });

  it('can be given up, and the keyboard stays in the view', async () => {
    const { shown, demand } = demanding();
    await shown.try();
    demand.progress('Loading the full trace…');
    const cancel = shown.find('.giltracer-WhatIf-progress button');
    cancel.focus();
    cancel.click();
    expect(demand.cancelled).toBe(1);
    demand.answer({ kind: 'cancelled' });
    await shown.settle();
    expect(document.activeElement?.textContent).toBe('Try');
    expect(shown.status.textContent).toBe('');
    expect(shown.rows).toHaveLength(2);
  });

  it('that is refused says why, in the same sentence', async () => {
    const { shown, demand } = demanding();
    await shown.try();
    demand.answer({ kind: 'refused', reason: 'It is not stored here.' });
    await shown.settle();
    expect(shown.status.textContent).toBe('It is not stored here.');
  });

  it('that turns out to be large is loaded if the reader tries again', async () => {
    const { shown, demand } = demanding();
    demand.bytes = undefined;
    await shown.try();
    demand.bytes = 100 * 1024 ** 2;
    demand.answer({ kind: 'large', bytes: demand.bytes });
    await shown.settle();
    expect(shown.status.textContent).toBe(
      'The full trace has 100 MiB: “Try” again loads it.'
    );
    expect(shown.node.textContent).toContain(
      '“Try” loads the full trace (100 MiB) first.'
    );
    await shown.try();
    expect(demand.demanded).toBe(2);
  });
});

describe('a run that can not be replayed', () => {
  it.each([
    [{ mode: 'sample' }, '“sample” does not.'],
    [{ mode: 'waits' }, '“waits” does not.'],
    [{ scheduler_states: false }, '--no-states'],
    [{ lost: 3 }, 'some were lost']
  ])('of %j says so where the changes would stand', (capture, text) => {
    const document = documentWith({ what_if: undefined });
    const shown = new Shown({
      ...document,
      capture: { ...document.capture, ...capture }
    });
    expect(shown.node.textContent).toContain(`What ifA replay needs`);
    expect(shown.node.textContent).toContain(text);
    expect(shown.node.querySelector('form')).toBeNull();
  });

  it('says nothing where nobody waited for the GIL', () => {
    const document = documentWith({ what_if: undefined });
    const shown = new Shown({
      ...document,
      capture: { ...document.capture, mode: 'sample' },
      threads: document.threads.map(row => ({ ...row, states_ns: {} }))
    });
    expect(shown.node.textContent).toBe('');
  });
});
