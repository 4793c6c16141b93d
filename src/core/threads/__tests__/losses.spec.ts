/** Lost records: nothing is claimed of the time in which they were lost. Drawn as strips of time. */
import { WaitKind } from '../result';
import { at, strips, waitsOf } from './strips';

describe('after a loss on a CPU', () => {
  it('a hold is cut, and the next event tells back to the end of the loss', () => {
    // The ring's last record before the loss is the one in column 7.
    const strip = strips(`
      A     |r d r  <       d r d |
            |##--###???#####--##--|
      lost0 |          !          |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.start]).toEqual([0, 4, 10, 17].map(at));
    expect([...strip.result.holds.end]).toEqual([2, 7, 15, 19].map(at));
    expect(strip.result.lossSpans).toEqual([{ start: at(7), end: at(10) }]);
    expect(strip.result.oddities.dropWithoutRequest).toBe(0);
    expect(strip.result.oddities.brokenAlternation).toBe(0);
  });

  it('a wait is cut likewise', () => {
    const strip = strips(`
      A     |r      <    d     |
            |#######???##------|
      B     |  r  W     W  w d |
            |--.....???....##--|
      lost0 |          !       |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    const { start, end, kind } = strip.result.waits;
    expect([...start]).toEqual([at(2), at(10)]);
    expect([...end]).toEqual([at(7), at(14)]);
    expect([...kind]).toEqual([WaitKind.Unfinished, WaitKind.Contended]);
    expect(strip.result.oddities.neverAcquired).toBe(0);
  });

  it('what came meanwhile from other CPUs does not count as known', () => {
    const strip = strips(`
      A     |rd<         > |
            |#-????????--__|
      B     |    r d    r d|
            |--????????-##-|
      lost0 |          !   |
    `);
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.start]).toEqual([at(0), at(11)]);
  });

  it('a thread that ran elsewhere without the GIL is not concerned', () => {
    const strip = strips(`
      A     |r d    <     r d|
            |##-----???---##-|
      B     |   r d          |
            |---##-----------|
      C     |    >      <    |
            |----___???_-----|
      D     |         <>  <  |
            |ppppppp???___---|
      E     |     rd><    >  |
            |-----#-???---___|
      lost0 |          !     |
    `);
    expect(strip.drawn).toEqual(strip.expected);
  });

  it('a thread that is heard of only then may be new', () => {
    const strip = strips(
      `
      A     |r d  <           |
            |##---???????????-|
      B     |           r  d  |
            |           ###---|
      lost0 |       !         |
    `,
      { lanes: { B: { snapshot: 'absent' } } }
    );
    expect(strip.drawn[1]).toBe(strip.expected[1]);
    expect(strip.result.threads[1].begin).toBe(at(11));
  });

  it('losses that touch are one span', () => {
    const strip = strips(
      `
      A     | <          r d|
            |   ????????    |
      lost0 |    ! !        |
      lost1 |         !     |
      B     |      <        |
            |               |
    `,
      { window: [3, 11] }
    );
    expect(strip.result.lossSpans).toEqual([{ start: at(3), end: at(9) }]);
  });
});

describe('after a loss', () => {
  it('who held the GIL last is not known', () => {
    // B had it within the loss: what C sees of that says nothing of B's request after it.
    const strip = strips(
      `
      A     |r d  <               |
            |##---????????????????|
      B     |           r     W   |
            |-----??----..........|
      C     |             w  d    |
            |-----??......###-----|
      lost0 |       !             |
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(0);
  });

  it('one who had the GIL before the holder held it until then', () => {
    const strip = strips(`
      A     |r  d   <          |
            |###----???????????|
      B     | r   w        r  d|
            |-....##???----###-|
      C     |  r     w         |
            |--.....???????????|
      lost0 |          !       |
    `);
    expect(strip.result.lossSpans).toEqual([{ start: at(7), end: at(10) }]);
    expect(strip.drawn).toEqual(strip.expected);
  });
});

describe('after a loss nobody knows where', () => {
  it('each thread is unknown from its last event on', () => {
    const strip = strips(`
      A    |r d  r         d |
           |##---?????#####--|
      B    |  >         <    |
           |--????????__-----|
      C    |                 |
           |??????????-------|
      lost |          !      |
    `);
    // C has had no event: what the snapshot said of it is of no use after the loss.
    expect(strip.drawn.slice(0, 2)).toEqual(strip.expected.slice(0, 2));
    expect(strip.drawn[2]).toBe('C |?????????????????|');
    expect(strip.result.lossSpans).toEqual([{ start: at(5), end: at(10) }]);
  });

  it('nobody is known to hold the GIL until an event tells', () => {
    const strip = strips(
      `
      A    |r    d          |
           |#####??:::::::::|
      B    |  r      w   d  |
           |::?????..####:::|
      lost |       !        |
    `,
      { schedulerStates: false }
    );
    expect(strip.drawn).toEqual(strip.expected);
  });
});

describe('after a loss', () => {
  it('a late drop of a thread that nobody had heard of takes nothing from the holder', () => {
    const strip = strips(
      `
      A     |  <   r w     d |
            |????--..######--|
      B     |          d     |
            |          ------|
      lost0 |    !           |
    `,
      { lanes: { B: { snapshot: 'absent' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.start]).toEqual([at(8)]);
  });
});

describe('where single events are missing', () => {
  it('a holder that a waiter saw did not have it before the hold that is seen before', () => {
    // B's way back to a CPU is missing, so that nothing but what D saw tells when B had the GIL.
    const strip = strips(
      `
      A |r d                  |
        |##-------------------|
      B |   r  p          d   |
        |---......~~~~~~~~----|
      C |    r    d           |
        |----#####------------|
      D |           r W       |
        |-----------..........|
    `,
      { lanes: { D: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect([...strip.result.holds.thread]).toEqual([0, 2, 1]);
    expect(waitsOf(strip)).toEqual([
      [1, 3, 9, 'Handoff', -1],
      [3, 11, 21, 'Unfinished', 1]
    ]);
  });

  it('a drop without its request does not move the hold before it', () => {
    // B asked and got it again between the columns 6 and 10.
    const strip = strips(
      `
      B |  r   d   d        |
        |--####????---------|
      C |   r w  p       <d |
        |---...##pppppppp---|
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect(strip.drawn).toEqual(strip.expected);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
  });

  it('who had it last is not known', () => {
    // C sees that B had it last: that was before column 7, not after B asked again.
    const strip = strips(
      `
      A |   rd              |
        |---#---------------|
      B | rd    d r      W  |
        |-#-????-..........|
      C |      r    w  d    |
        |------.....###-----|
    `,
      { lanes: { C: { sees: 'B' } } }
    );
    expect(strip.drawn[2]).toEqual(strip.expected[2]);
    expect([...strip.result.holds.thread]).toEqual([1, 0, 2]);
    expect(strip.result.oddities.brokenAlternation).toBe(1);
  });
});
