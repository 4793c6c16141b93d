/**
 * The lanes as a picture, for places that show nothing else: GitHub, mail, PDF. Light background, fixed
 * width, the states of colors.ts with their legend.
 */
import { formatDuration } from '../quantities';
import {
  appearanceOf,
  isPatternMark,
  STATE_APPEARANCES,
  STATE_ORDER
} from '../threads/colors';
import { STATE_COUNT } from '../threads/states';
import type { Bundle } from '../trace/bundle';
import type { BundleView, Overview } from '../trace/bundle-view';
import type { ReportDocument } from '../trace/document';
import { isIdle } from '../trace/idle';
import { readBundle } from '../trace/read-bundle';
import { isTask } from '../trace/source-paths';
import { titleLine } from './capture-lines';
import { GLYPH_ADVANCE, GLYPH_HEIGHT, textWidth } from './glyphs';
import { plain } from './plain-text';
import { placeWords } from './source-words';
import { parseColor, Pixels, type Rgb } from './pixels';

/**
 * Largest picture: it stands twice in a notebook (image/png, and within text/html), as base64, and
 * STATIC_MAX_BYTES bounds both and the table beside it.
 */
export const PNG_MAX_BYTES = 16 * 1024;

export interface PngOptions {
  /** Default PNG_MAX_BYTES. */
  maxBytes?: number;
}

const WIDTH = 900;
const MARGIN = 10;
const LABEL_CHARACTERS = 24;
const LANES_LEFT = MARGIN + LABEL_CHARACTERS * GLYPH_ADVANCE + 8;
const LANES_WIDTH = WIDTH - LANES_LEFT - MARGIN;
const LANE_HEIGHT = 18;
const LANE_GAP = 5;
const LINE_HEIGHT = GLYPH_HEIGHT + 7;
const SWATCH = 10;

/** Ways to draw the same, each smaller than the one before: lanes at most, pixels of a column. */
const DETAILS = [
  { lanes: 24, column: 1 },
  { lanes: 24, column: 2 },
  { lanes: 16, column: 2 },
  { lanes: 16, column: 4 },
  { lanes: 8, column: 4 },
  { lanes: 4, column: 8 },
  { lanes: 1, column: 16 }
] as const;

type Detail = (typeof DETAILS)[number];

// Positions in the palette, behind the background; states and their marks follow.
const INK = 1;
const FAINT = 2;
const FIRST_STATE = 3;
const FIRST_MARK = FIRST_STATE + STATE_COUNT;

/** A mark is the state's colour with this much less light. */
const MARK_LIGHT = 0.72;

const PALETTE: readonly Rgb[] = [
  [255, 255, 255],
  [51, 51, 51],
  [217, 217, 217],
  ...STATE_APPEARANCES.map(({ light }) => parseColor(light)),
  ...STATE_APPEARANCES.map(({ light }): Rgb => {
    const [red, green, blue] = parseColor(light);
    const darker = (value: number): number => Math.round(value * MARK_LIGHT);
    return [darker(red), darker(green), darker(blue)];
  })
];

/**
 * The lanes of a run as PNG.
 *
 * @param source a bundle, or one that was read; a placeholder gives a picture without lanes
 * @throws BundleError if the bundle is damaged
 */
export function lanesPng(
  source: Bundle | BundleView,
  options: PngOptions = {}
): Uint8Array {
  const view = 'kind' in source ? source : readBundle(source);
  const { document, overview } = view;
  if (!document || !overview) {
    return new Pixels(WIDTH, LINE_HEIGHT, PALETTE).png();
  }
  const maxBytes = options.maxBytes ?? PNG_MAX_BYTES;
  let png = new Uint8Array(0);
  for (const detail of DETAILS) {
    png = new Uint8Array(draw(document, overview, detail));
    if (png.length <= maxBytes) {
      break;
    }
  }
  return png;
}

function draw(
  document: ReportDocument,
  overview: Overview,
  detail: Detail
): Uint8Array {
  const busy = overview.lanes
    .map((lane, index) => ({ lane, index }))
    .filter(({ lane }) => !isIdleLane(document, lane));
  const lanes = busy.slice(0, detail.lanes);
  const hidden = busy.length - lanes.length;
  const legend = layOutLegend(overview);
  const headline = worstLine(document);
  const headLines = headline === undefined ? 1 : 2;
  const lanesTop = MARGIN + headLines * LINE_HEIGHT + 4;
  const axisTop = lanesTop + lanes.length * (LANE_HEIGHT + LANE_GAP);
  const legendTop = axisTop + LINE_HEIGHT + 8 + (hidden > 0 ? LINE_HEIGHT : 0);
  const height = legendTop + legend.lines * LINE_HEIGHT + MARGIN - 4;
  const pixels = new Pixels(WIDTH, height, PALETTE);

  const title = cut(titleLine(document), (WIDTH - 2 * MARGIN) / GLYPH_ADVANCE);
  pixels.text(MARGIN, MARGIN, title, INK);
  if (headline !== undefined) {
    const text = cut(headline, (WIDTH - 2 * MARGIN) / GLYPH_ADVANCE);
    pixels.text(MARGIN, MARGIN + LINE_HEIGHT, text, INK);
  }
  lanes.forEach(({ lane, index }, place) => {
    const top = lanesTop + place * (LANE_HEIGHT + LANE_GAP);
    const middle = top + Math.floor((LANE_HEIGHT - GLYPH_HEIGHT) / 2);
    const label = cut(laneLabel(document, lane), LABEL_CHARACTERS);
    pixels.text(MARGIN, middle, label, INK);
    pixels.fill(LANES_LEFT, top + LANE_HEIGHT, LANES_WIDTH, 1, FAINT);
    drawLane(pixels, overview, index, top, detail.column);
  });
  if (hidden > 0) {
    const more = `${hidden} more ${hidden === 1 ? 'lane' : 'lanes'}`;
    pixels.text(MARGIN, axisTop + LINE_HEIGHT, more, INK);
  }
  drawAxis(pixels, document.capture.duration_ns, axisTop + 2);
  for (const { state, x, line } of legend.entries) {
    drawEntry(pixels, state, x, legendTop + line * LINE_HEIGHT);
  }
  return pixels.png();
}

