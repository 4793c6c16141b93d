/** What the user wants of traced cells, and the magic line that says so. */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { MAGIC } from './magic-line';

/** The properties of schema/settings/commands.json. */
export interface IMagicOptions {
  mode: string;
  states: boolean;
  /** Percent; 0: no limit. */
  maxOverhead: number;
  /** Empty: not saved. */
  savePath: string;
}

/** What the magic does without options. */
export const DEFAULT_OPTIONS: IMagicOptions = {
  mode: 'auto',
  states: true,
  maxOverhead: 0,
  savePath: ''
};

/** Read settings; what is missing or of another type is as without options. */
export function readOptions(
  settings: ReadonlyPartialJSONObject
): IMagicOptions {
  const { mode, states, maxOverhead, savePath } = settings;
  return {
    mode: typeof mode === 'string' ? mode : DEFAULT_OPTIONS.mode,
    states: typeof states === 'boolean' ? states : DEFAULT_OPTIONS.states,
    maxOverhead:
      typeof maxOverhead === 'number'
        ? maxOverhead
        : DEFAULT_OPTIONS.maxOverhead,
    savePath:
      typeof savePath === 'string' ? savePath.trim() : DEFAULT_OPTIONS.savePath
  };
}

/** The line to put on top of a cell; options that change nothing are left out. */
export function magicLine(options: IMagicOptions): string {
  const words = [MAGIC];
  if (options.mode !== DEFAULT_OPTIONS.mode) {
    words.push('--mode', options.mode);
  }
  if (!options.states) {
    words.push('--no-states');
  }
  if (options.maxOverhead > 0) {
    words.push('--max-overhead', String(options.maxOverhead));
  }
  if (options.savePath !== '') {
    words.push('--save', quoted(options.savePath));
  }
  return words.join(' ');
}

/** A word as a shell reads it; the magic splits its line with Python's shlex, which has the same rules. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'"'"'`)}'`;
}
