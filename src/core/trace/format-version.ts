/** Versions of the bundle and of the trace file: as old as the run allows, so that older readers can show it. */
import { ThreadState } from '../threads/states';

/** Readers of this version know all states but on-cpu; whatever else is new, they may ignore. */
const PLAIN = 1;
/** Readers of this version know that state, too. */
const WITH_ON_CPU = 2;
/** Readers of this version know that a sampled run counts no waits. */
const WITH_SAMPLES = 3;

/** Readers take every version up to this one. */
export const NEWEST_VERSION = WITH_SAMPLES;

/**
 * @param states those that occur in the run
 * @param mode of its capture
 */
export function formatVersion(
  states: readonly ThreadState[],
  mode: string
): number {
  if (mode === 'sample') {
    return WITH_SAMPLES;
  }
  return states.includes(ThreadState.OnCpu) ? WITH_ON_CPU : PLAIN;
}
