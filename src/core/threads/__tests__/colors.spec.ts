import {
  appearanceOf,
  isPatternMark,
  STATE_APPEARANCES,
  STATE_ORDER
} from '../colors';
import { STATE_COUNT, STATE_NAMES } from '../states';

describe('STATE_APPEARANCES', () => {
  it('has each state at its number', () => {
    expect(STATE_APPEARANCES.map(({ state }) => state)).toEqual(
      STATE_NAMES.map((_, state) => state)
    );
    expect([...STATE_ORDER].sort((a, b) => a - b)).toEqual(
      STATE_NAMES.map((_, state) => state)
    );
  });

  it('tells states apart without colour, or by light', () => {
    const signs = STATE_APPEARANCES.map(
      ({ height, pattern, light }) => `${height} ${pattern} ${light}`
    );
    expect(new Set(signs).size).toBe(STATE_COUNT);
    for (const theme of ['light', 'dark'] as const) {
      const colors = STATE_APPEARANCES.map(each => each[theme]);
      expect(new Set(colors).size).toBe(STATE_COUNT);
      expect(colors.join()).toMatch(/^(#[0-9a-f]{6},?)+$/);
    }
  });
});

it('shows a number that is no state as unknown', () => {
  expect(appearanceOf(99)).toBe(STATE_APPEARANCES[0]);
  expect(appearanceOf(-1)).toBe(STATE_APPEARANCES[0]);
  expect(appearanceOf(1.5)).toBe(STATE_APPEARANCES[0]);
});

it('draws patterns that are neither empty nor full', () => {
  for (const pattern of ['hatch', 'dots', 'cross'] as const) {
    const marks = Array.from({ length: 900 }, (_, i) =>
      isPatternMark(pattern, i % 30, Math.floor(i / 30))
    ).filter(Boolean).length;
    expect(marks).toBeGreaterThan(90);
    expect(marks).toBeLessThan(450);
  }
  expect(isPatternMark('solid', 0, 0)).toBe(false);
});
