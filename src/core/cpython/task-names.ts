/** Few names for many tasks: a program may name tasks without end, and each name makes stacks of its own. */
import { UNNAMED_TASK } from '../threads/result';

/** Names that differ in numbers only, and names in all; later ones share an entry. */
const MOST_ALIKE = 16;
const MOST_NAMES = 256;

/** UTF-16 code units of a name that are kept. */
const LONGEST = 100;

const UNNAMED = /^Task-\d+$/;
const NUMBERS = /\d+/g;

/** The name that tasks of too many different names share. */
const OTHERS = '…';

export class TaskNames {
  /**
   * The name under which a task is listed: its own; `fetch-…` if many are called alike; `…` if there are
   * too many names. Tasks that asyncio itself named are always UNNAMED_TASK.
   */
  shortOf(name: string): string {
    if (UNNAMED.test(name)) {
      return UNNAMED_TASK;
    }
    const own = name.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, '');
    if (this._names.has(own)) {
      return own;
    }
    const pattern = own.replace(NUMBERS, '…');
    const alike = this._patterns.get(pattern) ?? 0;
    if (alike < MOST_ALIKE && this._names.size < MOST_NAMES) {
      this._names.add(own);
      this._patterns.set(pattern, alike + 1);
      return own;
    }
    return alike > 0 ? pattern : OTHERS;
  }

  private readonly _names = new Set<string>();
  /** How many names of each pattern have an entry of their own. */
  private readonly _patterns = new Map<string, number>();
}
