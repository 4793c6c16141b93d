/** Several GILs in one process (CPython 3.12+: sub-interpreters with their own), drawn as strips of time. */
import { at, COLUMN, NO_ODDITIES, strips, waitsOf } from './strips';

const MAIN = 0x1000;
const OWN = 0x2000;

/** Interpreter 2 has a GIL of its own; the others share the main one. */
const gilOfInterpreter = (_: number, interp: number): number | undefined =>
  interp === 2 ? OWN : undefined;

describe('a sub-interpreter with its own GIL', () => {
  it('is held and waited for beside the main one', () => {
    const strip = strips(
      `
      A |r     d    |
        |######-----|
      B |  r     d  |
        |--######---|
      C |   r   t  w|
        |---.......#|
    `,
      {
        gilOfInterpreter,
        lanes: {
          A: { interp: 1 },
          B: { interp: 2 },
          C: { interp: 2, sees: 'B', gil: OWN }
        }
      }
    );
    expect(strip.drawn).toEqual(strip.expected);
    const { holds, gils, blame } = strip.result;
    expect([...holds.gil]).toEqual([0, 1, 1]);
    expect(gils).toEqual([
      { pid: 100, address: 0, main: true },
      { pid: 100, address: OWN, main: false }
    ]);
    // A's hold was harmless: nobody waited for the main GIL.
    expect([...holds.wanted]).toEqual([0, 5 * COLUMN, 0]);
    expect(blame).toEqual([
      { waiter: 2, holder: -1, waitNs: 2 * COLUMN, count: 1 },
      { waiter: 2, holder: 1, waitNs: 5 * COLUMN, count: 1 }
    ]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('shares the main one if it has none of its own', () => {
    const strip = strips(
      `
      A |r     d     |
        |######------|
      B |  r     d   |
        |--....##----|
    `,
      { gilOfInterpreter, lanes: { A: { interp: 1 }, B: { interp: 3 } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.gils).toEqual([{ pid: 100, address: 0, main: true }]);
  });

  it('is known by the address that a waiter tells', () => {
    const strip = strips(
      `
      A |r       d      |
        |########-------|
      B |  r      d     |
        |--#######------|
      C |   r t    w  d |
        |---.......###--|
      D | r t    w d    |
        |-.......##-----|
    `,
      {
        gilOfInterpreter,
        lanes: {
          A: { interp: 1 },
          B: { interp: 2 },
          // Which GIL its interpreter has could not be read.
          C: { interp: 4, sees: 'B', gil: OWN },
          D: { interp: 1, sees: 'A', gil: MAIN }
        }
      }
    );
    expect(strip.drawn).toEqual(strip.expected);
    const { holds, gils } = strip.result;
    expect([...holds.thread]).toEqual([0, 1, 3, 2]);
    expect([...holds.gil]).toEqual([0, 1, 0, 1]);
    expect(gils.map(({ address }) => address)).toEqual([MAIN, OWN]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  // One thread, two interpreters: two lanes with the same number.
  const both = {
    A: { interp: 1 },
    B: {
      interp: 2,
      tid: 100,
      tstate: 9,
      snapshot: 'absent' as const,
      cpu: 0
    }
  };

  it('may be used by a thread that uses the main one, too', () => {
    const strip = strips(
      `
      A |r d        r d|
        |##---###---##-|
      B |     r  d     |
        |##---###---##-|
    `,
      { gilOfInterpreter, lanes: both }
    );
    expect([...strip.result.holds.gil]).toEqual([0, 1, 0]);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('ends with its interpreter, without a drop', () => {
    const strip = strips(
      `
      A |r d        r d|
      B |      r       |
    `,
      { gilOfInterpreter, lanes: both }
    );
    expect([...strip.result.holds.start]).toEqual([at(0), at(6), at(11)]);
    expect([...strip.result.holds.end]).toEqual([at(2), at(11), at(13)]);
    expect([...strip.result.holds.gil]).toEqual([0, 1, 0]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });
});

describe('a thread that asks for another GIL', () => {
  it('has released the one before when another took it, if its drop is missing', () => {
    const strip = strips(
      `
      A |r         d  |
      B |       r     |
      C |  r  w    d  |
        |--...#####---|
    `,
      {
        gilOfInterpreter,
        lanes: {
          A: { interp: 1 },
          B: {
            interp: 2,
            tid: 100,
            tstate: 9,
            snapshot: 'absent' as const,
            cpu: 0
          },
          C: { interp: 1, sees: 'A' }
        }
      }
    );
    expect(strip.drawn[2]).toEqual(strip.expected[2]);
    expect([...strip.result.holds.start]).toEqual([at(0), at(5), at(7)]);
    expect([...strip.result.holds.end]).toEqual([at(5), at(10), at(10)]);
  });
});

describe('a GIL that is made anew', () => {
  it('by an interpreter that is initialised again is held until then', () => {
    const strip = strips(
      `
      A |r         d |
      B |     r      |
    `,
      {
        lanes: {
          A: { tstate: 7 },
          B: { tid: 100, tstate: 8, snapshot: 'absent', cpu: 0 }
        }
      }
    );
    expect([...strip.result.holds.start]).toEqual([at(0), at(5)]);
    expect([...strip.result.holds.end]).toEqual([at(5), at(10)]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('by another program is another one', () => {
    const strip = strips(`
      A |r d X  r  d |
        |##-----###--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.gil]).toEqual([0, 1]);
    expect(strip.result.gils.map(({ pid, main }) => [pid, main])).toEqual([
      [100, true],
      [100, true]
    ]);
  });

  it('by a forked child is another one', () => {
    const strip = strips(
      `
      A |r        d  |
      B |   *< r  d x|
    `,
      { lanes: { B: { pid: 101 } } }
    );
    expect(strip.result.gils.map(({ pid }) => pid)).toEqual([100, 101]);
    expect(waitsOf(strip)).toEqual([]);
  });
});
