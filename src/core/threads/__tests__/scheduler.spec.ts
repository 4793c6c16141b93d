/** The scheduler's records, drawn as strips of time. */
import { at, COLUMN, strips } from './strips';

describe('scheduler states', () => {
  it('tell what a thread did before its first record', () => {
    const strip = strips(
      `
      A |r d            |
        |##-------------|
      B |    <   >      |
        |____----_______|
      C |    >   <      |
        |----____-------|
      D |    p   <      |
        |----pppp-------|
      E |    <   >      |
        |pppp----_______|
      F |               |
        |_______________|
      G |               |
        |---------------|
    `,
      { lanes: { B: { snapshot: 'asleep' }, F: { snapshot: 'asleep' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('a thread that sleeps throughout is off-cpu even if nobody touches the GIL', () => {
    const strip = strips(
      `
      A |       |
        |_______|
    `,
      { lanes: { A: { snapshot: 'asleep' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('set holding apart from holding without a CPU', () => {
    const strip = strips(`
      A |r  >  <  p  <  d  >  <  p |
        |###~~~###~~~###---___---pp|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('do not matter while a thread waits for the GIL', () => {
    const strip = strips(`
      A |r         d         |
        |##########----------|
      B |  r > <p< >  < w  d |
        |--.............###--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('an event of a thread that is thought to be off its CPU puts it there', () => {
    const strip = strips(`
      A |r  d  >   r  d |
        |###---____###--|
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('end a hold where the holder lost its CPU, if another is certain to have the GIL before the drop is stamped', () => {
    // The unlock wakes B, which pushes A off its CPU before A comes to the probe behind the unlock.
    const strip = strips(`
      A |r d r     p        <d   |
        |##--######ppppppppp-----|
      B |      r >    <w  >  <  d|
        |------........###~~~###-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(0);
  });

  it('the same if the other one has dropped it in the meantime', () => {
    const strip = strips(
      `
      A |r d r    p        <d  |
        |##--#####ppppppppp----|
      B |      r >  <w  d      |
        |------......###-------|
    `,
      { lanes: { B: { sees: 'A' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('the same if it lost its CPU after the other one woke', () => {
    const strip = strips(`
      A |r d r         p   <dy  Y  |
        |##--########--pppp--...---|
      B |      r >  <w     >  <   d|
        |------......######~~~####-|
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.forced]).toEqual([0, 1, 0]);
    expect(strip.result.oddities.brokenAlternation).toBe(0);
  });

  it('are left out where they were not recorded', () => {
    const strip = strips(
      `
      A |r   > < d      |
        |########:::::::|
      B |  r        w  d|
        |::.........###:|
      C |   >   <       |
        |:::::::::::::::|
    `,
      { schedulerStates: false }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.schedulerStates).toBe(false);
    expect(strip.result.threads[2].statesNs[8]).toBe(15 * COLUMN);
    expect(strip.result.end).toBe(at(15));
  });

  it('do not shorten the holds of a new thread where they were not recorded', () => {
    const strip = strips(
      `
      A |r     d          |
        |######:::::::::::|
      B | *r    w     d   |
        | :.....######::::|
      C |   r       w  d  |
        |:::..........#:::|
    `,
      { schedulerStates: false }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });
});
