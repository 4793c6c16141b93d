/** Remedies in a container: whoever starts it gives it more. */
import type { Fix } from '../finding';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import { packageCommands } from './packages';
import type { Remedy } from './remedy';
import { yamaCommand } from './yama';

/** Where tracefs is mounted, in the container as on the host. */
export const TRACING = '/sys/kernel/tracing';

/**
 * Where it runs as root: the images of Jupyter (docker-stacks) go on as the user that these name, jovyan if they are
 * not there (start.sh).
 */
export const ROOT_USER = { NB_USER: 'root', NB_UID: '0', NB_GID: '0' } as const;

/** What a container needs to be given. */
export interface ContainerGrants {
  /** The kernel must run as root, for tracefs belongs to root. */
  root: boolean;
  capabilities: string[];
  /** The host's tracefs. */
  tracing: boolean;
  seccomp: boolean;
  confinement: Privileges['confinement'];
  /** Root in the container must be root of the machine. */
  ownNamespace: boolean;
}

export function grantsFor(
  fixes: ReadonlySet<Fix>,
  { uid, confinement }: Privileges
): ContainerGrants {
  const tracing =
    fixes.has('mount-tracefs') ||
    fixes.has('open-tracefs') ||
    fixes.has('write-tracefs');
  return {
    // Capabilities of a container are its root's: an ordinary user in it has none.
    root: uid !== 0 && (tracing || fixes.has('grant-perfmon')),
    capabilities: [
      ...(fixes.has('grant-perfmon') ? ['PERFMON'] : []),
      ...(fixes.has('grant-ipc-lock') ? ['IPC_LOCK'] : []),
      // For root only: an ordinary user in it would not have it.
      ...(uid === 0 && (fixes.has('same-user') || fixes.has('relax-yama'))
        ? ['SYS_PTRACE']
        : [])
    ],
    tracing,
    seccomp: fixes.has('lift-seccomp'),
    // Docker's profile denies writing below /sys (moby: profiles/apparmor/template.go); SELinux's container_t as well.
    confinement: tracing ? confinement : undefined,
    ownNamespace: fixes.has('leave-user-namespace')
  };
}

/** Whether something must be given at all. */
export function hasGrants(grants: ContainerGrants): boolean {
  const { root, capabilities, tracing, seccomp, ownNamespace } = grants;
  return root || capabilities.length > 0 || tracing || seccomp || ownNamespace;
}

/** Values of --security-opt that lift what forbids. */
export function securityOptions(grants: ContainerGrants): string[] {
  return [
    ...(grants.seccomp ? ['seccomp=unconfined'] : []),
    ...(grants.confinement?.module === 'AppArmor'
      ? ['apparmor=unconfined']
      : []),
    ...(grants.confinement?.module === 'SELinux' ? ['label=disable'] : [])
  ];
}

/** What the image lacks. */
export function imageRemedy(
  fixes: ReadonlySet<Fix>,
  place: Place
): Remedy | undefined {
  const commands = packageCommands(fixes, place);
  return commands.length === 0
    ? undefined
    : {
        title: 'In the image (its Dockerfile, as USER root)',
        lines: [`RUN ${commands.join(' && ')}`]
      };
}

/** Settings of the machine's kernel, which no container can change. */
export function hostRemedies(
  fixes: ReadonlySet<Fix>,
  privileges: Privileges
): Remedy[] {
  const lines = [
    ...(fixes.has('lower-paranoid')
      ? ['sysctl kernel.perf_event_paranoid=2']
      : []),
    // Root gets by with a capability.
    ...(fixes.has('relax-yama') && privileges.uid !== 0
      ? [yamaCommand(privileges)]
      : [])
  ];
  return lines.length === 0 ? [] : [{ title: 'On the host, as root', lines }];
}

export function containerRemedies(
  fixes: ReadonlySet<Fix>,
  place: Place,
  privileges: Privileges
): Remedy[] {
  const image = imageRemedy(fixes, place);
  const remedies = image === undefined ? [] : [image];
  const wanted = new Set(fixes);
  const { capabilities, initial_user_namespace, confinement } = privileges;
  if (
    wanted.has('mount-tracefs') &&
    capabilities.includes('CAP_SYS_ADMIN') &&
    initial_user_namespace &&
    // Both forbid it to a container that was given the capability alone (moby: profiles/apparmor/template.go).
    confinement === undefined
  ) {
    // A privileged container: it may do so itself.
    remedies.push({
      title: 'In this container, now',
      lines: [`mount -t tracefs nodev ${TRACING}`]
    });
    wanted.delete('mount-tracefs');
  }
  const grants = grantsFor(wanted, privileges);
  if (hasGrants(grants)) {
    remedies.push(runRemedy(grants, place.container === 'podman'));
  }
  return remedies;
}

function runRemedy(grants: ContainerGrants, podman: boolean): Remedy {
  const options = [
    ...(grants.root
      ? [
          '--user root',
          ...Object.entries(ROOT_USER).map(pair => `-e ${pair.join('=')}`)
        ]
      : []),
    ...grants.capabilities.map(name => `--cap-add ${name}`),
    ...securityOptions(grants).map(option => `--security-opt ${option}`),
    ...(grants.tracing ? [`-v ${TRACING}:${TRACING}`] : [])
  ];
  const run = podman
    ? `${grants.ownNamespace ? 'sudo ' : ''}podman run`
    : 'docker run';
  const command = grants.root || grants.ownNamespace ? ' … --allow-root' : '';
  return {
    title: grants.ownNamespace
      ? `On the host, start the container again as root${podman ? '' : ', by a Docker that is not rootless'} (IMAGE and the rest as before)`
      : 'On the host, start the container again (IMAGE and the rest as before)',
    lines: [`${[run, ...options, 'IMAGE'].join(' ')}${command}`]
  };
}
