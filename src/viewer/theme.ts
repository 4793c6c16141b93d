/**
 * Colours and fonts for the canvas. A canvas can't use CSS variables by itself, so that they are read
 * here, once per theme. Everything comes from `--giltracer-*` variables (style/base.css gives them
 * defaults from JupyterLab's); a variable `--giltracer-state-NAME` or `--giltracer-thread-N` replaces
 * one colour of the tables below.
 */
import { STATE_APPEARANCES } from '../core/threads/colors';
import type { StatePattern } from '../core/threads/colors';
import { STATE_NAMES } from '../core/threads/states';

/** Red, green, blue: 0 to 255. */
export type Rgb = readonly [number, number, number];

/** How an area is filled: a colour, and marks of a second colour that form a pattern. */
export interface AreaStyle {
  readonly base: Rgb;
  readonly mark: Rgb;
  readonly pattern: StatePattern;
  /** Part of the lane's height that an exact interval fills, from the bottom. */
  readonly height: number;
}

export interface Theme {
  readonly dark: boolean;
  /** CSS colours. */
  readonly text: string;
  readonly mutedText: string;
  readonly grid: string;
  readonly accent: string;
  readonly fontFamily: string;
  /** Index = ThreadState. */
  readonly states: readonly AreaStyle[];
  /** Colours of the numbered threads in the GIL's lane; thread n has colour (n - 1) modulo length. */
  readonly threads: readonly AreaStyle[];
  /** For holds of threads that have no lane of their own. */
  readonly otherThread: AreaStyle;
}

/**
 * Paul Tol's "light" scheme (https://personal.sron.nl/~pault/): made for cells that carry a label, told
 * apart with any colour vision, and pale, so that nobody takes a thread's colour for a state's.
 */
const THREAD_COLOURS: readonly string[] = [
  '#77aadd',
  '#ee8866',
  '#eedd88',
  '#ffaabb',
  '#99ddff',
  '#44bb99',
  '#bbcc33',
  '#aaaa00'
];

const OTHER_THREAD_COLOUR = '#b0b0b0';

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** Part of the foreground in a pattern's marks. */
const MARK_STRENGTH = 0.38;

/** Read the theme that holds at `node`, which must be in the document. */
export function readTheme(node: Element): Theme {
  const style = getComputedStyle(node);
  const read = (name: string, fallback: string): string =>
    style.getPropertyValue(`--giltracer-${name}`).trim() || fallback;
  // A computed `color` is resolved, whatever variables and colour names led to it.
  const foreground = parseColour(style.color) ?? BLACK;
  const dark = luminance(foreground) > 0.5;
  const area = (
    name: string,
    fallback: string,
    pattern: StatePattern,
    height: number
  ): AreaStyle => {
    const base = parseColour(read(name, fallback)) ?? parseHex(fallback);
    // Black marks stay visible on the pale colours of both themes, white ones on the dark ones.
    const towards = luminance(base) > 0.25 ? BLACK : WHITE;
    return { base, mark: mix(base, towards, MARK_STRENGTH), pattern, height };
  };
  // Those that the page's theme names may be invisible on a background that the reader has chosen.
  const ink = (name: string, fallback: string): string =>
    forcedColours()?.matches === true ? style.color : read(name, fallback);
  return {
    dark,
    text: ink('text', dark ? '#e0e0e0' : '#212121'),
    mutedText: ink('muted-text', dark ? '#b0b0b0' : '#616161'),
    grid: ink('grid', dark ? '#424242' : '#e0e0e0'),
    accent: read('accent', dark ? '#64b5f6' : '#1976d2'),
    fontFamily: read('font-family', 'system-ui, sans-serif'),
    states: STATE_APPEARANCES.map(appearance =>
      area(
        `state-${STATE_NAMES[appearance.state]}`,
        dark ? appearance.dark : appearance.light,
        appearance.pattern,
        appearance.height
      )
    ),
    threads: THREAD_COLOURS.map((colour, index) =>
      area(`thread-${index + 1}`, colour, 'solid', 1)
    ),
    otherThread: area('thread-other', OTHER_THREAD_COLOUR, 'solid', 1)
  };
}

/** Whether the browser shows pages in colours of the reader's own; undefined without a screen. */
export function forcedColours(): MediaQueryList | undefined {
  return typeof matchMedia === 'function'
    ? matchMedia('(forced-colors: active)')
    : undefined;
}

/** The style of thread number `number`, from 1. */
export function threadStyle(theme: Theme, number: number): AreaStyle {
  return theme.threads[(number - 1) % theme.threads.length];
}

/** As CSS. */
export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** Black or white, whichever reads better on `background`. */
export function textOn(background: Rgb): string {
  // Equal contrast (WCAG 2.2) to black and to white lies at a luminance of 0.179.
  return luminance(background) > 0.179 ? '#000' : '#fff';
}

/** `#rgb`, `#rrggbb`, `rgb(…)` or `rgba(…)` (alpha ignored); undefined for anything else. */
export function parseColour(text: string): Rgb | undefined {
  const colour = text.trim();
  if (/^#([\da-f]{3}|[\da-f]{6})$/i.test(colour)) {
    return parseHex(colour);
  }
  const numbers = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(
    colour
  );
  return numbers === null
    ? undefined
    : [Number(numbers[1]), Number(numbers[2]), Number(numbers[3])];
}

function parseHex(colour: string): Rgb {
  const digits = colour.slice(1);
  const long =
    digits.length === 3 ? digits.replace(/./g, digit => digit + digit) : digits;
  const value = parseInt(long, 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** Relative luminance of WCAG 2.2, 0 to 1. */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map(value => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const channel = (i: number): number =>
    Math.round(from[i] + (to[i] - from[i]) * part);
  return [channel(0), channel(1), channel(2)];
}
