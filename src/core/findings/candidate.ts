/** What one cause has to say of a run. */
import type { Nanoseconds } from '../units';
import type { FindingKind } from './finding';
import type { Sentence } from './sentence';

export interface Candidate {
  readonly kind: FindingKind;
  /** Time of the run that mending it would give back at most: what candidates are ranked by. */
  readonly gain: Nanoseconds;
  readonly sentence: Sentence;
  readonly remedy?: string;
}
