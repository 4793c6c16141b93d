/**
 * The trust test: in a program that takes and drops the GIL in every way, each thread's takes and
 * drops must alternate strictly, and every wake must name a holder that was seen to ask for the GIL.
 * A site that is wrong, missing or doubled (an inlined copy of drop_gil) fails it.
 */
import {
  RecordKind,
  type EventDescription,
  type RecordBatch
} from '../../core/perfdata/records';
import { Site, siteOf } from '../../core/threads/site';

/** What was seen of one thread. */
interface ThreadCount {
  takes: number;
  drops: number;
  /** Last of the two: true after a take. */
  holds: boolean | undefined;
  /** Takes after a take, drops after a drop. */
  broken: number;
}

export interface TrustReport {
  takes: number;
  drops: number;
  wakes: number;
  broken: number;
  /** Wakes whose last_holder is no thread state that asked for the GIL: the GIL's address is wrong. */
  strangeHolders: number;
}

/** Counts takes and drops thread by thread. */
export class TrustTest {
  constructor(private readonly _events: readonly EventDescription[]) {}

  consume(batch: RecordBatch): void {
    for (let row = 0; row < batch.length; row++) {
      if (batch.kind[row] !== RecordKind.Sample) {
        continue;
      }
      const event = this._events[batch.event[row]];
      const field = (name: string): number =>
        batch.args[event.fields.indexOf(name)][row];
      const thread = this._thread(batch.tid[row]);
      switch (siteOf(event.name)) {
        case Site.Request:
          thread.broken += thread.holds === true ? 1 : 0;
          thread.holds = true;
          thread.takes++;
          this._states.add(field('tstate'));
          break;
        case Site.Drop:
          thread.broken += thread.holds === false ? 1 : 0;
          thread.holds = false;
          thread.drops++;
          break;
        case Site.Wait:
        case Site.Wake:
          this._holders.push(field('last_holder'));
          break;
      }
    }
  }

  report(): TrustReport {
    const threads = [...this._threads.values()];
    const sum = (pick: (thread: ThreadCount) => number): number =>
      threads.reduce((total, thread) => total + pick(thread), 0);
    return {
      takes: sum(thread => thread.takes),
      drops: sum(thread => thread.drops),
      wakes: this._holders.length,
      broken: sum(thread => thread.broken),
      strangeHolders: this._holders.filter(holder => !this._states.has(holder))
        .length
    };
  }

  private _thread(tid: number): ThreadCount {
    let thread = this._threads.get(tid);
    if (!thread) {
      thread = { takes: 0, drops: 0, holds: undefined, broken: 0 };
      this._threads.set(tid, thread);
    }
    return thread;
  }

  private readonly _threads = new Map<number, ThreadCount>();
  private readonly _states = new Set<number>();
  private readonly _holders: number[] = [];
}

/**
 * Why the probes can't be trusted, or undefined if they can.
 * @param expectedTakes takes that the program is known to have made in its main thread
 * @param lost records that were lost in the test
 */
export function distrust(
  report: TrustReport,
  expectedTakes: number,
  lost: number
): string | undefined {
  if (lost > 0) {
    return `${lost} records were lost`;
  }
  if (report.takes < expectedTakes || report.drops < expectedTakes) {
    return `${report.takes} takes and ${report.drops} drops were seen where at least ${expectedTakes} were made`;
  }
  if (report.broken > 0) {
    return `takes and drops do not alternate (${report.broken} times in ${report.takes})`;
  }
  if (report.wakes === 0) {
    return 'no wait was seen where two threads fought for the GIL';
  }
  if (report.strangeHolders > 0) {
    return `${report.strangeHolders} of ${report.wakes} wakes named an unknown holder`;
  }
  return undefined;
}
