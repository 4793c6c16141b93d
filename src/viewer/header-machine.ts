/** What the run had of the machine: findings about CPUs and turns are read from it. */
import type { EnvironmentInfo } from '../core/trace/document';
import type { Fact } from './capture-facts';
import { formatDuration } from './format';
import type { ITranslation } from './translation';

/** CPUs, a quota of them, and how long a thread may keep the GIL when another one asks for it; what is not known is left out. */
export function machineFacts(
  {
    cpus_usable: cpus,
    cpu_quota: quota,
    switch_interval: interval
  }: EnvironmentInfo,
  trans: ITranslation
): Fact[] {
  return [
    ...(cpus === undefined
      ? []
      : [trans._n('%1 usable CPU', '%1 usable CPUs', cpus)]),
    ...(quota === undefined
      ? []
      : [
          trans._n(
            'quota of %1 CPU',
            'quota of %1 CPUs',
            Number(quota.toFixed(2))
          )
        ]),
    ...(interval === undefined
      ? []
      : [trans.__('switch interval %1', formatDuration(interval))])
  ].map(text => ({ text, warning: false }));
}
