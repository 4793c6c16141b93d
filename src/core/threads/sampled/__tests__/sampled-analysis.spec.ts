/** What readings come to, drawn as strips: a column is a round, a millisecond. */
import { ThreadState } from '../../states';
import { WaitKind } from '../../result';
import { SampledAnalysis } from '../sampled-analysis';
import { SleepKind } from '../sleep-kind';
import { analysed, batchOf, drawn, STEP } from './strips';

const errorOf = (
  result: ReturnType<typeof analysed>,
  thread: number,
  state: ThreadState
): number => result.threads[thread].spreads?.[state].errorNs ?? NaN;

it('states change halfway between two readings', () => {
  const result = analysed({ threads: ['HHHww__ll', 'www_HHHrr'] });
  expect(drawn(result, 0)).toBe('HHHww__ll');
  expect(drawn(result, 1)).toBe('www_HHHrr');
  const [first, second] = result.threads;
  expect(Array.from(first.track.start, time => time / STEP)).toEqual([
    0, 3, 5, 7
  ]);
  expect(first.statesNs[ThreadState.WaitingLock]).toBe(2 * STEP);
  // Nobody had it in the fourth round.
  expect(second.statesNs[ThreadState.RunningGil]).toBe(3 * STEP);
});

it('holds, waits and who made whom wait', () => {
  const result = analysed({
    threads: ['HHHHwww', 'wwwwHHH'],
    holderStacks: '1122333',
    stacks: ['       '.replace(/ /g, '0'), '4444000']
  });
  const { holds, waits, lineBlame, lineTimes } = result;
  expect(Array.from(holds.thread)).toEqual([0, 1]);
  expect(Array.from(holds.start, time => time / STEP)).toEqual([0, 4]);
  expect(Array.from(holds.end, time => time / STEP)).toEqual([4, 7]);
  expect(Array.from(holds.wanted, time => time / STEP)).toEqual([4, 3]);
  expect(Array.from(waits.thread)).toEqual([1, 0]);
  expect(Array.from(waits.holder)).toEqual([0, 1]);
  expect(Array.from(waits.kind)).toEqual([WaitKind.Sampled, WaitKind.Sampled]);
  expect(Array.from(waits.stack)).toEqual([4, 0]);
  const pairs = lineBlame.map(pair => [
    pair.waiter,
    pair.waiterStack,
    pair.holder,
    pair.holderStack,
    pair.waitNs / STEP
  ]);
  expect(pairs).toEqual([
    [1, 4, 0, 1, 2],
    [1, 4, 0, 2, 2],
    [0, 0, 1, 3, 3]
  ]);
  const held = new Map(
    lineTimes.map(({ line, self }) => [line, self.heldNs / STEP])
  );
  expect(held.get(1)).toBe(2);
  expect(held.get(2)).toBe(2);
  expect(held.get(3)).toBe(3);
  expect(lineTimes.find(({ line }) => line === 3)?.samples).toBe(3);
  expect(lineTimes.find(({ line }) => line === 4)?.self.waitedNs).toBe(
    4 * STEP
  );
});

it('a holder that was not seen is taken to stand where it stood next to that', () => {
  const result = analysed({
    threads: ['HHHHHHH'],
    holderStacks: '1    22'
  });
  const held = result.lineTimes.map(({ line, self }) => [line, self.heldNs]);
  expect(held).toEqual([
    [1, 5 * STEP],
    [2, 2 * STEP]
  ]);
});

it('a thread that is read seldom: the GIL tells when it holds', () => {
  const result = analysed({
    //        read at these rounds only
    threads: ['w   H   w   ', 'H   w   H   '],
    gil: '111000011111'
  });
  // The first thread waits until it has the GIL, though nobody looked.
  expect(drawn(result, 0)).toBe('wwwHHHHwwwww');
  expect(drawn(result, 1)).toBe('HHHwwwwHHHHH');
});

