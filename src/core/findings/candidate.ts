/** What one cause has to say of a run. */
import type { Nanoseconds } from '../units';
import type { FindingKind } from './finding';
import type { Sentence } from './sentence';

export interface Candidate {
  readonly kind: FindingKind;
  /** Time of the run that mending it would give back at most: what candidates are ranked by. */
  readonly gain: Nanoseconds;
  /** Where times are sampled: what part of that is certain, as far as 95 % intervals tell. Absent: all. */
  readonly sure?: number;
  readonly sentence: Sentence;
  readonly remedy?: string;
}
