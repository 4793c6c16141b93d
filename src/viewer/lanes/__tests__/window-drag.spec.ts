import { draggedWindow, gripAt, type Grip } from '../window-drag';

const US = 1000;
const bounds = { start: 0, end: 1000 * US };
const window = { start: 200 * US, end: 400 * US };

/** A drag in a minimap of 100 pixels: one pixel is 10 us. The window then, in us. */
function drag(grip: Grip, from: number, to: number): [number, number] {
  const begun = { grip, x: from, width: 100, window };
  const { start, end } = draggedWindow(begun, to, bounds);
  return [Math.round(start / US), Math.round(end / US)];
}

it('takes hold of the window, of its edges, or of nothing', () => {
  const at = (x: number): Grip => gripAt(x, 20, 60);
  expect([10, 17, 23, 40, 57, 63, 70].map(at)).toEqual([
    'draw',
    'start',
    'start',
    'move',
    'end',
    'end',
    'draw'
  ]);
});

it('leaves the middle of a narrow window for moving it', () => {
  const at = (x: number): Grip => gripAt(x, 20, 26);
  expect([18, 21, 23, 25, 28].map(at)).toEqual([
    'start',
    'move',
    'move',
    'move',
    'end'
  ]);
});

it('moves the window, as far as the run goes', () => {
  expect(drag('move', 30, 40)).toEqual([300, 500]);
  expect(drag('move', 30, -40)).toEqual([0, 200]);
  expect(drag('move', 30, 300)).toEqual([800, 1000]);
});

it('moves one edge, also past the other one', () => {
  expect(drag('start', 20, 10)).toEqual([100, 400]);
  expect(drag('end', 40, 60)).toEqual([200, 600]);
  expect(drag('end', 40, 10)).toEqual([100, 200]);
});

it('draws a new window', () => {
  expect(drag('draw', 90, 60)).toEqual([600, 900]);
  expect(drag('draw', 90, 120)).toEqual([900, 1000]);
});