it('one that sleeps with the GIL', () => {
  const result = analysed({ threads: ['HHhhhHH'] });
  expect(drawn(result, 0)).toBe('HHhhhHH');
  expect(result.holds.length).toBe(1);
});

it('a thread that had no CPU', () => {
  const result = analysed({
    threads: ['HHHHrrrr____', '____________'],
    queued: [
      [0, 2, 3, 1],
      [0, 6, 8, 1],
      [1, 10, 11, 1]
    ]
  });
  expect(drawn(result, 0)).toBe('HHhHrrpp____');
  expect(drawn(result, 1)).toBe('__________p_');
  expect(errorOf(result, 0, ThreadState.Preempted)).toBeGreaterThan(STEP);
});

it('who waits for the GIL waits for it while it has no CPU, too', () => {
  const result = analysed({
    threads: ['wwwwHH', 'HHHH__'],
    queued: [[0, 2, 4, 1]]
  });
  expect(drawn(result, 0)).toBe('wwwwHH');
});

it('an awake thread that uses no CPU does not work', () => {
  // A millisecond on a CPU in each round in which it has the GIL, and no more.
  const held = 'HHrwwHHrwwHHrw';
  const cpu = (thread: number, round: number): number =>
    thread === 0
      ? [...held.slice(0, round)].filter(c => c === 'H').length + 1
      : 1;
  const result = analysed({ threads: [held, 'ww_HHww_HHww_H'], cpu });
  expect(drawn(result, 0)).toBe('HHwwwHHwwwHHww');
});

it('what is awake between holds, without CPU, is no wait that anybody saw', () => {
  // C code that calls back into Python: it has no CPU half of the time, and nobody has the GIL then.
  const held = 'HHrHHrHHrHHr';
  const cpu = (_: number, round: number): number =>
    [...held.slice(0, round)].filter(c => c === 'H').length + 1;
  const result = analysed({ threads: [held], cpu });
  expect(drawn(result, 0)).toBe('HHpHHpHHpHHp');
  // 4 ms were moved from one to the other: each may be wrong by them.
  const exact = analysed({ threads: [held] });
  for (const state of [ThreadState.Running, ThreadState.Preempted]) {
    const before = errorOf(exact, 0, state);
    expect(errorOf(result, 0, state)).toBeCloseTo(before + 4 * STEP, -3);
  }
  expect(errorOf(result, 0, ThreadState.WaitingGil)).toBe(
    errorOf(exact, 0, ThreadState.WaitingGil)
  );
});

it('what is awake more often than it uses a CPU is wrong by as much', () => {
  // It is met awake in 5 rounds, long enough for work, but runs for a tenth of that.
  const text = '____rrrrr____';
  const cpu = (_: number, round: number): number =>
    1 + [...text.slice(0, round)].filter(c => c === 'r').length / 10;
  const result = analysed({ threads: [text], cpu });
  const exact = analysed({ threads: [text] });
  expect(drawn(result, 0)).toBe(text);
  const { Running, OffCpu, Preempted, WaitingLock } = ThreadState;
  for (const state of [Running, OffCpu, Preempted]) {
    const wider = errorOf(result, 0, state) - errorOf(exact, 0, state);
    // 4.5 ms, less what the time with the GIL may be off by: some four periods.
    expect(wider / STEP).toBeGreaterThan(4.5 - 4);
    expect(wider / STEP).toBeLessThan(4.5);
  }
  expect(errorOf(result, 0, WaitingLock)).toBe(errorOf(exact, 0, WaitingLock));
});

it('an awake thread that uses its CPU works', () => {
  const held = 'HHrwwHHrwwHHrw';
  const cpu = (thread: number, round: number): number =>
    thread === 0
      ? [...held.slice(0, round)].filter(c => 'Hr'.includes(c)).length + 1
      : 1;
  const result = analysed({ threads: [held, 'ww_HHww_HHww_H'], cpu });
  expect(drawn(result, 0)).toBe(held);
});

