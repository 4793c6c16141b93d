/** A view that loads its run's whole trace, from a source that answers as it is told. */
import type { LoadedTrace } from '../../core/trace/load-trace';
import { columnsTimeline } from '../../core/timeline/result-timeline';
import { AUTOMATIC_BYTES, FullTrace } from '../full-trace';
import { sampleWithVerdict } from '../findings/__tests__/sample-findings';
import { RunView } from '../run-view';
import type { ITraceSource, TraceAnswer, TraceRequest } from '../trace-source';
import { TraceFigures } from '../trace-figures';
import { traceView } from '../trace-view';
import { ENGLISH } from '../translation';
import { sampleView } from './sample-view';

/** The trace of the sample run: each thread runs all the time. */
function sampleTrace(runId?: string): LoadedTrace {
  const { document } = sampleView();
  if (document === undefined) {
    throw new Error('the sample has no document');
  }
  const end = document.capture.duration_ns;
  const tracks = document.threads.map(() => ({
    length: 1,
    start: Float64Array.of(0),
    state: Uint8Array.of(1),
    end
  }));
  const none = new Int32Array(0);
  const waits = {
    length: 0,
    thread: new Uint16Array(0),
    start: new Float64Array(0),
    end: new Float64Array(0),
    holder: none,
    kind: new Uint8Array(0),
    ignored: new Uint16Array(0),
    uncertainty: new Float64Array(0),
    stack: none,
    holderStack: none,
    waker: none
  };
  const run = { ...document.run, id: runId ?? document.run.id };
  return {
    file: {
      document: { ...document, run },
      columns: { begin: 0, end, tracks, waits },
      tables: {},
      origin: 0n
    },
    timeline: columnsTimeline({ tracks, waits })
  };
}

class Source implements ITraceSource {
  constructor(
    private readonly _answers: TraceAnswer[],
    readonly bytes?: number
  ) {}

  load(request: TraceRequest): Promise<TraceAnswer> {
    this.requests.push(request);
    const answer = this._answers.shift();
    return answer === undefined
      ? new Promise(resolve => {
          request.signal.addEventListener('abort', () =>
            resolve({ kind: 'cancelled' })
          );
        })
      : Promise.resolve(answer);
  }

  readonly requests: TraceRequest[] = [];
}

beforeEach(() => {
  // jsdom has no canvas.
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});
const views: RunView[] = [];
afterEach(() => {
  views.splice(0).forEach(view => {
    view.dispose();
    view.node.remove();
  });
});

function shown(source?: ITraceSource): {
  view: RunView;
  line: () => HTMLElement | null;
  click: (label: string) => Promise<void>;
} {
  const view = new RunView();
  views.push(view);
  document.body.append(view.node);
  view.show(sampleView(), source);
  const line = (): HTMLElement | null =>
    view.node.querySelector('.giltracer-FullTrace');
  const click = async (label: string): Promise<void> => {
    [...(line()?.querySelectorAll('button') ?? [])]
      .find(({ textContent }) => textContent?.startsWith(label))
      ?.click();
    await new Promise(resolve => setTimeout(resolve));
  };
  return { view, line, click };
}

