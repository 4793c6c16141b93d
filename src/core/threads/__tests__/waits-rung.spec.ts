/** The rung `waits`, where only waits for the GIL have events, drawn as strips of time. */
import type { AttributionSources } from '../attribution';
import { StackTable } from '../line-stacks';
import { StackReadingRows } from '../stack-readings';
import { EVENTS } from './batches';
import {
  at,
  COLUMN,
  NO_ODDITIES,
  strips,
  tidOf,
  waitsOf,
  type Strips
} from './strips';

/** What the reader of memory saw: a thread with its thread state, no stack of it. */
function foundInMemory(
  ...found: { lane: number; tstate: number; column: number }[]
): AttributionSources {
  return {
    switchInterval: 5e6,
    readings: {
      stacks: new StackTable(),
      samples: new StackReadingRows(),
      states: found.map(({ lane, tstate, column }) => ({
        tid: tidOf(lane),
        tstate,
        time: at(column)
      })),
      native: [],
      period: 1000
    }
  };
}

/** Holds as [lane, from column, to column]. */
function holdsOf({ result: { holds } }: Strips): number[][] {
  return Array.from({ length: holds.length }, (_, row) => [
    holds.thread[row],
    (holds.start[row] - at(0)) / COLUMN,
    (holds.end[row] - at(0)) / COLUMN
  ]);
}

