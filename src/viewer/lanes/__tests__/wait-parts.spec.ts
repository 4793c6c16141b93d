import type { WaitRow } from '../../../core/trace/document';
import { sampleView } from '../../__tests__/sample-view';
import { ENGLISH } from '../../translation';
import { findInRun, waitsOn } from '../find-in-run';
import { lanesOf } from '../lane-data';
import { RunMarks } from '../lane-marks';
import { LaneSearch } from '../lane-search';
import { waitWords } from '../range-words';
import { holderShares, laneOfTid, waitParts } from '../wait-parts';
import type { IWaitSource } from '../wait-source';
import { ListedWaits } from '../wait-source';
import { WaitWalk } from '../wait-walk';

const MS = 1e6;
const view = sampleView();
const lanes = lanesOf(view);
const [main, worker, idler] = lanes;

function sampleDocument() {
  const { document } = sampleView();
  if (document === undefined) {
    throw new Error('the sample is a result');
  }
  return document;
}

function wait(row: Partial<WaitRow>): WaitRow {
  return {
    tid: 102,
    start_ns: 0,
    duration_ns: 5 * MS,
    kind: 'contended',
    ...row
  };
}

describe('who takes part in a wait', () => {
  it('is told by its chain, in order', () => {
    const parts = waitParts(
      wait({
        chain: [
          { tid: 103, from_ns: 0, duration_ns: MS },
          { from_ns: MS, duration_ns: MS },
          { tid: 100, from_ns: 2 * MS, duration_ns: 3 * MS }
        ],
        waker_tid: 100
      }),
      lanes
    );
    expect(parts.waiter).toBe(worker);
    expect(parts.waker).toBe(main);
    expect(parts.links).toEqual([
      { tid: 103, lane: idler, start: 0, end: MS },
      { tid: 100, lane: main, start: 2 * MS, end: 5 * MS }
    ]);
    expect([...parts.lanes]).toEqual([worker, idler, main]);
  });

  it('is told by the exact intervals of the others, else by the row', () => {
    expect(waitParts(wait({}), lanes).links).toEqual([
      { tid: 100, lane: main, start: 0, end: 5 * MS }
    ]);
    const late = wait({ start_ns: 10 * MS, longest_holder_tid: 103 });
    expect(waitParts(late, lanes).links).toEqual([
      { tid: 103, lane: idler, start: 10 * MS, end: 15 * MS }
    ]);
    expect(waitParts(wait({ start_ns: 10 * MS }), lanes).links).toEqual([]);
  });

  it('is said in words, with what the holder did', () => {
    const parts = waitParts(wait({}), lanes);
    expect(waitWords(parts, ENGLISH)).toBe(
      'worker waited for the GIL: 5 ms from 0 ms. Held by MainThread *'
    );
    const words = holderShares(parts.links[0], state => `state ${state}`);
    expect(words).toEqual(['state 1 100 %']);
  });

  it('knows lanes of threads that the table left out', () => {
    const joined = { ...idler, thread: undefined, threads: [], count: 7 };
    expect(laneOfTid([main, joined], 4242)).toBe(joined);
    expect(laneOfTid([main, worker], 4242)).toBeUndefined();
  });
});

