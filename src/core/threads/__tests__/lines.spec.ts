/** Which lines the analysis gives to waits, holds and holders; how they are attributed, others test. */
import { StackTable } from '../line-stacks';
import { StackReadingRows } from '../stack-readings';
import { WaitKind, type ThreadsResult } from '../result';
import { at, COLUMN, strips, tidOf } from './strips';

/** LineIndex of a StackIndex, -1 for none. */
const lineOf = ({ stacks }: ThreadsResult, stack: number): number =>
  stack < 0 ? -1 : stacks.line[stack];

/** Memory was read, but none of these holds was met. */
const unmet = () => ({
  switchInterval: 5e6,
  readings: {
    stacks: new StackTable(),
    samples: new StackReadingRows(),
    states: [],
    native: [],
    period: 1000
  }
});

describe('the line of a wait', () => {
  it('is that of its request', () => {
    const { result } = strips(
      `
      A |r    dr   W w d|
      B |  r   w  d     |
    `,
      { lanes: { A: { code: [1, 2] }, B: { code: 3 } } }
    );
    const { waits } = result;
    expect([...waits.thread]).toEqual([1, 0]);
    expect([...waits.stack].map(stack => lineOf(result, stack))).toEqual([
      2, 1
    ]);
    expect(result.lines[2].line).toBe(2);
  });

  it('is that of the next request for a forced switch', () => {
    const { result } = strips(
      `
      A |r      dy   Yr      w d |
      B |  r  W    w        d    |
    `,
      { lanes: { A: { code: [1, 4] }, B: { code: 2 } } }
    );
    expect([...result.waits.stack].map(stack => lineOf(result, stack))).toEqual(
      [1, 3, 3]
    );
  });

  it('is not that of a later request, if the next one is missing', () => {
    const { result } = strips(
      `
      A |r   dy   Y   d  r d |
      B |  W    w    d       |
    `,
      { lanes: { A: { code: [1, 4] }, B: { code: 2 } } }
    );
    const { kind, stack } = result.waits;
    const forced = [...kind].indexOf(WaitKind.Forced);
    expect(forced).toBeGreaterThanOrEqual(0);
    expect(stack[forced]).toBe(-1);
  });

  it('is that of its own probe in the rung waits', () => {
    const { result } = strips(
      `
      A |<  t  w   t Wt w  |
      B |<                 |
    `,
      { mode: 'waits', lanes: { A: { code: [5, 6, 6] } } }
    );
    expect([...result.waits.stack].map(stack => lineOf(result, stack))).toEqual(
      [4, 5]
    );
  });

  it('is not known where nothing tells', () => {
    const { result } = strips(`
      A |r    d  |
      B |  r   wd|
    `);
    expect([...result.waits.stack]).toEqual([-1]);
    expect(result.lineTimes).toEqual([]);
  });
});

describe('the line of a holder', () => {
  it('is seen by those who wait, and not by one who finds the GIL free', () => {
    const { result } = strips(
      `
      A |r          d    |
      B |  r t W t   w d |
    `,
      {
        lanes: { A: { code: 7 }, B: { code: 3, sees: 'A' } },
        sources: unmet()
      }
    );
    const times = result.lineTimes.find(({ line }) => line === 6);
    expect(times?.samples).toBe(3);
    expect(times?.self.heldNs).toBe(11 * COLUMN);
    expect(lineOf(result, result.waits.holderStack[0])).toBe(6);
  });
});

describe('the line of a hold', () => {
  const held = (window?: readonly [number, number]) => {
    const { result } = strips(
      `
      A |r       d   r d |
    `,
      { lanes: { A: { code: [7, 9] } }, sources: unmet(), window }
    );
    return Object.fromEntries(
      result.lineTimes.map(({ line, self }) => [line + 1, self.heldNs])
    );
  };

  it('is the one on which it began', () => {
    expect(held()).toEqual({ 7: 8 * COLUMN, 9: 2 * COLUMN });
  });

  it('is not known of one that began before the window', () => {
    expect(held([4, 16])).toEqual({ 9: 2 * COLUMN });
  });
});

describe('a reading of memory', () => {
  it('is of the process that was read, though a forked child has thread states at the same places', () => {
    const stacks = new StackTable();
    const samples = new StackReadingRows();
    // A is read twice while B lives, on the line with the index 5.
    for (const column of [7, 8]) {
      samples.push(tidOf(0), 7, at(column), stacks.intern(-1, 5), true, true);
    }
    const { result } = strips(
      `
      A |r           d |
      B |  *<  rd   x  |
    `,
      {
        lanes: { A: { tstate: 7 }, B: { pid: 101, tstate: 7 } },
        sources: {
          switchInterval: 5e6,
          readings: { stacks, samples, states: [], native: [], period: 1000 }
        }
      }
    );
    const times = result.lineTimes.find(({ line }) => line === 5);
    expect(times?.samples).toBe(2);
    expect(times?.self.heldNs).toBe(12 * COLUMN);
  });
});

describe('native code', () => {
  it('gives a thread that never asks for the GIL its library', () => {
    const { result } = strips(
      `
      A |r    d  |
      B |< c c   |
    `,
      {
        sources: {
          switchInterval: 5e6,
          names: {
            placeOf: address => ({
              symbol: 'work',
              library: address === 0x401000 ? '/lib/libwork.so' : ''
            })
          }
        }
      }
    );
    expect(result.threads.map(({ library }) => library)).toEqual([
      undefined,
      '/lib/libwork.so'
    ]);
  });
});