describe('where only waits are recorded', () => {
  it('a holder is known while another waits for it', () => {
    const strip = strips(
      `
      A |<  t   w        |
        |+++....+++####++|
      B |<         t   w |
        |+++####+++....++|
    `,
      { mode: 'waits', lanes: { A: { sees: 'B' }, B: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([
      [0, 3, 7, 'Contended', 1],
      [1, 10, 14, 'Contended', 0]
    ]);
    expect(holdsOf(strip)).toEqual([
      [1, 3, 7],
      [0, 10, 14]
    ]);
    expect([...strip.result.holds.wanted]).toEqual([4 * COLUMN, 4 * COLUMN]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('it is known who has it next, if others wait on', () => {
    const strip = strips(
      `
      A |<                    |
      B |<  t     w         > |
      C |<    t    Wt    w    |
    `,
      {
        mode: 'waits',
        lanes: {
          B: { sees: 'A' },
          C: { sees: ['A', 'B'] }
        }
      }
    );
    // Nobody has told whose A's thread state is.
    expect(holdsOf(strip)).toEqual([[1, 9, 16]]);
    expect(waitsOf(strip)).toEqual([
      [1, 3, 9, 'Contended', -1],
      [2, 5, 16, 'Contended', -1]
    ]);
    expect([...strip.result.waits.ignored]).toEqual([0, 1]);
  });

  it('a hold goes on while its thread has no CPU, and not into its own wait', () => {
    const strip = strips(
      `
      A |<    p   <     t     |
        |+++##~~~~######......|
      B |<  t                w|
        |+++.................#|
    `,
      { mode: 'waits', lanes: { B: { sees: 'A' }, A: { sees: 'C' } } }
    );
    expect(strip.drawn[0]).toBe(strip.expected[0]);
    expect(holdsOf(strip)[0]).toEqual([0, 3, 15]);
    // It would have gone on.
    expect(strip.result.threads[0].heldAsleepNs).toBe(0);
  });

  it('a wait whose begin has no site begins where the thread left its CPU', () => {
    const events = EVENTS.map(event =>
      event.name.includes(':wait_')
        ? { ...event, name: 'giltracer:none_1' }
        : event
    );
    const strip = strips(
      `
      A |<  >   <w     |
        |+++.....++++++|
      B |<             |
        |++++++++++++++|
    `,
      { mode: 'waits', events, lanes: { A: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[0, 3, 8, 'Contended', -1]]);
  });

  it('a forced switch is a wait of its own', () => {
    const strip = strips(
      `
      A |<      y  Yt   w |
      B |<  t Wt  w       |
    `,
      { mode: 'waits', lanes: { B: { sees: 'A' }, A: { sees: 'B' } } }
    );
    expect(waitsOf(strip).map(row => row.slice(0, 4))).toEqual([
      [1, 3, 9, 'Contended'],
      [0, 7, 10, 'Forced'],
      [0, 11, 15, 'Contended']
    ]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('without the scheduler nothing is known but waits and the holds that they see', () => {
    const strip = strips(
      `
      A |<  t   w        |
        |???....???####??|
      B |          t   w |
        |???####???....??|
    `,
      {
        mode: 'waits',
        schedulerStates: false,
        lanes: { A: { sees: 'B' }, B: { sees: 'A' } }
      }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('a wait for a lock is known', () => {
    const strip = strips(
      `
      A |<  l > < L  |
        |+++LLLLLL+++|
    `,
      { mode: 'waits' }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('a thread that ends in its wait leaves nobody to see the holder', () => {
    const strip = strips(
      `
      A |<         |
        |++++++++++|
      B |<  t  x   |
        |+++...    |
    `,
      { mode: 'waits', lanes: { B: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual({ ...NO_ODDITIES, neverAcquired: 1 });
  });

  it('a holder that never waits is known by one look at the memory, whoever used its thread state else', () => {
    const lanes = {
      A: { tstate: 7 },
      B: { tstate: 7 },
      C: { sees: 'B' },
      D: { tstate: 7 }
    };
    const picture = `
      A |<tw  x                    |
        |+.++                      |
      B |      *<    >  x          |
        |      p++###~~~           |
      C |<        t        w       |
        |+++++++++........#########|
      D |                    *<tw  |
        |                    p+.###|
    `;
    // Between two other threads with the same thread state: seen before its hold, in it, or after it.
    for (const column of [7, 12, 15]) {
      const strip = strips(picture, {
        mode: 'waits',
        lanes,
        sources: foundInMemory({ lane: 1, tstate: 7, column })
      });
      // C and B are the second and the third thread to be known.
      expect(holdsOf(strip)).toEqual([[2, 9, 15]]);
      expect(strip.result.threads[2].heldAsleepNs).toBe(3 * COLUMN);
      expect(waitsOf(strip)[1]).toEqual([1, 9, 18, 'Contended', 2]);
    }
    // It was neither A, which had ended, nor D, which was not there yet.
    const unknown = strips(picture, { mode: 'waits', lanes });
    expect(waitsOf(unknown)[1]).toEqual([1, 9, 18, 'Contended', -1]);
  });

  it('where records are lost, neither a wait nor a hold is claimed', () => {
    const strip = strips(
      `
      A     |<  t  W      w    t |
            |+++...???....+++++..|
      B     |<tw                 |
            |+.+###++++++++++++##|
      lost0 |         !          |
    `,
      { mode: 'waits', lanes: { A: { sees: 'B' } } }
    );
    const { lossSpans, waits } = strip.result;
    expect(lossSpans).toEqual([{ start: at(6), end: at(9) }]);
    expect(strip.drawn).toEqual(strip.expected);
    for (const [, start, end] of holdsOf(strip)) {
      expect(end <= 6 || start >= 9).toBe(true);
    }
    expect([...waits.start]).toEqual([1, 3, 9, 18].map(at));
    expect([...waits.end]).toEqual([2, 6, 13, 20].map(at));
  });

  it('what was seen while records were lost is no hold, though the holder ran all the time', () => {
    // When B got the GIL is lost; C sees only at column 13 that it was no longer A's.
    const strip = strips(
      `
      A     |<tw                    |
      B     |<  tW                 >|
      C     |<         t  W    W  w |
      lost1 |               !       |
    `,
      {
        mode: 'waits',
        lanes: { B: { sees: 'A' }, C: { sees: ['A', 'B', 'B'] } }
      }
    );
    expect(strip.result.lossSpans).toEqual([{ start: at(4), end: at(15) }]);
    expect(holdsOf(strip)).toEqual([
      [0, 3, 4],
      [1, 18, 21]
    ]);
  });

  it('a forked child has the thread state of the thread that made it', () => {
    const strip = strips(
      `
      A |<tw   >                  |
      B |     *<                  |
      C |        *<  t    w       |
        |        p+++.....++++++++|
    `,
      {
        mode: 'waits',
        lanes: {
          A: { tstate: 7 },
          B: { pid: 101, tstate: 7 },
          C: { pid: 101, parent: 'B', tid: 102, sees: 'A' }
        }
      }
    );
    expect(strip.drawn[2]).toBe(strip.expected[2]);
    expect(holdsOf(strip)).toEqual([[1, 12, 17]]);
  });
});

describe('when the rung changes in the middle', () => {
  it('what was before stays exact, and the gap is unknown', () => {
    const strip = strips(
      `
      A |r  d  r         <  t  w |
        |###---##????____+++...##|
      B | r    d      <  t       |
        |-..###--????_+++........|
    `,
      { waitsFrom: [8, 12], lanes: { A: { sees: 'B' }, B: { sees: 'C' } } }
    );
    expect(holdsOf(strip).slice(0, 3)).toEqual([
      [0, 0, 3],
      [1, 3, 6],
      [0, 6, 8]
    ]);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.lossSpans).toEqual([]);
    expect(strip.result.oddities).toEqual({ ...NO_ODDITIES, neverAcquired: 1 });
  });
});