describe('the full trace', () => {
  it('is not offered without a source, and not asked for without a wish', () => {
    expect(shown().line()).toBeNull();
    const source = new Source([], 12 * 1024 ** 2);
    expect(shown(source).line()?.textContent).toBe(
      'Load the full trace (12 MiB)'
    );
    expect(source.requests).toEqual([]);
  });

  it('is shown in place of the averages when it came', async () => {
    const source = new Source([{ kind: 'loaded', trace: sampleTrace() }]);
    const { line, click } = shown(source);
    await click('Load');
    expect(line()?.textContent).toContain('exact at any zoom');
    expect(line()?.querySelector('button')).toBeNull();
  });

  it('of another run is refused', async () => {
    const trace = sampleTrace('20200101-000000-000000');
    const { line, click } = shown(new Source([{ kind: 'loaded', trace }]));
    await click('Load');
    expect(line()?.textContent).toBe(
      'The stored trace is not the one of this run.'
    );
  });

  it('says in one line why there is none, and can be asked for again', async () => {
    const source = new Source([
      { kind: 'absent', reason: 'It is not stored here.' },
      { kind: 'loaded', trace: sampleTrace() }
    ]);
    const { line, click } = shown(source);
    await click('Load');
    expect(line()?.textContent).toContain('It is not stored here.');
    await click('Try again');
    expect(line()?.textContent).toContain('exact at any zoom');
  });

  it('that is large is loaded only if the reader asks for it', async () => {
    const bytes = 2 * AUTOMATIC_BYTES;
    const source = new Source([
      { kind: 'large', bytes },
      { kind: 'loaded', trace: sampleTrace() }
    ]);
    const { line, click } = shown(source);
    await click('Load');
    expect(line()?.textContent).toBe('Load the full trace (128 MiB)');
    await click('Load');
    expect(source.requests[1].mostBytes).toBeGreaterThan(bytes);
    expect(line()?.textContent).toContain('exact at any zoom');
  });

  it('can be cancelled, and tells how far it is', async () => {
    const source = new Source([]);
    const { line, click } = shown(source);
    await click('Load');
    source.requests[0].progress({ phase: 'fetching', part: 0.5, bytes: 2048 });
    expect(line()?.textContent).toContain('50 % (2 KiB)');
    await click('Cancel');
    expect(source.requests[0].signal.aborted).toBe(true);
    expect(line()?.textContent).toBe('Load the full trace');
  });

  it('is loaded for a change that the reader tries, which it answers', async () => {
    const source = new Source([
      { kind: 'absent', reason: 'It is not stored here.' },
      { kind: 'cancelled' },
      { kind: 'large', bytes: 2 * AUTOMATIC_BYTES },
      { kind: 'loaded', trace: sampleTrace() }
    ]);
    const { view, line } = shown();
    view.show(sampleWithVerdict(), source);
    const status = (): string | null | undefined =>
      view.node.querySelector('.giltracer-WhatIf-status')?.textContent;
    const attempt = async (): Promise<void> => {
      const select = view.node.querySelector<HTMLSelectElement>(
        '.giltracer-WhatIf-form select'
      );
      if (select === null) {
        throw new Error('no form');
      }
      select.value = 'threads';
      view.node
        .querySelector('.giltracer-WhatIf-form')
        ?.dispatchEvent(new Event('submit'));
      await new Promise(resolve => setTimeout(resolve, 60));
    };
    await attempt();
    expect(status()).toBe('It is not stored here.');
    expect(line()?.textContent).toContain('It is not stored here.');
    await attempt();
    expect(status()).toBe('');
    await attempt();
    expect(status()).toBe('The full trace has 128 MiB: “Try” again loads it.');
    expect(source.requests[2].mostBytes).toBe(AUTOMATIC_BYTES);
    await attempt();
    expect(source.requests[3].mostBytes).toBeGreaterThan(2 * AUTOMATIC_BYTES);
    expect(status()).toContain('made by an older giltracer');
    expect(line()?.textContent).toContain('exact at any zoom');
    await attempt();
    expect(source.requests).toHaveLength(4);
  });

  it('keeps what the reader has tried until another run is shown', async () => {
    const answer = {
      change: { kind: 'no-gil' as const },
      low_ns: 1e6,
      high_ns: 2e6,
      assumptions: []
    };
    jest.spyOn(TraceFigures.prototype, 'whatIf').mockReturnValueOnce(answer);
    const source = new Source([{ kind: 'loaded', trace: sampleTrace() }]);
    const { view } = shown();
    const verdict = sampleWithVerdict({ what_if: [] });
    view.show(verdict, source);
    const rows = (): (string | null)[] =>
      Array.from(
        view.node.querySelectorAll('.giltracer-WhatIf tbody tr'),
        ({ textContent }) => textContent
      );
    view.node
      .querySelector('.giltracer-WhatIf-form')
      ?.dispatchEvent(new Event('submit'));
    await new Promise(resolve => setTimeout(resolve, 60));
    const row = ['If there were no GIL ✕1 ms to 2 ms at best'];
    expect(rows()).toEqual(row);
    view.show(verdict, source);
    expect(rows()).toEqual(row);
    const run = { ...verdict.run, id: 'run-2', state: 'running' as const };
    view.show({ ...verdict, kind: 'placeholder', run }, source);
    view.show({ ...verdict, run: { ...run, state: 'done' } }, source);
    expect(rows()).toEqual([]);
  });

  it('is loaded once, whoever wants it', async () => {
    const source = new Source([]);
    const full = new FullTrace({
      source,
      trans: ENGLISH,
      onLoaded: () => undefined
    });
    full.need();
    const words: string[] = [];
    const outcome = full.demand(text => words.push(text));
    source.requests[0].progress({ phase: 'reading', part: 0.5 });
    expect(words).toEqual([
      'Loading the full trace…',
      'Reading the full trace… 50 %'
    ]);
    expect(source.requests).toHaveLength(1);
    full.dispose();
    expect(await outcome).toEqual({ kind: 'cancelled' });
  });

  it('stays when the same run is shown again, and goes with another', async () => {
    const source = new Source([{ kind: 'loaded', trace: sampleTrace() }]);
    const { view, line, click } = shown(source);
    await click('Load');
    view.show(sampleView(), source);
    expect(line()).toBeNull();
    const other = sampleView();
    view.show({ ...other, run: { ...other.run, id: 'another' } }, source);
    expect(line()?.textContent).toBe('Load the full trace');
  });

  it('is shown by itself, too', () => {
    const trace = sampleTrace();
    const view = new RunView();
    views.push(view);
    view.show(traceView(trace));
    expect(view.attachTrace(trace)).toBeUndefined();
    expect(
      view.node.querySelectorAll('.giltracer-Lane').length
    ).toBeGreaterThan(1);
  });
});
