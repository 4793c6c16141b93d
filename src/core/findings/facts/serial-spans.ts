/** Where one thread alone had something to do. */
import type { Nanoseconds, ThreadIndex } from '../../units';

export interface SerialSpan {
  readonly thread: ThreadIndex;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/** Shorter ones are hand-overs between threads, not stretches of a program. */
const LEAST_SERIAL: Nanoseconds = 2_000_000;

/** Puts together what is told piece by piece, in order of time. */
export class SerialSpans {
  /** @param alone the thread that alone had something to do from `start` to `end`, if it was one */
  pass(
    start: Nanoseconds,
    end: Nanoseconds,
    alone: ThreadIndex | undefined
  ): void {
    const { span } = this;
    if (span !== undefined && span.thread === alone) {
      span.end = end;
      return;
    }
    this.close();
    this.span = alone === undefined ? undefined : { thread: alone, start, end };
  }

  /** Those that were long enough. */
  spans(): readonly SerialSpan[] {
    this.close();
    return this.found;
  }

  private close(): void {
    const { span } = this;
    if (span !== undefined && span.end - span.start >= LEAST_SERIAL) {
      this.found.push(span);
    }
    this.span = undefined;
  }

  private span: (SerialSpan & { end: Nanoseconds }) | undefined;
  private readonly found: SerialSpan[] = [];
}
