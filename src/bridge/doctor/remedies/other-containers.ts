/** Remedies in containers whose maker has no command that is known here (LXC, systemd-nspawn), or can give nothing (Apptainer). */
import type { Fix } from '../finding';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import { grantsFor, hasGrants, hostRemedies } from './containers';
import { packageCommands } from './packages';
import type { Remedy } from './remedy';

export function otherContainerRemedies(
  fixes: ReadonlySet<Fix>,
  place: Place,
  privileges: Privileges
): Remedy[] {
  const packages = packageCommands(fixes, place);
  return [
    ...hostRemedies(fixes, privileges),
    ...(packages.length === 0
      ? []
      : [{ title: 'In the container’s image, as root', lines: packages }]),
    ...(hasGrants(grantsFor(fixes, privileges))
      ? [
          place.container === 'apptainer'
            ? OUTSIDE_OF_APPTAINER
            : WHOEVER_RUNS_IT
        ]
      : [])
  ];
}

/** Its programs have no more rights than the user who starts it (apptainer.org, "Security in Apptainer"). */
const OUTSIDE_OF_APPTAINER: Remedy = {
  title:
    'Apptainer gives a program no more rights than its user has: run the notebook outside of it, or in Docker or podman',
  lines: []
};

const WHOEVER_RUNS_IT: Remedy = {
  title:
    'Whoever runs this container must give it what the reasons name; how, depends on its maker (LXC, systemd-nspawn …)',
  lines: []
};
