/** What a figure rests on, in sentences for its reader. */
import type { Change } from '../what-if';

export interface AssumptionFacts {
  readonly mode: string;
  readonly cpus: number;
  /** How far the replay of the unchanged run was off, as a part of it. */
  readonly error: number;
  /** One of so many spans was replayed. */
  readonly every: number;
}

export function assumptionsOf(
  change: Change,
  { mode, cpus, error, every }: AssumptionFacts
): string[] {
  const percent = Math.max(1, Math.round(Math.abs(error) * 100));
  return [
    `The recorded work (rung "${mode}") was replayed on ${count(cpus, 'CPU')}; the replay of the unchanged run was off by ${percent} %.`,
    ...ofChange(change),
    'Threads wait for each other in the recorded order: who started whom, who ended, who released which lock.',
    ...(every > 1
      ? [`Only one of ${every} parts of the run was replayed, to save time.`]
      : [])
  ];
}

function ofChange(change: Change): string[] {
  switch (change.kind) {
    case 'release':
      return [
        'The line takes as long without the GIL as with it, and nothing else needs to change for that.',
        'How long the line held the GIL is sampled.'
      ];
    case 'switch-interval':
      return [
        'Calls that did not let go of the GIL in the recording are not shortened by another interval.'
      ];
    case 'threads':
      return [
        'The threads did alike work; the same work is split evenly among the new number, and starts with the first one.'
      ];
    case 'no-gil':
      return [
        'Upper limit of what can be gained: ignores memory bandwidth and shared objects, and that a free-threaded Python is slower by itself.'
      ];
  }
}

function count(number: number, what: string): string {
  const rounded = Math.round(number * 10) / 10;
  return `${rounded} ${what}${rounded === 1 ? '' : 's'}`;
}