/** The line that made others wait most, for places that show the picture only. */
function worstLine({ lines }: ReportDocument): string | undefined {
  const worst = lines.find(row => !isTask(row));
  const place = worst && placeWords(worst);
  const made = worst?.made_wait_ns ?? 0;
  return place !== undefined && made > 0
    ? `${place} made others wait ${formatDuration(made)} for the GIL`
    : undefined;
}

function isIdleLane(
  { threads }: ReportDocument,
  lane: Overview['lanes'][number]
): boolean {
  return lane.count === 1 && isIdle(threads[lane.threads[0]]);
}

function laneLabel(
  { threads }: ReportDocument,
  { threads: rows, count }: Overview['lanes'][number]
): string {
  const first = threads[rows[0]];
  return count === 1 && first
    ? `${first.main ? '* ' : ''}${plain(first.name)}`
    : `other (${count} threads)`;
}

function drawLane(
  pixels: Pixels,
  overview: Overview,
  lane: number,
  top: number,
  columnWidth: number
): void {
  const { buckets, states, shares } = overview;
  const stride = states.length;
  const times = new Float64Array(STATE_COUNT);
  for (let x = 0; x < LANES_WIDTH; x += columnWidth) {
    const right = Math.min(x + columnWidth, LANES_WIDTH);
    const first = Math.floor((x * buckets) / LANES_WIDTH);
    const end = Math.ceil((right * buckets) / LANES_WIDTH);
    times.fill(0);
    for (let bucket = first; bucket < end; bucket++) {
      const base = (lane * buckets + bucket) * stride;
      for (let s = 0; s < stride; s++) {
        times[states[s]] += shares[base + s];
      }
    }
    drawColumn(pixels, times, LANES_LEFT + x, right - x, top);
  }
}

/** States stacked from the bottom; a state alone has its own height. */
function drawColumn(
  pixels: Pixels,
  times: Float64Array,
  x: number,
  width: number,
  top: number
): void {
  const total = times.reduce((sum, time) => sum + time, 0);
  let sum = 0;
  let bottom = LANE_HEIGHT;
  for (const state of STATE_ORDER) {
    if (times[state] === 0) {
      continue;
    }
    const { height, pattern } = appearanceOf(state);
    const alone = times[state] === total;
    sum += times[state] / total;
    const edge = LANE_HEIGHT - Math.round(LANE_HEIGHT * (alone ? height : sum));
    for (let y = edge; y < bottom; y++) {
      for (let column = x; column < x + width; column++) {
        const marked = isPatternMark(pattern, column, y);
        const color = marked ? FIRST_MARK + state : FIRST_STATE + state;
        pixels.set(column, top + y, color);
      }
    }
    bottom = edge;
  }
}

function drawAxis(pixels: Pixels, duration: number, top: number): void {
  const step = tickStep(duration / 6);
  for (let time = 0; time <= duration && step > 0; time += step) {
    const x = LANES_LEFT + Math.round((time / duration) * (LANES_WIDTH - 1));
    const label = time === 0 ? '0' : tickLabel(time);
    const left = Math.min(
      Math.max(x - textWidth(label) / 2, LANES_LEFT),
      WIDTH - MARGIN - textWidth(label)
    );
    pixels.fill(x, top - 3, 1, 4, INK);
    pixels.text(Math.round(left), top + 4, label, INK);
  }
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function tickStep(least: number): number {
  if (!(least > 0)) {
    return 0;
  }
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find(factor => factor * power >= least) ?? 10);
}

/** `1.50 s` → `1.5 s`. */
function tickLabel(time: number): string {
  return formatDuration(time).replace(/\.?0+ (?=\D+$)/, match =>
    match.startsWith('.') ? ' ' : match
  );
}

interface Legend {
  entries: { state: number; x: number; line: number }[];
  lines: number;
}

/** The states that occur, in lines that fit the width. */
function layOutLegend({ states }: Overview): Legend {
  const entries: Legend['entries'] = [];
  let x = MARGIN;
  let line = 0;
  for (const state of STATE_ORDER.filter(each => states.includes(each))) {
    const width = SWATCH + 5 + textWidth(appearanceOf(state).label) + 14;
    if (x + width > WIDTH - MARGIN && x > MARGIN) {
      x = MARGIN;
      line++;
    }
    entries.push({ state, x, line });
    x += width;
  }
  return { entries, lines: line + 1 };
}

function drawEntry(pixels: Pixels, state: number, x: number, y: number): void {
  const { height, label, pattern } = appearanceOf(state);
  const filled = Math.round(SWATCH * height);
  for (let row = SWATCH - filled; row < SWATCH; row++) {
    for (let column = 0; column < SWATCH; column++) {
      const marked = isPatternMark(pattern, column, row);
      const color = marked ? FIRST_MARK + state : FIRST_STATE + state;
      pixels.set(x + column, y + row - 1, color);
    }
  }
  pixels.text(x + SWATCH + 5, y + 1, label, INK);
}

function cut(text: string, characters: number): string {
  const all = Array.from(text);
  return all.length <= characters
    ? text
    : `${all.slice(0, Math.floor(characters) - 1).join('')}…`;
}
