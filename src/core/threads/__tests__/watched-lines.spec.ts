import { fillLines, type SpansOnLines } from '../watched-lines';

/** [thread, start, end] */
function spans(rows: readonly (readonly number[])[]): SpansOnLines {
  return {
    length: rows.length,
    thread: rows.map(([thread]) => thread),
    start: rows.map(([, start]) => start),
    end: rows.map(([, , end]) => end),
    line: new Int32Array(rows.length).fill(-1)
  };
}

/** [thread, time, stack, holding?]; the line of a stack is ten times its number. */
function fill(
  holds: SpansOnLines,
  waits: SpansOnLines,
  rows: readonly (readonly [number, number, number, 1?])[]
): void {
  fillLines(
    holds,
    waits,
    {
      length: rows.length,
      thread: rows.map(([thread]) => thread),
      time: rows.map(([, time]) => time),
      stack: rows.map(([, , stack]) => stack),
      holding: rows.map(([, , , holding]) => holding ?? 0)
    },
    stack => 10 * stack
  );
}

it('a thread stands where it was read between its drop and its next take', () => {
  const holds = spans([
    [0, 10, 20],
    [1, 20, 30],
    [0, 40, 50],
    [0, 60, 70]
  ]);
  const waits = spans([
    [0, 35, 40],
    [0, 55, 60]
  ]);
  // The second is read before it waits, and once more; what is read while it holds says nothing of that.
  fill(holds, waits, [
    [0, 15, 1, 1],
    [1, 18, 2],
    [0, 25, 3],
    [0, 45, 4, 1],
    [0, 46, 5],
    [0, 61, 6]
  ]);
  expect([...holds.line]).toEqual([-1, 20, 30, -1]);
  expect([...waits.line]).toEqual([30, -1]);
});

it('a known line stays', () => {
  const holds = spans([[0, 10, 20]]);
  holds.line[0] = 7;
  fill(holds, spans([]), [[0, 5, 1]]);
  expect([...holds.line]).toEqual([7]);
});

it('a thread whose first hold comes later stood there from the first', () => {
  const waits = spans([[3, 0, 100]]);
  fill(spans([]), waits, [
    [-1, 10, 1],
    [3, 50, 2],
    [3, 60, 3]
  ]);
  expect([...waits.line]).toEqual([20]);
});
