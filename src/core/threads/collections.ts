/** Runs of the cyclic garbage collector. */
import type { Nanoseconds } from '../units';
import { SpanRows } from './span-rows';
import type { TracedThread } from './traced-thread';

export class Collections {
  /** In the order in which they ended. */
  readonly rows = new SpanRows();

  begin(thread: TracedThread, time: Nanoseconds): void {
    if (thread.collecting === 0) {
      thread.collectStart = time;
    }
    thread.collecting++;
  }

  end(thread: TracedThread, time: Nanoseconds): void {
    if (thread.collecting > 0) {
      thread.collecting--;
      if (thread.collecting === 0) {
        this.rows.push(thread.index, thread.collectStart, time);
      }
    }
  }

  /** Nothing more is known of a run that goes on. */
  close(thread: TracedThread, time: Nanoseconds): void {
    if (thread.collecting > 0) {
      this.rows.push(thread.index, thread.collectStart, time);
      thread.collecting = 0;
    }
  }
}
