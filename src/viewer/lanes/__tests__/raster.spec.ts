import type { AreaStyle, Rgb } from '../../theme';
import type { ColumnPicture } from '../raster';
import { pack, rasterize } from '../raster';

const A: Rgb = [1, 0, 0];
const B: Rgb = [2, 0, 0];
const MARK: Rgb = [3, 0, 0];
const LETTERS = new Map([
  [0, '.'],
  [pack(A), 'A'],
  [pack(B), 'B'],
  [pack(MARK), 'm']
]);

const solid = (base: Rgb, height = 1): AreaStyle => ({
  base,
  mark: MARK,
  pattern: 'solid',
  height
});

/** Columns of shares [a, b] as rows of letters. */
function draw(
  columns: readonly (readonly number[])[],
  options: Partial<ColumnPicture> = {}
): string[] {
  const picture: ColumnPicture = {
    width: columns.length,
    height: 4,
    pixelRatio: 1,
    styles: [solid(A), solid(B)],
    order: [0, 1],
    shares: Float64Array.from(columns.flat()),
    whole: new Uint16Array(columns.length),
    ...options
  };
  const pixels = new Uint32Array(picture.width * picture.height);
  rasterize(picture, pixels);
  return Array.from({ length: picture.height }, (_, y) =>
    Array.from(
      pixels.subarray(y * picture.width, (y + 1) * picture.width),
      pixel => LETTERS.get(pixel) ?? '?'
    ).join('')
  );
}

it('packs a colour as bytes R, G, B, A', () => {
  const bytes = new Uint8Array(Uint32Array.of(pack([10, 20, 30])).buffer);
  expect(Array.from(bytes)).toEqual([10, 20, 30, 255]);
});

it('stacks shares from the bottom', () => {
  expect(
    draw([
      [0.5, 0.5],
      [0.25, 0.5],
      [0, 0.5],
      [0, 0]
    ])
  ).toEqual(['B...', 'BB..', 'ABB.', 'AAB.']);
});

it('stacks in the given order', () => {
  expect(draw([[0.25, 0.75]], { order: [1, 0] })).toEqual(['A', 'B', 'B', 'B']);
});

it('rounds edges, not parts, so that nothing is lost or drawn twice', () => {
  // 0.3 x 4 = 1.2 → 1, 0.9 x 4 = 3.6 → 4.
  expect(draw([[0.3, 0.6]])).toEqual(['B', 'B', 'B', 'A']);
});

it('draws a state that is alone in its own height', () => {
  const styles = [solid(A, 0.25), solid(B)];
  const whole = Uint16Array.of(0, 0, 1);
  expect(
    draw(
      [
        [1, 0],
        [0.75, 0.25],
        [0.5, 0.5]
      ],
      { styles, whole }
    )
  ).toEqual(['.B.', '.A.', '.A.', 'AAA']);
});

it('draws patterns in screen pixels, twice as large on a fine screen', () => {
  const styles: AreaStyle[] = [
    { base: A, mark: MARK, pattern: 'dots', height: 1 }
  ];
  const six = Array.from({ length: 6 }, () => [1]);
  expect(draw(six, { styles, order: [0] })).toEqual([
    'mAAmAA',
    'AAAAAA',
    'AAAAAA',
    'mAAmAA'
  ]);
  expect(draw(six, { styles, order: [0], pixelRatio: 2 })).toEqual([
    'mmAAAA',
    'mmAAAA',
    'AAAAAA',
    'AAAAAA'
  ]);
});
