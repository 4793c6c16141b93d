import { decode } from 'fast-png';

import { appearanceOf } from '../../threads/colors';
import { ThreadState } from '../../threads/states';
import { buildBundle, placeholder } from '../../trace/build-bundle';
import { buildDocument } from '../../trace/build-document';
import {
  madeContext,
  madeResult,
  randomResult
} from '../../trace/__tests__/made-results';
import { plotText } from '../glyphs';
import { lanesPng, PNG_MAX_BYTES } from '../png';

const { RunningGil, OffCpu, WaitingGil } = ThreadState;

/** Lanes begin and end here; taken from a picture that was looked at. */
const LEFT = 162;
const RIGHT = 889;
/** Rows of the first and the second lane: top and one above the line below. */
const LANES = [
  { top: 28, bottom: 45 },
  { top: 51, bottom: 68 }
];

function picture(result: ReturnType<typeof madeResult>): {
  width: number;
  height: number;
  at: (x: number, y: number) => string;
} {
  const document = buildDocument(result, madeContext());
  const { width, height, data, palette } = decode(
    lanesPng(buildBundle(document, result))
  );
  return {
    width,
    height,
    at: (x, y) => {
      const color = palette?.[data[y * width + x]] ?? [];
      return `#${color
        .slice(0, 3)
        .map(value => value.toString(16).padStart(2, '0'))
        .join('')}`;
    }
  };
}

describe('lanesPng', () => {
  // main    ==============......
  // worker  __________==========
  const { width, height, at } = picture(
    madeResult(0, 1e6, [
      { tid: 2, begin: 500_000, intervals: [[RunningGil, 500_000]] },
      {
        tid: 1,
        main: true,
        begin: 0,
        intervals: [
          [RunningGil, 700_000],
          [OffCpu, 300_000]
        ]
      }
    ])
  );
  const green = appearanceOf(RunningGil).light;
  const grey = appearanceOf(OffCpu).light;
  const white = '#ffffff';

  it('is about 900 pixels wide and only as high as it must', () => {
    expect(width).toBe(900);
    expect(height).toBeLessThan(150);
  });

  it('draws each thread where and when it was in a state', () => {
    const [main, worker] = LANES;
    const middle = Math.round((LEFT + RIGHT) / 2);
    expect(at(LEFT, main.top)).toBe(green);
    expect(at(LEFT, main.bottom)).toBe(green);
    expect(at(middle, main.top)).toBe(green);
    expect(at(LEFT, worker.bottom)).toBe(white);
    expect(at(middle - 3, worker.bottom)).toBe(white);
    expect(at(middle + 3, worker.bottom)).toBe(green);
    expect(at(RIGHT, worker.top)).toBe(green);
  });

  it('gives a state that is alone its own height', () => {
    const [{ top, bottom }] = LANES;
    expect(at(RIGHT, bottom)).toBe(grey);
    expect(at(RIGHT, top)).toBe(white);
    expect(at(RIGHT, bottom - 6)).toBe(white);
  });

  it('stacks what shares a column by its part of the time', () => {
    // 50 ns of each in turn: no column lies within one interval.
    const fine = picture(
      madeResult(0, 1e6, [
        {
          tid: 1,
          main: true,
          begin: 0,
          intervals: Array.from(
            { length: 20_000 },
            (_, i) => [i % 2 ? RunningGil : OffCpu, 50] as const
          )
        }
      ])
    );
    const [{ top, bottom }] = LANES;
    const colors = new Set<string>();
    for (let x = LEFT; x <= RIGHT; x++) {
      colors.add(`${fine.at(x, bottom)} ${fine.at(x, bottom - 7)}`);
      colors.add(`${fine.at(x, top)} ${fine.at(x, top + 7)}`);
    }
    expect([...colors]).toEqual([`${green} ${green}`, `${grey} ${grey}`]);
  });

  it('marks waiting with a hatch', () => {
    const waiting = picture(
      madeResult(0, 1e6, [
        { tid: 1, main: true, begin: 0, intervals: [[WaitingGil, 1e6]] }
      ])
    );
    const seen = new Set<string>();
    for (let x = LEFT; x < LEFT + 10; x++) {
      seen.add(waiting.at(x, LANES[0].bottom));
    }
    expect(seen.size).toBe(2);
    expect(seen).toContain(appearanceOf(WaitingGil).light);
  });

  it.each([
    [1, 10],
    [24, 200_000],
    [300, 30_000]
  ])('stays in its budget with %d threads at random', (threads, intervals) => {
    const result = randomResult(1, threads, intervals);
    const bundle = buildBundle(buildDocument(result, madeContext()), result);
    const png = lanesPng(bundle);
    expect(png.length).toBeLessThanOrEqual(PNG_MAX_BYTES);
    expect(decode(png).width).toBe(900);
  });

  it('has no lanes for a placeholder', () => {
    const made = lanesPng(readPlaceholder());
    expect(decode(made).height).toBeLessThan(20);
  });
});

function readPlaceholder(): Parameters<typeof lanesPng>[0] {
  const { run } = placeholder(madeContext().run);
  return {
    kind: 'placeholder',
    run,
    windows: [],
    reductions: [],
    omitted: {}
  };
}

describe('plotText', () => {
  function drawn(text: string): string[] {
    const rows = Array.from({ length: 7 }, () =>
      new Array<string>(6 * text.length - 1).fill('.')
    );
    plotText(text, (x, y) => (rows[y][x] = '#'));
    return rows.map(row => row.join(''));
  }

  it('draws readable glyphs', () => {
    expect(drawn('GIL')).toEqual([
      '.###...###..#....',
      '#...#...#...#....',
      '#.......#...#....',
      '#.###...#...#....',
      '#...#...#...#....',
      '#...#...#...#....',
      '.####..###..#####'
    ]);
  });

  it('draws a box for what it has no glyph for', () => {
    expect(drawn('ы')[0]).toBe('#####');
    expect(drawn('ы')[3]).toBe('#...#');
  });
});
