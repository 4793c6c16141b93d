import type { IShownRun } from '../renderer/shown-runs';
import { ShownRuns } from '../renderer/shown-runs';

const PLACE = { file: 'In [2]', line: 3, cell: 'c' };
const BACK = { label: 'Back', go: () => undefined };

/** A view in a document of its own. */
class FakeView implements IShownRun {
  constructor(
    readonly runId: string | undefined,
    private readonly _knows = true
  ) {
    this.document.className = 'jp-Document';
    this.document.append(this.editor, this.node);
  }

  readonly document = document.createElement('div');
  readonly editor = document.createElement('div');
  readonly node = document.createElement('div');
  readonly asked: unknown[] = [];

  showLine(...asked: unknown[]): boolean {
    this.asked.push(asked);
    return this._knows;
  }
}

describe('ShownRuns', () => {
  it('leads to the view of the run in the same document', () => {
    const runs = new ShownRuns();
    const [other, far, near] = ['run-2', 'run-1', 'run-1'].map(
      id => new FakeView(id)
    );
    [other, far, near].forEach(view => runs.add(view));
    expect(runs.showLine('run-1', PLACE, near.editor, BACK)).toBe(true);
    expect(near.asked).toEqual([[PLACE, BACK]]);
    expect([...other.asked, ...far.asked]).toEqual([]);
    runs.delete(near);
    expect(runs.showLine('run-1', PLACE, near.editor, BACK)).toBe(true);
    expect(far.asked).toHaveLength(1);
  });

  it('tells if there is no such view, or if it does not know the line', () => {
    const runs = new ShownRuns();
    const editor = document.createElement('div');
    runs.add(new FakeView(undefined));
    expect(runs.showLine('run-1', PLACE, editor, BACK)).toBe(false);
    runs.add(new FakeView('run-1', false));
    expect(runs.showLine('run-1', PLACE, editor, BACK)).toBe(false);
  });
});
