/** Which lines the parts of a hold are charged to: as the table of lines has it, see threads/line-shares.ts. */
import { LineShares } from '../../threads/line-shares';
import { NO_SAMPLES, type ThreadSamples } from '../../threads/line-samples';
import type { LineSplit } from '../../threads/line-split';
import type { SourceLine } from '../../trace/document';
import type { IPlaces } from '../../trace/source-paths';
import { SourceStacks } from '../../trace/source-stacks';
import type { LineIndex, Nanoseconds, ThreadIndex } from '../../units';
import type { RecordedRun } from './recorded-run';

/** Receives a part of a hold; line -1: not known. */
export type HeldPart = (line: LineIndex, time: Nanoseconds) => void;

/** Lines of a pool of holds that nobody saw, with their shares. */
interface PoolLines {
  readonly line: LineIndex[];
  readonly share: number[];
  /** How much of what each line is due it has not had yet. */
  readonly due: number[];
}

const NO_LINES: PoolLines = { line: [-1], share: [1], due: [0] };

export class HeldLines {
  constructor(run: RecordedRun, places: IPlaces) {
    const { holds, lineSplit, stacks, lines } = run;
    this._stacks = new SourceStacks(lines, stacks, places);
    this._named = new Int32Array(lines.length).fill(-1);
    if (lineSplit === undefined) {
      return;
    }
    const samples = samplesByThread(lineSplit);
    this._pools = this._poolLines(lineSplit);
    this._shares = new LineShares(
      { ...holds, line: holds.line ?? new Int32Array(holds.length).fill(-1) },
      {
        ofHolder: thread => samples.get(thread) ?? NO_SAMPLES,
        stackAt: () => -1
      },
      lineSplit.period
    );
  }

  /** Whether anything is known of lines. */
  get known(): boolean {
    return this._shares !== undefined;
  }

  /** The index that stands for a line of the document; -1 if no hold is charged to it. */
  indexOf(line: SourceLine): LineIndex {
    return this._names.get(nameOf(line)) ?? -1;
  }

  /** Looks at a hold; quick for the next one of the same thread. */
  find(hold: number): void {
    this._shares?.find(hold);
  }

  /** Calls `part` for each part of the hold between two times, in their order. */
  split(from: Nanoseconds, to: Nanoseconds, part: HeldPart): void {
    const { _shares: shares } = this;
    if (shares === undefined) {
      part(-1, to - from);
      return;
    }
    shares.split(from, to, (place, time) => {
      if (place >= -1) {
        part(this._lineOf(place), time);
      } else {
        const { thread, line } = shares.unseen;
        part(
          drawn(this._pools.get(poolKey(thread, line)) ?? NO_LINES, time),
          time
        );
      }
    });
  }

  private _lineOf(stack: number): LineIndex {
    const line = this._stacks.chargedIndex(stack);
    if (line < 0 || this._named[line] >= 0) {
      return line < 0 ? line : this._named[line];
    }
    // Lines of one name are one line.
    const place = this._stacks.placeOf(line);
    const name = place === undefined ? '' : nameOf(place);
    const first = this._names.get(name) ?? line;
    this._names.set(name, first);
    this._named[line] = first;
    return first;
  }

  private _poolLines({ pools }: LineSplit): Map<string, PoolLines> {
    const found = new Map<string, PoolLines>();
    for (let row = 0; row < pools.length; row++) {
      if (pools.held[row] <= 0) {
        continue;
      }
      const key = poolKey(pools.thread[row], pools.line[row]);
      const of = found.get(key) ?? { line: [], share: [], due: [] };
      found.set(key, of);
      of.line.push(this._lineOf(pools.stack[row]));
      of.share.push(pools.held[row]);
      of.due.push(0);
    }
    return found;
  }

  private readonly _stacks: SourceStacks;
  private readonly _named: Int32Array;
  private readonly _names = new Map<string, LineIndex>();
  private readonly _shares: LineShares | undefined;
  private readonly _pools: ReadonlyMap<string, PoolLines> = new Map();
}

/** The line that is due most: in the long run each has its share, and a short hold stays one piece. */
function drawn({ line, share, due }: PoolLines, time: Nanoseconds): LineIndex {
  let most = 0;
  for (let i = 0; i < line.length; i++) {
    due[i] += share[i] * time;
    most = due[i] > due[most] ? i : most;
  }
  due[most] -= time;
  return line[most];
}

function nameOf({ file, line, function: name, cell }: SourceLine): string {
  return JSON.stringify([file, line, name ?? '', cell ?? '']);
}

function poolKey(thread: ThreadIndex, line: LineIndex): string {
  return `${thread} ${line}`;
}

function samplesByThread({
  sightings
}: LineSplit): Map<ThreadIndex, ThreadSamples> {
  const { length, thread, time, stack } = sightings;
  const samples = new Map<ThreadIndex, ThreadSamples>();
  for (let from = 0, to = 0; from < length; from = to) {
    while (to < length && thread[to] === thread[from]) {
      to++;
    }
    samples.set(thread[from], {
      ...NO_SAMPLES,
      time: time.subarray(from, to),
      stack: stack.subarray(from, to)
    });
  }
  return samples;
}
