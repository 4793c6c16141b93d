/**
 * Tracks for tests: drawn as strips, one column of 10 ns a letter, or by chance. Letters: # running-gil,
 * - running, ~ holding-off-cpu, . waiting-gil, L waiting-lock, p preempted, _ off-cpu, ? unknown; a blank
 * where the thread does not exist.
 */
import fc from 'fast-check';

import type { StateTrack } from '../../threads/result';
import { STATE_COUNT } from '../../threads/states';
import { IntervalTrack } from '../interval-track';

export const COLUMN = 10;

/** In the order of ThreadState. */
const LETTERS = '?#-~.Lp_';

export function drawnTrack(strip: string): IntervalTrack {
  const track = new IntervalTrack();
  [...strip].forEach((letter, column) => {
    if (letter !== ' ') {
      track.append(column * COLUMN, LETTERS.indexOf(letter));
      track.extendTo((column + 1) * COLUMN);
    }
  });
  return track;
}

/** A track as it would be drawn. */
export function drawTrack(track: StateTrack): string {
  let strip = '';
  for (let i = 0; i < track.length; i++) {
    const end = i + 1 < track.length ? track.start[i + 1] : track.end;
    strip = strip.padEnd(Math.round(track.start[i] / COLUMN));
    strip += LETTERS[track.state[i]].repeat(
      Math.round((end - track.start[i]) / COLUMN)
    );
  }
  return strip;
}

/** A change of state `gap` after the one before. */
export interface Change {
  readonly gap: number;
  readonly state: number;
}

/** Histories of changes: short and long gaps, none at all, states that don't change. */
export function changes(
  maxLength: number,
  states = STATE_COUNT
): fc.Arbitrary<Change[]> {
  const gap = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 300 }) },
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 300, max: 1_000_000 }) }
  );
  const state = fc.integer({ min: 0, max: states - 1 });
  return fc.array(fc.record({ gap, state }), {
    maxLength,
    size: 'max'
  });
}

/** What is appended for a history that begins at `begin`. */
export function appendAll(
  track: IntervalTrack,
  begin: number,
  history: readonly Change[]
): void {
  let time = Math.max(begin, track.settled);
  for (const { gap, state } of history) {
    time += gap;
    track.append(time, state);
  }
}

/** The obvious way to sum: each change against the span, without any track. */
export function timesWithin(
  begin: number,
  history: readonly Change[],
  end: number,
  from: number,
  to: number
): number[] {
  const times = new Array<number>(STATE_COUNT).fill(0);
  let time = begin;
  history.forEach(({ gap, state }, index) => {
    time += gap;
    const next =
      index + 1 < history.length ? time + history[index + 1].gap : end;
    times[state] += Math.max(0, Math.min(next, to) - Math.max(time, from));
  });
  return times;
}

/** A long track from a seed, for what only shows with many intervals. */
export function longTrack(
  seed: number,
  length: number,
  begin: number
): IntervalTrack {
  const track = new IntervalTrack();
  let state = seed >>> 0;
  const chance = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  let time = begin;
  while (track.length < length) {
    track.append(time, Math.floor(chance() * STATE_COUNT));
    // Phases in which little happens, in between.
    time +=
      1 + Math.floor(-Math.log(1 - chance()) * (chance() < 0.01 ? 1e6 : 2000));
  }
  track.extendTo(time);
  return track;
}
