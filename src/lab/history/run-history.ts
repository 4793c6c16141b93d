/** The runs of the server's store, as this page knows them. */
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { NoHistoryError, type IHistoryClient } from './history-client';
import type { StoredRun } from './stored-run';

/** Pages of 200 runs: more runs than anybody reads through. */
const MOST_PAGES = 25;

export type HistoryState =
  /** Not asked so far. */
  | 'unknown'
  | 'loading'
  | 'ready'
  /** The server has none to show. */
  | 'absent'
  /** It could not be asked; what is known stays. */
  | 'failed';

/** What could not be done, and why. */
export interface RunProblem {
  readonly run: StoredRun;
  readonly message: string;
}

export class RunHistory {
  constructor(private readonly _client: IHistoryClient) {}

  get state(): HistoryState {
    return this._state;
  }

  /** Why the state is `failed`: one line. */
  get problem(): string | undefined {
    return this._problem;
  }

  /** Newest first. */
  get runs(): readonly StoredRun[] {
    return this._runs;
  }

  /** Runs of the store; there may be more than are listed. */
  get count(): number {
    return this._count;
  }

  /** What all runs of the store have, and may have, on disk. */
  get bytes(): number {
    return this._bytes;
  }
  get mostBytes(): number {
    return this._mostBytes;
  }

  /** Emitted when anything of it has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  find(id: string): StoredRun | undefined {
    return this._runs.find(run => run.id === id);
  }

  /** Ask the server anew. Never rejects; done when the answer of a question that began now is in. */
  refresh(): Promise<void> {
    // One that is under way may have passed what is new; many calls need one more together.
    this._again ??= (this._asking ?? Promise.resolve()).then(() => {
      this._again = undefined;
      this._asking = this._load().finally(() => (this._asking = undefined));
      return this._asking;
    });
    return this._again;
  }

  /** Ask the server whether there is anything new, and for that. Never rejects. */
  async look(): Promise<void> {
    const stamp = this._stamp;
    if (this._state !== 'ready' || stamp === undefined) {
      return;
    }
    // Who can't be asked is asked again the next time; what is known is good enough until then.
    const isNews = await this._client.isNews(stamp).catch(() => false);
    if (isNews && this._stamp === stamp) {
      await this.refresh();
    }
  }

  /** @throws if the server refuses */
  async rename(id: string, name: string): Promise<void> {
    const renamed = await this._client.rename(id, name);
    this._runs = this._runs.map(run => (run.id === id ? renamed : run));
    this._changed.emit();
  }

  /** Delete runs for good. @returns those that are still there */
  async delete(ids: readonly string[]): Promise<RunProblem[]> {
    const problems: RunProblem[] = [];
    for (const id of ids) {
      const run = this.find(id);
      try {
        await this._client.delete(id);
        this._runs = this._runs.filter(each => each.id !== id);
        this._count -= run === undefined ? 0 : 1;
        this._bytes -= run?.bytes ?? 0;
        this._changed.emit();
      } catch (error) {
        if (run !== undefined) {
          problems.push({ run, message: messageOf(error) });
        }
      }
    }
    // An answer that is under way may still have them.
    await this.refresh();
    return problems;
  }

  private async _load(): Promise<void> {
    const first = this._state === 'unknown';
    this._enter('loading');
    try {
      let runs: StoredRun[] = [];
      let before: string | undefined;
      for (let pages = 0; pages < MOST_PAGES; pages++) {
        const page = await this._client.page(before);
        runs = [...runs, ...page.runs];
        this._count = page.count;
        this._bytes = page.bytes ?? this._bytes;
        this._mostBytes = page.mostBytes;
        if (pages === 0) {
          this._stamp = page.stamp;
        }
        before = page.next;
        if (before === undefined) {
          break;
        }
        if (first) {
          // There is something to look at already.
          this._runs = runs;
          this._changed.emit();
        }
      }
      this._runs = runs;
      this._enter('ready');
    } catch (error) {
      this._problem = messageOf(error);
      this._enter(error instanceof NoHistoryError ? 'absent' : 'failed');
    }
  }

  private _enter(state: HistoryState): void {
    this._state = state;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _state: HistoryState = 'unknown';
  private _problem: string | undefined;
  private _runs: readonly StoredRun[] = [];
  private _count = 0;
  private _bytes = 0;
  private _mostBytes = 0;
  private _stamp: string | undefined;
  private _asking: Promise<void> | undefined;
  private _again: Promise<void> | undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
