/** Remedies in a Kubernetes pod. */
import type { Fix } from '../finding';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import {
  grantsFor,
  hasGrants,
  imageRemedy,
  ROOT_USER,
  TRACING,
  type ContainerGrants
} from './containers';
import type { Remedy } from './remedy';

/** The fields of a container's securityContext (Kubernetes API, core/v1 SecurityContext). */
export function securityContext(
  grants: ContainerGrants
): Record<string, unknown> {
  return {
    ...(grants.root ? { runAsUser: 0 } : {}),
    ...(grants.capabilities.length > 0
      ? { capabilities: { add: grants.capabilities } }
      : {}),
    ...(grants.seccomp ? { seccompProfile: { type: 'Unconfined' } } : {}),
    ...(grants.confinement?.module === 'AppArmor'
      ? { appArmorProfile: { type: 'Unconfined' } }
      : {}),
    ...(grants.confinement?.module === 'SELinux'
      ? { seLinuxOptions: { type: 'spc_t' } }
      : {})
  };
}

/** As a container's `env` takes them. */
function rootVariables(): { name: string; value: string }[] {
  return Object.entries(ROOT_USER).map(([name, value]) => ({ name, value }));
}

export const VOLUME = { name: 'tracing', hostPath: { path: TRACING } };
export const VOLUME_MOUNT = { name: 'tracing', mountPath: TRACING };

export function kubernetesRemedies(
  fixes: ReadonlySet<Fix>,
  place: Place,
  privileges: Privileges
): Remedy[] {
  const image = imageRemedy(fixes, place);
  const remedies = image === undefined ? [] : [image];
  const grants = grantsFor(fixes, privileges);
  if (hasGrants(grants)) {
    const context = Object.entries(securityContext(grants));
    remedies.push({
      title: `In the pod's specification${grants.root ? ' (and start Jupyter with --allow-root)' : ''}`,
      // YAML takes JSON for values.
      lines: [
        'spec:',
        '  containers:',
        '  - name: …',
        ...(grants.root ? [`    env: ${JSON.stringify(rootVariables())}`] : []),
        ...(context.length > 0 ? ['    securityContext:'] : []),
        ...context.map(
          ([key, value]) => `      ${key}: ${JSON.stringify(value)}`
        ),
        ...(grants.tracing
          ? [
              `    volumeMounts: [${JSON.stringify(VOLUME_MOUNT)}]`,
              `  volumes: [${JSON.stringify(VOLUME)}]`
            ]
          : [])
      ]
    });
  }
  return remedies;
}
