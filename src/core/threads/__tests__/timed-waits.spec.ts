/** The site before each timed wait, drawn as strips of time: who waits there names who holds. */
import { at, COLUMN, NO_ODDITIES, strips, waitsOf } from './strips';

describe('a timed wait', () => {
  it('proves its thread not to have the GIL, and the one that it names to have it', () => {
    // Without B's wait, B's earlier request would count.
    const strip = strips(
      `
      A |r  d            |
        |###-------------|
      B | r   t          |
        |-...............|
      C |  r             |
        |--.#############|
    `,
      { lanes: { B: { sees: 'C' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual({ ...NO_ODDITIES, neverAcquired: 1 });
  });

  it('is a contended one from its request on', () => {
    const strip = strips(
      `
      A |r         d      |
        |##########-------|
      B |  r t  Wt   w  d |
        |--..........###--|
    `,
      { lanes: { B: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 2, 12, 'Contended', 0]]);
    expect([...strip.result.waits.ignored]).toEqual([1]);
    expect([...strip.result.holds.wanted]).toEqual([8 * COLUMN, 0]);
  });

  it('as a first event tells that the thread has waited from the start', () => {
    const strip = strips(`
      A |      t   w  d |
        |..........###--|
      B |       d       |
        |#######--------|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[0, 0, 10, 'Contended', 1]]);
  });

  it('after a drop is a sign of a missing request', () => {
    const strip = strips(`
      A |r  d    t   w d |
        |###?????....##--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
  });

  it('that ends with the thread is unfinished', () => {
    const strip = strips(`
      A |r          d|
        |###########-|
      B |  r t   x   |
        |--......    |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(waitsOf(strip)).toEqual([[1, 2, 8, 'Unfinished', 0]]);
    expect(strip.result.oddities).toEqual({ ...NO_ODDITIES, neverAcquired: 1 });
  });
});

describe('a thread that loses its CPU between unlock and stamp', () => {
  it('has released the GIL before one that has taken and dropped it since, without a wake', () => {
    const strip = strips(`
      A |r   p         <d |
        |####pppppppppp---|
      B |      r   d      |
        |------####-------|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.start]).toEqual([at(0), at(6)]);
    expect([...strip.result.holds.end]).toEqual([at(4), at(10)]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('had not yet got to the mutex, if it runs for longer after it than before', () => {
    // Seen in real recordings: a probe's exit is where a thread is pushed off its CPU most often.
    const strip = strips(`
      A |rp         <      d |
        |...........########-|
      B | r       d          |
        |-########-----------|
    `);
    expect(strip.drawn[1]).toBe(strip.expected[1]);
    expect([...strip.result.holds.thread]).toEqual([1, 0]);
    expect([...strip.result.holds.end]).toEqual([at(9), at(18)]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });

  it('has not released it if it begins to wait afterwards', () => {
    const strip = strips(
      `
      A |r   p       < t   w d |
        |...................##-|
      B |     r   d r     d    |
        |-----####--######-----|
    `,
      { lanes: { A: { sees: 'B' } } }
    );
    expect(strip.drawn[1]).toBe(strip.expected[1]);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
    expect([...strip.result.holds.thread]).toEqual([1, 1, 0]);
  });

  it('and so has the one after it', () => {
    const strip = strips(`
      A |r   p           <d  |
        |####pppppppppppp----|
      B |      r  p   <d     |
        |------###pppp-------|
      C |          r d       |
        |----------##--------|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities).toEqual(NO_ODDITIES);
  });
});

describe('who wakes a waiter', () => {
  it('is the one that woke it last before it found the GIL free', () => {
    const strip = strips(
      `
      A |r     kd          k  |
      B |  r     w >    <d    |
      C |   k                 |
    `,
      { lanes: { A: { wakes: 'B' }, C: { wakes: 'B' } } }
    );
    expect([...strip.result.waits.waker]).toEqual([0]);
  });

  it('is not known if nobody did, or somebody who is not traced', () => {
    const strip = strips(
      `
      A |r      d            |
      X |   k                |
      B |  r     w   d r w  d|
    `,
      { lanes: { X: { pid: 999, snapshot: 'absent', wakes: 'B' } } }
    );
    expect([...strip.result.waits.waker]).toEqual([-1, -1]);
  });

  it('is known for a wait on the mutex and for a forced switch, too', () => {
    const strip = strips(
      `
      A |r  kdy  Y  r d|
      B | r    k  d    |
    `,
      { lanes: { A: { wakes: 'B' }, B: { wakes: 'A' } } }
    );
    expect(waitsOf(strip).map(([lane, , , kind]) => [lane, kind])).toEqual([
      [1, 'Handoff'],
      [0, 'Forced']
    ]);
    expect([...strip.result.waits.waker]).toEqual([0, 1]);
  });
});
