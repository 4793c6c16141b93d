import { ThreadState } from '../../../core/threads/states';
import { RecordedContext } from '../../__tests__/recorded-canvas';
import { sampleView } from '../../__tests__/sample-view';
import { readTheme } from '../../theme';
import { STATE_COUNT } from '../../../core/threads/states';
import { lanesOf } from '../lane-data';
import { GilHolders } from '../gil-picture';
import { NO_MARKS } from '../lane-marks';
import { ImagePool, paintAxis, paintLane } from '../lane-painter';
import { statePicture } from '../lane-picture';
import { pack } from '../raster';
import { ticksFor } from '../ticks';

const { RunningGil, WaitingGil, OffCpu } = ThreadState;
const MS = 1e6;
const theme = readTheme(document.body);
const lanes = lanesOf(sampleView());
const [main, worker] = lanes;
const images = new ImagePool();

/** Letters for base colours; marks of a pattern are the small letter. */
const LETTERS = new Map(
  (
    [
      ['G', RunningGil],
      ['W', WaitingGil],
      ['Z', OffCpu]
    ] as const
  ).flatMap(([letter, state]): [number, string][] => [
    [pack(theme.states[state].mark), letter.toLowerCase()],
    [pack(theme.states[state].base), letter]
  ])
);

function size(width: number, height = 4) {
  return { width, height, pixelRatio: 1 };
}

function shares(lane: (typeof lanes)[number], end: number, width: number) {
  const out = new Float64Array(width * STATE_COUNT);
  lane.source.columnShares({ start: 0, end }, width, out);
  return out;
}

it('draws the main thread over the whole run', () => {
  // 20 pixels for 20 ms: exact to 10 ms, then the overview; asleep fills a quarter of the height.
  const range = { start: 0, end: 20 * MS };
  const picture = statePicture(
    main,
    shares(main, range.end, 20),
    range,
    size(20),
    theme,
    state => `state ${state}`
  );
  const context = new RecordedContext(LETTERS);
  paintLane(
    context,
    picture,
    { top: 2, ticks: [0, 10, 20] },
    NO_MARKS,
    theme,
    images
  );
  expect(context.calls).toEqual([
    'clear 0,0 20x6',
    'image 0,2',
    '  G5.5G5.5',
    '  G5.5G5.5',
    '  G5.5G5.5',
    '  G5Z5G5Z5',
    `fill 0,0 1x2 ${theme.grid}`,
    `fill 10,0 1x2 ${theme.grid}`
  ]);
});

it('writes on exact intervals what they are, with what fits', () => {
  const range = { start: 0, end: 10 * MS };
  const width = 240;
  const picture = statePicture(
    worker,
    shares(worker, range.end, width),
    range,
    size(width),
    theme,
    state => (state === WaitingGil ? 'waits' : 'a long word for running')
  );
  expect(picture.labels).toEqual([
    { x: 0, width: 120, style: WaitingGil, texts: ['waits 5 ms', '5 ms'] },
    {
      x: 120,
      width: 120,
      style: RunningGil,
      // The window ends here, the run does not: the interval may be longer.
      texts: ['a long word for running ≥ 5 ms', '≥ 5 ms']
    }
  ]);
  const context = new RecordedContext(LETTERS);
  paintLane(context, picture, { top: 0, ticks: [] }, NO_MARKS, theme, images);
  const texts = context.calls.filter(call => call.startsWith('text'));
  // Waiting has height 0.75 of 4 pixels: its middle is 2.5; running fills all: 2.
  expect(texts).toEqual(['text 4,2.5 waits 5 ms', 'text 124,2 ≥ 5 ms']);
});

it('marks long waits and the span to point out', () => {
  const range = { start: 0, end: 20 * MS };
  const picture = statePicture(
    main,
    shares(main, range.end, 20),
    range,
    size(20),
    theme,
    () => ''
  );
  const context = new RecordedContext(LETTERS);
  const marks = {
    waits: [7],
    // Seen as what they are, or widened to three pixels.
    found: [
      { x: 12, width: 4 },
      { x: 19, width: 1 }
    ],
    // The second is too short to be seen, and is drawn three pixels wide.
    collections: [
      { x: 9, width: 6 },
      { x: 17, width: 0 }
    ],
    highlight: { x: 3, width: 5 }
  };
  paintLane(context, picture, { top: 4, ticks: [] }, marks, theme, images);
  expect(context.calls.slice(-8)).toEqual([
    `fill 6,0 2x3 ${theme.mutedText}`,
    `fill 9,0 6x2 ${theme.accent}`,
    `fill 17,0 3x2 ${theme.accent}`,
    `fill 12,0 4x3 ${theme.accent}`,
    `fill 12,6 4x2 ${theme.accent}`,
    `fill 18,0 3x3 ${theme.accent}`,
    `fill 18,6 3x2 ${theme.accent}`,
    `stroke 2,1 7x6 ${theme.accent}`
  ]);
});

it('shows in the GIL’s lane who holds it', () => {
  const range = { start: 0, end: 20 * MS };
  const holders = new GilHolders(lanes);
  holders.clear(4);
  for (const lane of lanes) {
    holders.add(lane, shares(lane, range.end, 4));
  }
  const picture = holders.picture(range, size(4, 2), theme);
  const context = new RecordedContext(
    new Map([
      [pack(theme.threads[0].base), '1'],
      [pack(theme.threads[1].base), '2']
    ])
  );
  paintLane(context, picture, { top: 0, ticks: [] }, NO_MARKS, theme, images);
  expect(context.calls).toEqual([
    'clear 0,0 4x2',
    'image 0,0',
    '  11211121',
    '  11211121'
  ]);
});

it('never shows more than one holder at a time, however shares were rounded', () => {
  const full = shares(main, 20 * MS, 4);
  const holders = new GilHolders(lanes);
  holders.clear(4);
  for (const lane of lanes) {
    holders.add(lane, full);
  }
  const picture = holders.picture({ start: 0, end: 20 * MS }, size(4), theme);
  const stride = picture.styles.length;
  for (let x = 0; x < 4; x++) {
    const sum = picture.shares
      .subarray(x * stride, (x + 1) * stride)
      .reduce((a, b) => a + b, 0);
    expect(sum).toBeLessThanOrEqual(1 + 1e-12);
  }
});

it('draws the time axis and leaves out a label that would be cut', () => {
  const range = { start: 0, end: 20 * MS };
  const context = new RecordedContext(new Map());
  const ticks = ticksFor(range, 160);
  paintAxis(context, size(160, 20), range, ticks, undefined, theme);
  expect(context.calls).toEqual([
    'clear 0,0 160x20',
    `fill 0,0 1x20 ${theme.grid}`,
    'text 4,10 0 ms',
    `fill 80,0 1x20 ${theme.grid}`,
    'text 84,10 10 ms',
    `fill 160,0 1x20 ${theme.grid}`
  ]);
});

it('marks on the time axis where nothing was recorded', () => {
  const context = new RecordedContext(new Map());
  const ticks = { ...ticksFor({ start: 0, end: MS }, 160), ticks: [] };
  const gap = { x: 40, width: 10 };
  paintAxis(context, size(160, 20), { start: 0, end: MS }, ticks, gap, theme);
  expect(context.calls).toEqual([
    'clear 0,0 160x20',
    `fill 40,17 10x3 ${theme.accent}`
  ]);
});