it('threads that begin and end', () => {
  const result = analysed({
    threads: ['HHHHHHHH', '  wwww  ', '      ww'],
    born: [-Infinity, 2, 6] as number[],
    ended: [[1, 6]]
  });
  expect(drawn(result, 1)).toBe('  wwww  ');
  expect(drawn(result, 2)).toBe('      ww');
  expect(result.threads[1].begin).toBe(2 * STEP);
  expect(result.threads[1].end).toBe(6 * STEP);
});

it('a thread that was never read is unknown', () => {
  const result = analysed({ threads: ['HHHH', '    '] });
  expect(drawn(result, 1)).toBe('????');
});

it('somebody holds whom nobody knows', () => {
  const result = analysed({ threads: ['wwww'], gil: '????' });
  expect(result.holds.length).toBe(0);
  expect(result.lineBlame.map(({ holder }) => holder)).toEqual([-1]);
});

it('only the window counts', () => {
  const result = analysed(
    { threads: ['HHHHHwwwww', 'wwwwwHHHHH'] },
    { begin: 3, end: 8 }
  );
  expect(drawn(result, 0)).toBe('HHwww');
  expect(result.threads[0].statesNs[ThreadState.RunningGil]).toBe(2 * STEP);
  expect(result.lineBlame.reduce((sum, { waitNs }) => sum + waitNs, 0)).toBe(
    5 * STEP
  );
});

it('batches give what one batch gives', () => {
  const strip = { threads: ['HHHwwwHHH', 'wwwHHHwww'] };
  const whole = batchOf(strip);
  const analysis = new SampledAnalysis();
  const nothing = {
    ...whole,
    threads: [],
    gils: [],
    queued: new Float64Array(),
    ended: new Float64Array()
  };
  const part = <Columns extends { length: number }>(
    columns: Columns,
    from: number,
    to: number
  ): Columns =>
    Object.fromEntries(
      Object.entries(columns).map(([key, value]: [string, unknown]) => [
        key,
        value instanceof Float64Array ||
        value instanceof Int32Array ||
        value instanceof Uint8Array ||
        value instanceof Uint16Array
          ? value.subarray(from, to)
          : to - from
      ])
    ) as Columns;
  analysis.consume({
    ...whole,
    rounds: 4,
    holders: part(whole.holders, 0, 4),
    readings: part(whole.readings, 0, 8)
  });
  analysis.consume({
    ...nothing,
    rounds: 5,
    holders: part(whole.holders, 4, 9),
    readings: part(whole.readings, 8, 18)
  });
  expect(analysis.figures()).toMatchObject({
    rounds: 9,
    readings: 18,
    period: STEP
  });
});

it('waits for locks and sleeps have their errors', () => {
  // Begins and ends within a step: as far off as a change between two equally likely instants is, each.
  const result = analysed({ threads: ['__lll___', 'HHHHHHHH'] });
  expect(Array.from(result.lockWaits.sampled?.variance ?? [])).toEqual([
    STEP ** 2
  ]);
  expect(result.lockWaits.sampled?.floor).toBeCloseTo(STEP, -6);
  const { sleepNs, sleepErrorNs } = result.threads[0];
  expect(sleepNs?.[SleepKind.Pause]).toBe(5 * STEP);
  // Student's 2.037 for 32 replicates, of the two borders and one missed event, is less than what may be missed.
  expect((sleepErrorNs?.[SleepKind.Pause] ?? 0) / STEP).toBeCloseTo(
    -Math.log(0.025),
    0
  );
});

it('an error is never 0: an event may be shorter than a round', () => {
  const result = analysed({ threads: ['H'.repeat(100)] });
  const error = errorOf(result, 0, ThreadState.RunningGil);
  // So many events are all missed in one run of forty (Poisson).
  expect(error / STEP).toBeCloseTo(-Math.log(0.025), 3);
});
