/** From what is missing to the commands that bring it, for the place where the kernel runs. */
import type { Fix } from '../finding';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import { containerRemedies, hostRemedies } from './containers';
import { hubRemedies } from './jupyterhub';
import { kubernetesRemedies } from './kubernetes';
import { otherContainerRemedies } from './other-containers';
import { machineRemedies } from './machine';
import { lacksUnknownPackage } from './packages';
import type { Remedy } from './remedy';

export type { Remedy } from './remedy';

/** What no command brings: the reason says it all. */
const NO_COMMAND: Partial<Record<Fix, string>> = {
  'other-machine': 'Only another machine can do this',
  'other-kernel':
    'Only another kernel, or another configuration of it, can do this',
  'other-python': 'Run the notebook’s kernel with another Python',
  'install-python-symbols':
    'Run the notebook’s kernel with a Python that keeps its symbols, for example one that pyenv built; or install the debug symbols of this one',
  'same-user': 'Run the notebook’s kernel and its tracer as one user',
  'restart-machine':
    'kernel.yama.ptrace_scope can’t be lowered from 3: set 1 where it is set (/etc/sysctl.d), and start the machine again',
  'open-process':
    'The process keeps its memory closed even to its own user: start Python without what closes it (prctl PR_SET_DUMPABLE, a setuid program or one with file capabilities, a program file that may not be read)',
  'same-rights':
    'Start the notebook’s kernel without capabilities that its tracer does not get; if it has none, a security module (SELinux, AppArmor) keeps the two apart',
  'free-debug-register': 'End the debugger that uses the debug registers'
};

/** @param fixes what lifts the rung, in any order */
export function remediesFor(
  fixes: readonly Fix[],
  place: Place,
  privileges: Privileges
): Remedy[] {
  const wanted = new Set(fixes);
  const words = fixes
    .map(fix => NO_COMMAND[fix])
    .filter(title => title !== undefined);
  if (lacksUnknownPackage(wanted, place)) {
    words.unshift(
      'Install perf with this distribution’s package manager; its package is called perf, linux-perf or linux-tools'
    );
  }
  return [
    ...words.map(title => ({ title, lines: [] })),
    ...remediesOf(wanted, place, privileges)
  ];
}

function remediesOf(
  fixes: ReadonlySet<Fix>,
  place: Place,
  privileges: Privileges
): Remedy[] {
  if (place.binder) {
    return [
      {
        title:
          'On Binder nobody can be given more: run the notebook on a machine of your own',
        lines: []
      }
    ];
  }
  if (place.container === undefined) {
    return machineRemedies(fixes, place, privileges);
  }
  if (place.container === 'apptainer' || place.container === 'other') {
    return otherContainerRemedies(fixes, place, privileges);
  }
  const starter = place.hub
    ? hubRemedies
    : place.container === 'kubernetes'
      ? kubernetesRemedies
      : containerRemedies;
  return [
    ...hostRemedies(fixes, privileges),
    ...starter(fixes, place, privileges)
  ];
}
