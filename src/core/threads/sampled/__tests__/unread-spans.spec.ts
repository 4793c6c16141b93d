/** Spans in which nobody looked: around the rounds, between them, and around the readings of one GIL. */
import { StackTable } from '../../line-stacks';
import { ThreadState } from '../../states';
import { SampledAnalysis } from '../sampled-analysis';
import { analysed, batchOf, drawn, LINES, STEP } from './strips';

it('nothing is said of a long span without rounds', () => {
  const row = 'H'.repeat(200);
  const result = analysed({
    threads: [row, row.replace(/H/g, 'w')],
    missing: round => round >= 60 && round < 140
  });
  for (const thread of [0, 1]) {
    const text = drawn(result, thread);
    expect(text.slice(0, 59)).not.toContain('?');
    expect(text.slice(62, 138)).toBe('?'.repeat(76));
    expect(text.slice(141)).not.toContain('?');
  }
  expect(result.lossSpans).toHaveLength(1);
});

it.each([
  ['before the first round', (round: number) => round < 80],
  ['after the last one', (round: number) => round >= 120]
])('nothing is said of a long span %s', (_, missing) => {
  const row = 'H'.repeat(200);
  const result = analysed({ threads: [row], missing });
  const text = drawn(result, 0);
  // Half a period around a round it still counts.
  for (let round = 2; round < 198; round++) {
    const near = missing(round - 2) !== missing(round + 2);
    if (!near) {
      expect(text.charAt(round)).toBe(missing(round) ? '?' : 'H');
    }
  }
  expect(result.lossSpans).toHaveLength(1);
});

it('a short span after the last round is as the last round was', () => {
  const result = analysed({
    threads: ['H'.repeat(80)],
    missing: round => round >= 40
  });
  expect(drawn(result, 0)).toBe('H'.repeat(80));
});

it('a run without a round is unknown, and has no figures', () => {
  const result = analysed({ threads: ['HHHH'], missing: () => true });
  expect(drawn(result, 0)).toBe('????');
  const analysis = new SampledAnalysis();
  analysis.consume(batchOf({ threads: ['HHHH'], missing: () => true }));
  expect(analysis.figures()).toMatchObject({ period: 0, threadPeriod: 0 });
});

it('a GIL that comes late and goes early', () => {
  // A thread without the main GIL enters an interpreter of its own for three rounds.
  const batch = batchOf({ threads: ['HHHHHHHHHH', '____   ___'] });
  const { holders } = batch;
  const second = [4, 5, 6];
  const rows = [
    ...Array.from({ length: holders.length }, (_, row) => [row, 0]),
    ...second.map(round => [round, 1])
  ].sort(([a, aGil], [b, bGil]) => a - b || aGil - bGil);
  const analysis = new SampledAnalysis();
  analysis.consume({
    ...batch,
    gils: [0x1000, 0x2000],
    holders: {
      length: rows.length,
      time: Float64Array.from(rows, ([round]) => holders.time[round]),
      gil: Uint16Array.from(rows, ([, gil]) => gil),
      thread: Int32Array.from(rows, ([, gil]) => gil),
      running: new Uint8Array(rows.length).fill(1),
      stack: new Int32Array(rows.length)
    }
  });
  const stacks = new StackTable();
  stacks.intern(-1, 0);
  const result = analysis.finish({ begin: 0, end: 10 * STEP }, stacks, LINES);
  expect(drawn(result, 1)).toBe('____HHH___');
  expect(result.threads[1].statesNs[ThreadState.RunningGil]).toBe(3 * STEP);
  expect(result.threads[0].statesNs[ThreadState.RunningGil]).toBe(10 * STEP);
});
