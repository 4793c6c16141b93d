/** Reads what one thread does: its system call, whether it has the GIL, and where it stands. */
import type { StackReader } from '../../core/cpython/stack-reader';
import { RUNNING, stateOf } from '../../core/threads/sampled/activity';
import { SleepKind, SleepKinds } from '../../core/threads/sampled/sleep-kind';
import { ThreadState } from '../../core/threads/states';
import type { Address, Nanoseconds, StackIndex } from '../../core/units';
import type { CodeStacks } from './code-stacks';
import type { SampledBatches } from './sampled-batches';
import type { WatchedGil } from './watched-gils';
import type { WatchedThread, WatchedThreads } from './watched-threads';
import { WholeStacks } from './whole-stacks';

/** How often a reading is tried that contradicts itself. */
const ATTEMPTS = 3;

/** Less time without a CPU is not worth a row. */
const SHORTEST_QUEUE: Nanoseconds = 200_000;

type Outcome = 'read' | 'torn' | 'gone';

export class ThreadReader {
  constructor(
    private readonly _threads: Pick<WatchedThreads, 'of' | 'gils'>,
    private readonly _reader: StackReader,
    private readonly _stacks: CodeStacks,
    private readonly _batches: SampledBatches,
    private readonly _depth: number,
    private readonly _futex: number,
    private readonly _now: () => Nanoseconds
  ) {}

  /** Adds a reading of the thread to the batch, or notes that it has ended or did not stand still. */
  read(thread: WatchedThread): Outcome {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const time = this._now();
      const outcome = this._try(thread, time);
      if (outcome === 'read') {
        thread.time = time;
        this._batches.reading(
          time,
          thread.index,
          thread.doing,
          thread.lock,
          thread.sleep,
          thread.stack,
          thread.files.cpuNs
        );
        return outcome;
      }
      if (outcome === 'gone') {
        return outcome;
      }
    }
    this._batches.dropped++;
    return 'torn';
  }

  private _try(thread: WatchedThread, time: Nanoseconds): Outcome {
    const { files, gil } = thread;
    const told = files.readSchedule();
    const { turns } = files;
    if (told) {
      this._noteQueue(thread, time);
      if (turns === thread.turns && thread.asleep) {
        // It has not been on a CPU since: all is as it was.
        thread.gilTurn = gil?.turn ?? -1;
        return 'read';
      }
    }
    const outcome = this._look(thread);
    if (outcome !== 'read') {
      return outcome;
    }
    if (
      told &&
      thread.asleep &&
      files.readSchedule() &&
      files.turns !== turns
    ) {
      thread.turns = -1;
      return 'torn';
    }
    thread.turns = told ? turns : -1;
    return 'read';
  }

  private _look(thread: WatchedThread): Outcome {
    const { files, gil } = thread;
    const held = this._holds(thread, gil);
    if (!files.readCall()) {
      return 'gone';
    }
    const { call, argument } = files;
    const holds = (call === RUNNING || held) && this._holds(thread, gil);
    if (call === RUNNING && holds !== held) {
      return 'torn';
    }
    const turn = gil?.turn ?? -1;
    const stillWaits =
      thread.doing === ThreadState.WaitingGil &&
      turn - thread.gilTurn <= 1 &&
      gil !== undefined &&
      this._threads.of(gil.holder) !== thread;
    const doing = stateOf(
      {
        call,
        argument,
        holds: holds && held,
        python: gil !== undefined,
        stillWaits
      },
      this._futex,
      this._threads.gils
    );
    const asleep = call !== RUNNING;
    if (!(stillWaits && doing === ThreadState.WaitingGil)) {
      const stands = this._readStack(thread, doing);
      if (!stands && asleep) {
        return 'torn';
      }
    }
    thread.doing = doing;
    thread.asleep = asleep;
    thread.lock = doing === ThreadState.WaitingLock ? argument : 0;
    thread.sleep =
      doing === ThreadState.OffCpu
        ? this._sleeps.of(call, argument)
        : SleepKind.Other;
    thread.gilTurn = turn;
    return 'read';
  }

  private _holds(thread: WatchedThread, gil: WatchedGil | undefined): boolean {
    return (
      gil !== undefined &&
      gil.read() &&
      gil.locked &&
      this._threads.of(gil.holder) === thread
    );
  }

  /** False if the thread went on while its stack was read. A holder's is read with the GIL. */
  private _readStack(thread: WatchedThread, doing: ThreadState): boolean {
    thread.stack = -1;
    if (
      thread.state === 0 ||
      doing === ThreadState.RunningGil ||
      doing === ThreadState.HoldingOffCpu
    ) {
      return true;
    }
    const { stack, complete } = this.readStack(thread, thread.state);
    thread.stack = stack;
    return complete;
  }

  /**
   * Where a thread stands that uses a thread state: -1 if that is not known. Not complete: it went on meanwhile, and
   * all but the innermost line may be of before.
   */
  readStack(
    thread: WatchedThread,
    state: Address
  ): { stack: StackIndex; complete: boolean } {
    const frames = this._reader.read(state, this._depth);
    const complete =
      this._stacks.validate(this._reader, frames) || frames === 0;
    const stack = this._stacks.stackOf(
      this._reader,
      complete ? frames : Math.min(frames, 1)
    );
    if (stack < 0) {
      return { stack, complete };
    }
    const line = this._stacks.lineOf(stack);
    if (complete) {
      this._whole.note(thread.index, line, stack);
      return { stack, complete };
    }
    return {
      stack: this._whole.completed(thread.index, line, stack),
      complete
    };
  }

  /** How long the thread could run but had no CPU since that was noted last: short waits add up. */
  private _noteQueue(thread: WatchedThread, time: Nanoseconds): void {
    const { queuedNs } = thread.files;
    if (thread.time === -Infinity) {
      thread.queuedNs = queuedNs;
      return;
    }
    const waited = queuedNs - thread.queuedNs;
    if (waited < SHORTEST_QUEUE) {
      return;
    }
    thread.queuedNs = queuedNs;
    // It got its CPU at some time since.
    const end = Math.floor(
      (Math.max(thread.time, thread.queuedUntil) + time) / 2
    );
    const start = Math.max(end - waited, thread.queuedUntil);
    const within = time - thread.time;
    if (end > start) {
      this._batches.queued(thread.index, start, end, within);
      thread.queuedUntil = end;
    }
  }

  private readonly _whole = new WholeStacks();
  private readonly _sleeps = new SleepKinds(process.arch);
}
