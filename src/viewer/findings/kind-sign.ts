/** How each kind of finding is marked: by a sign and a name, so that its colour is never the only sign. */
import type { FindingKind, OTHER_KIND } from '../../core/findings/finding';
import type { ITranslation } from '../translation';

/** Costs time; good to know; good as it is. */
export type Weight = 'harm' | 'note' | 'good';

export interface KindSign {
  readonly weight: Weight;
  readonly sign: string;
  readonly name: string;
}

const SIGNS: Readonly<Record<Weight, string>> = {
  harm: '▲',
  note: '●',
  good: '✓'
};

/** Undefined for a kind that only a later version knows. */
export function kindSign(
  kind: FindingKind,
  trans: ITranslation
): KindSign | undefined {
  const known = new Map<string, readonly [Weight, string]>(
    Object.entries(names(trans))
  ).get(kind);
  if (known === undefined) {
    return undefined;
  }
  const [weight, name] = known;
  return { weight, sign: SIGNS[weight], name };
}

function names(
  trans: ITranslation
): Record<Exclude<FindingKind, typeof OTHER_KIND>, readonly [Weight, string]> {
  return {
    scaling: ['note', trans.__('How far the threads scaled')],
    'gil-bound': ['harm', trans.__('Threads wait for the GIL')],
    'call-keeps-gil': ['harm', trans.__('A call keeps the GIL')],
    convoy: ['harm', trans.__('Convoy')],
    starvation: ['harm', trans.__('Starvation')],
    'priority-inversion': ['harm', trans.__('Priority inversion')],
    'few-cpus': ['harm', trans.__('Too few CPUs')],
    'busy-machine': ['harm', trans.__('Other programs had the CPUs')],
    oversubscription: ['harm', trans.__('Too many native threads')],
    spinning: ['note', trans.__('May be spinning')],
    lock: ['harm', trans.__('Threads wait for a lock')],
    queue: ['harm', trans.__('Threads wait for a queue')],
    serial: ['harm', trans.__('One thread alone had work')],
    'input-output': ['note', trans.__('Input and output')],
    sleep: ['note', trans.__('Sleep')],
    collector: ['harm', trans.__('Garbage collector')],
    parallel: ['good', trans.__('Runs in parallel')],
    fine: ['good', trans.__('Nothing to fix')]
  };
}
