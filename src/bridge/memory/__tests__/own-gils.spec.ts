/** Which threads ran in a sub-interpreter with a GIL of its own, from what was read of them. */
import { StackReadingRows } from '../../../core/threads/stack-readings';
import type { FrameLayout } from '../../../core/cpython/frame-layout';
import { OwnGils } from '../own-gils';

const MAIN_GIL = 0x10000;
const OWN_GIL = 0x20000;
const INTERPRETER = 0x30000;
const SUB_INTERPRETER = 0x40000;
const STATES = { main: 0x50000, sub: 0x60000, gone: 0x70000 };

/** Words of a process. */
const MEMORY: ReadonlyMap<number, number> = new Map([
  [STATES.main + 16, INTERPRETER],
  [STATES.sub + 16, SUB_INTERPRETER],
  [INTERPRETER + 200, MAIN_GIL],
  [SUB_INTERPRETER + 200, OWN_GIL]
]);

function read(address: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (address === MAIN_GIL || address === OWN_GIL) {
    // A free GIL that nobody has had.
    return bytes;
  }
  const word = MEMORY.get(address);
  if (word === undefined) {
    throw new RangeError('nothing there');
  }
  new DataView(bytes.buffer).setBigUint64(0, BigInt(word), true);
  return bytes;
}

const LAYOUT = {
  threadState: { interpreter: 16 },
  interpreter: { gil: 200 },
  foundBy: 'debug-offsets'
} as unknown as FrameLayout;

function spansOf(
  rows: readonly (readonly [
    tid: number,
    state: keyof typeof STATES,
    time: number
  ])[],
  layout = LAYOUT
): unknown {
  const readings = new StackReadingRows();
  const gils = new OwnGils(read, layout, MAIN_GIL);
  for (const [tid, state, time] of rows) {
    readings.push(tid, STATES[state], time, 0, true, false);
    gils.look(readings);
  }
  return gils.spans(readings);
}

it('says nothing where all use the main GIL', () => {
  expect(
    spansOf([
      [1, 'main', 10],
      [2, 'main', 20],
      [3, 'gone', 30]
    ])
  ).toBeUndefined();
});

it('spans from the reading before to the one behind', () => {
  expect(
    spansOf([
      [1, 'main', 10],
      [2, 'sub', 15],
      [1, 'sub', 20],
      [1, 'sub', 30],
      [1, 'main', 40],
      [1, 'main', 50]
    ])
  ).toEqual([
    { tid: 1, start: 10, end: 40 },
    { tid: 2, start: -Infinity, end: Infinity }
  ]);
});

it('looks at nothing before 3.12, where all share one', () => {
  const layout = {
    ...LAYOUT,
    interpreter: { ...LAYOUT.interpreter, gil: undefined }
  };
  expect(spansOf([[1, 'sub', 10]], layout)).toBeUndefined();
});
