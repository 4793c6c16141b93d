/** Where the kernel runs: which distribution, which kind of container, and who started it. */
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';

/** Programs that install packages. */
export type PackageManager =
  'apt' | 'dnf' | 'yum' | 'zypper' | 'pacman' | 'apk';

export type Container =
  'docker' | 'podman' | 'kubernetes' | 'apptainer' | 'other';

export interface Place {
  /** PRETTY_NAME of os-release(5). */
  distribution: string;
  packages?: PackageManager;
  /** Ubuntu's kernels bring a perf each; Debian has one for all. */
  ubuntu: boolean;
  /** The Linux of Windows (WSL 2), whose kernel no distribution has packages for. */
  wsl: boolean;
  /** Version of the traced Python as packages have it, `3.11`, if it is the distribution's own. */
  python?: string;
  /** Absent on a machine of one's own. */
  container?: Container;
  /** A JupyterHub started the server of this kernel. */
  hub: boolean;
  /** mybinder.org and its like: nobody there can change anything. */
  binder: boolean;
}

/** By ID and ID_LIKE of os-release(5). */
const MANAGERS: Record<string, PackageManager> = {
  debian: 'apt',
  ubuntu: 'apt',
  fedora: 'dnf',
  rhel: 'dnf',
  centos: 'dnf',
  amzn: 'dnf',
  suse: 'zypper',
  opensuse: 'zypper',
  'opensuse-leap': 'zypper',
  'opensuse-tumbleweed': 'zypper',
  sles: 'zypper',
  arch: 'pacman',
  archarm: 'pacman',
  alpine: 'apk'
};

/**
 * @param environment the variables of the kernel's process, which the bridge inherited
 * @param root for tests: the folder that stands for /
 * @param kernel version of the kernel
 */
export function readPlace(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  root = '',
  kernel = release()
): Place {
  const system = readRelease(root);
  const families = [
    system.get('ID') ?? '',
    ...(system.get('ID_LIKE') ?? '').split(' ')
  ];
  return {
    distribution: system.get('PRETTY_NAME') ?? 'Linux',
    packages: isAmazonLinux2(system)
      ? 'yum'
      : families
          .map(family => MANAGERS[family])
          .find(manager => manager !== undefined),
    ubuntu: families.includes('ubuntu'),
    wsl: /microsoft/i.test(kernel),
    container: findContainer(environment, root),
    // Set by JupyterHub for each server (jupyterhub/spawner.py, get_env); kernels inherit it.
    hub: environment.JUPYTERHUB_SERVICE_PREFIX !== undefined,
    binder: environment.BINDER_SERVICE_HOST !== undefined
  };
}

/** It has no dnf; Amazon Linux 2023 has. */
function isAmazonLinux2(system: ReadonlyMap<string, string>): boolean {
  return system.get('ID') === 'amzn' && system.get('VERSION_ID') === '2';
}

/**
 * The version that a distribution's packages of this Python have in their names.
 * @param program the file that runs
 * @param version `3.11.2`
 * @returns undefined if no distribution's package brought it
 */
export function packagedPython(
  program: string,
  version: string
): string | undefined {
  return /^\/usr\/(bin|libexec)\//.test(program)
    ? /^\d+\.\d+/.exec(version)?.[0]
    : undefined;
}

function readRelease(root: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = readText(root + path);
    if (text === undefined) {
      continue;
    }
    for (const line of text.split('\n')) {
      const match = /^([A-Z_]+)=(["']?)(.*)\2\s*$/.exec(line);
      if (match) {
        values.set(match[1], match[3]);
      }
    }
    break;
  }
  return values;
}

function findContainer(
  environment: Readonly<Record<string, string | undefined>>,
  root: string
): Container | undefined {
  // First, for it keeps the variables of what it was started in (apptainer.org, "Environment and Metadata").
  if (
    environment.APPTAINER_CONTAINER !== undefined ||
    environment.SINGULARITY_CONTAINER !== undefined ||
    existsSync(`${root}/.singularity.d`)
  ) {
    return 'apptainer';
  }
  if (
    environment.KUBERNETES_SERVICE_HOST !== undefined ||
    existsSync(`${root}/var/run/secrets/kubernetes.io`)
  ) {
    return 'kubernetes';
  }
  // Made by Docker, and by podman.
  if (existsSync(`${root}/.dockerenv`)) {
    return 'docker';
  }
  if (existsSync(`${root}/run/.containerenv`)) {
    return 'podman';
  }
  // systemd.io/CONTAINER_INTERFACE: the variable is the first process's, which keeps it in the file for others.
  const name =
    environment.container ??
    readText(`${root}/run/systemd/container`)?.trim() ??
    '';
  switch (name) {
    // WSL 2 is a virtual machine, but systemd counts it among containers.
    case '':
    case 'wsl':
      return undefined;
    case 'docker':
    case 'podman':
      return name;
    default:
      return 'other';
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
