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
    scaling: ['note', trans.__('Scaling')],
    'gil-bound': ['harm', trans.__('GIL contention')],
    'call-keeps-gil': ['harm', trans.__('A call keeps the GIL')],
    convoy: ['harm', trans.__('Convoy')],
    starvation: ['harm', trans.__('Starvation')],
    'priority-inversion': ['harm', trans.__('Priority inversion')],
    'few-cpus': ['harm', trans.__('Few CPUs')],
    'busy-machine': ['harm', trans.__('Busy machine')],
    oversubscription: ['harm', trans.__('Oversubscription')],
    spinning: ['note', trans.__('May be spinning')],
    lock: ['harm', trans.__('Lock')],
    queue: ['harm', trans.__('Queue')],
    serial: ['harm', trans.__('Serial stretch')],
    'input-output': ['note', trans.__('Input and output')],
    sleep: ['note', trans.__('Sleep')],
    collector: ['harm', trans.__('Garbage collector')],
    parallel: ['good', trans.__('Parallel')],
    fine: ['good', trans.__('Nothing to fix')]
  };
}
