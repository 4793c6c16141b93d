/** A run store that answers as the server does. */
import type { IHistoryClient } from '../history-client';
import type { RunsPage, StoredRun } from '../stored-run';

export function storedRun(
  id: string,
  more: Partial<StoredRun> = {}
): StoredRun {
  return {
    id,
    bytes: 1024,
    writing: false,
    name: `run ${id}`,
    state: 'done',
    startedAt: new Date('2026-01-02T03:04:05Z'),
    mode: 'full',
    python: '3.11.7',
    durationNs: 1.5e9,
    verdict: 'Two threads fight for the GIL.',
    ...more
  };
}

export class FakeStore implements IHistoryClient {
  constructor(
    public runs: StoredRun[],
    private readonly _page = 200
  ) {}

  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** The next question fails with this. */
  failure: Error | undefined;
  /** What its runs are called now; undefined: by nothing, as servers of other makers do. */
  stamp: string | undefined = 'first';
  /** Runs that can't be deleted. */
  kept: string[] = [];

  page(before?: string): Promise<RunsPage> {
    this.asked.push(`page ${before ?? ''}`.trim());
    const { failure } = this;
    if (failure !== undefined) {
      this.failure = undefined;
      return Promise.reject(failure);
    }
    const from =
      before === undefined
        ? 0
        : this.runs.findIndex(run => run.id === before) + 1;
    const runs = this.runs.slice(from, from + this._page);
    const more = from + this._page < this.runs.length;
    return Promise.resolve({
      runs,
      ...(more && { next: runs[runs.length - 1].id }),
      count: this.runs.length,
      ...(before === undefined && {
        bytes: this.runs.reduce((sum, run) => sum + run.bytes, 0)
      }),
      mostBytes: 2 * 1024 ** 3,
      ...(this.stamp !== undefined && { stamp: this.stamp })
    });
  }

  isNews(stamp: string): Promise<boolean> {
    this.asked.push(`since ${stamp}`);
    return this.failure === undefined
      ? Promise.resolve(stamp !== this.stamp)
      : Promise.reject(this.failure);
  }

  rename(id: string, name: string): Promise<StoredRun> {
    this.asked.push(`rename ${id} ${name}`);
    this.runs = this.runs.map(run => (run.id === id ? { ...run, name } : run));
    const run = this.runs.find(each => each.id === id);
    return run === undefined
      ? Promise.reject(new Error('no such run'))
      : Promise.resolve(run);
  }

  delete(id: string): Promise<void> {
    this.asked.push(`delete ${id}`);
    if (this.kept.includes(id)) {
      return Promise.reject(new Error('this run is still being written'));
    }
    this.runs = this.runs.filter(run => run.id !== id);
    return Promise.resolve();
  }
}
