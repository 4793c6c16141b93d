/** Remedies where a JupyterHub starts the containers: lines for the admin's jupyterhub_config.py. */
import type { Fix } from '../finding';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import {
  grantsFor,
  hasGrants,
  imageRemedy,
  ROOT_USER,
  securityOptions,
  TRACING,
  type ContainerGrants
} from './containers';
import { securityContext, VOLUME, VOLUME_MOUNT } from './kubernetes';
import type { Remedy } from './remedy';

/** For a hub whose servers run in pods or containers. */
export function hubRemedies(
  fixes: ReadonlySet<Fix>,
  place: Place,
  privileges: Privileges
): Remedy[] {
  const image = imageRemedy(fixes, place);
  const remedies = image === undefined ? [] : [image];
  const grants = grantsFor(fixes, privileges);
  if (hasGrants(grants)) {
    remedies.push({
      title:
        'For the hub’s admin, in jupyterhub_config.py (add to what is set there)',
      lines:
        place.container === 'kubernetes'
          ? kubeSpawner(grants)
          : dockerSpawner(grants)
    });
  }
  return remedies;
}

function kubeSpawner(grants: ContainerGrants): string[] {
  const context = securityContext(grants);
  delete context.runAsUser;
  return [
    ...(grants.root
      ? [
          'c.KubeSpawner.uid = 0',
          `c.KubeSpawner.environment = ${JSON.stringify(ROOT_USER)}`,
          'c.KubeSpawner.args = ["--allow-root"]'
        ]
      : []),
    ...(Object.keys(context).length > 0
      ? [
          `c.KubeSpawner.container_security_context = ${JSON.stringify(context)}`
        ]
      : []),
    ...(grants.tracing
      ? [
          `c.KubeSpawner.volumes = [${JSON.stringify(VOLUME)}]`,
          `c.KubeSpawner.volume_mounts = [${JSON.stringify(VOLUME_MOUNT)}]`
        ]
      : [])
  ];
}

function dockerSpawner(grants: ContainerGrants): string[] {
  const host = {
    ...(grants.capabilities.length > 0 ? { cap_add: grants.capabilities } : {}),
    ...(securityOptions(grants).length > 0
      ? { security_opt: securityOptions(grants) }
      : {})
  };
  return [
    ...(grants.root
      ? [
          'c.DockerSpawner.extra_create_kwargs = {"user": "root"}',
          `c.DockerSpawner.environment = ${JSON.stringify(ROOT_USER)}`,
          'c.DockerSpawner.args = ["--allow-root"]'
        ]
      : []),
    ...(Object.keys(host).length > 0
      ? [`c.DockerSpawner.extra_host_config = ${JSON.stringify(host)}`]
      : []),
    ...(grants.tracing
      ? [`c.DockerSpawner.volumes = ${JSON.stringify({ [TRACING]: TRACING })}`]
      : [])
  ];
}