describe('the walk through waits', () => {
  const document = sampleDocument();
  const walk = new WaitWalk(lanes, document, new RunMarks(document));
  const [first, second] = document.waits;

  it('goes from wait to wait', async () => {
    expect(await walk.walk(1, 5 * MS, 0)).toBe(second);
    expect(await walk.walk(-1, 5 * MS, 0)).toBe(first);
    expect(await walk.walk(1, 10 * MS, 0)).toBeUndefined();
    expect(await walk.walk(-1, 0, 0)).toBeUndefined();
  });

  it('takes the nearest of those that are listed and of another source, which may be slow', async () => {
    const near = wait({ start_ns: 7 * MS, duration_ns: 2 * MS });
    const asked: number[] = [];
    const source: IWaitSource = {
      next: (_, least) => {
        asked.push(least);
        return Promise.resolve(near);
      },
      previous: () => undefined
    };
    const both = new WaitWalk(lanes, document, new RunMarks(document));
    both.source = source;
    expect(await both.walk(1, 5 * MS, 123)).toBe(near);
    expect(asked).toEqual([123]);
    expect(await both.walk(-1, 5 * MS, 123)).toBe(first);
    // Asked twice in a row, only the last question has an answer.
    const answers = [both.walk(1, 5 * MS, 0), both.walk(1, 5 * MS, 0)];
    expect(await Promise.all(answers)).toEqual([undefined, near]);
  });

  it('leaves out what is too short', () => {
    const listed = new ListedWaits(document.waits);
    expect(listed.next(-1, 6 * MS)).toBeUndefined();
    expect(listed.previous(20 * MS, 5 * MS)).toBe(second);
  });

  it('finds the wait at a place: listed, near, or known as an exact interval', () => {
    expect(walk.at(worker, 3 * MS, 1000)).toBe(first);
    // 10 ms is where the second begins; a pixel is 1 ms, four are near.
    expect(walk.at(worker, 7 * MS, MS)).toBe(first);
    expect(walk.at(worker, 8 * MS, MS)).toBe(second);
    expect(walk.at(worker, 7.5 * MS, 1000)).toBeUndefined();
    expect(walk.at(main, 3 * MS, 1000)).toBeUndefined();
    const none = { ...document, waits: [] };
    const unlisted = new WaitWalk(lanes, none, new RunMarks(none));
    expect(unlisted.at(worker, 3 * MS, 1000)).toEqual(
      wait({ holder_tid: 100, longest_holder_tid: 100 })
    );
  });
});

describe('the search', () => {
  const at = (file: string, name: string) => ({
    file,
    line: 3,
    function: name
  });
  const document = {
    ...sampleDocument(),
    waits: [
      wait({ start_ns: 10 * MS, line: at('app/db.py', 'put') }),
      wait({ start_ns: 0, holder_line: at('app/work.py', 'count') })
    ],
    blame: [
      {
        waiter: { tid: 102, ...at('app/db.py', 'put') },
        holder: { tid: 100, ...at('app/other.py', 'Search') },
        wait_ns: MS
      }
    ]
  };

  it('looks at names of threads, files and functions', () => {
    const find = (text: string) => {
      const { named, waits, lanes: lit } = findInRun(text, lanes, document);
      return [named, waits.map(({ start_ns: start }) => start / MS), [...lit]];
    };
    expect(find('WORKER')).toEqual([[worker], [], [worker]]);
    expect(find('app/')).toEqual([[], [0, 10], [worker, main]]);
    expect(find('search')).toEqual([[], [], [main]]);
    expect(find('count')).toEqual([[], [0], [worker]]);
    expect(find(' ')).toEqual([[], [], []]);
  });

  it('goes round what was found, and says where it is', () => {
    const log: string[] = [];
    const search = new LaneSearch(
      lanes,
      document,
      {
        goToLane: lane => log.push(lane.thread?.name ?? ''),
        goToWait: ({ start_ns: start }) => log.push(`wait at ${start / MS}`)
      },
      ENGLISH
    );
    search.find('work');
    expect(search.words).toBe('1 lane, 1 wait');
    search.step(1);
    search.step(1);
    expect(search.words).toBe('2 of 2 · 1 lane, 1 wait');
    search.step(1);
    search.step(-1);
    expect(log).toEqual(['worker', 'wait at 0', 'worker', 'wait at 0']);
    search.find('nowhere');
    search.step(1);
    expect(search.words).toBe('nothing found');
    search.find('');
    expect(search.words).toBe('');
  });

  it('knows the waits on a line', () => {
    const [{ line }] = document.waits;
    expect(line && waitsOn(line, document)).toEqual([document.waits[0]]);
  });
});
