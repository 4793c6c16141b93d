/** Commands that install packages, as root and without a prefix such as sudo. */
import type { Fix } from '../finding';
import type { PackageManager, Place } from '../place';

const INSTALL: Record<PackageManager, string> = {
  apt: 'apt-get install -y',
  dnf: 'dnf install -y',
  yum: 'yum install -y',
  zypper: 'zypper --non-interactive install',
  pacman: 'pacman -S --noconfirm',
  apk: 'apk add'
};

/** Images have no lists of packages, or old ones. */
const INSTALL_IN_IMAGE: Partial<Record<PackageManager, string>> = {
  pacman: 'pacman -Syu --noconfirm',
  apk: 'apk add --no-cache'
};

/** Debian names it after the kernel that it comes with; it runs on any. */
const PERF: Record<PackageManager, string> = {
  apt: 'linux-perf',
  dnf: 'perf',
  yum: 'perf',
  zypper: 'perf',
  pacman: 'perf',
  apk: 'perf'
};

/** Ubuntu's /usr/bin/perf starts the one that was built for the running kernel. */
const UBUNTU_PERF = 'linux-tools-common linux-tools-$(uname -r)';

/** Where the running kernel is not Ubuntu's (the host's of a container, WSL's) there is no package for it: any perf will do. */
const UBUNTU_PERF_OF_ANY_KERNEL = [
  'apt-get install -y linux-tools-generic',
  'ln -sf "$(ls /usr/lib/linux-tools/*/perf | tail -n 1)" /usr/local/bin/perf'
];

const PERF_FIXES: readonly Fix[] = [
  'install-perf',
  'install-matching-perf',
  'install-complete-perf'
];

/** What of the fixes packages bring; empty if none does, or the package manager is not known. */
export function packageCommands(
  fixes: ReadonlySet<Fix>,
  place: Place
): string[] {
  const { packages } = place;
  if (packages === undefined) {
    return [];
  }
  const commands = [
    ...(lacksPerf(fixes) ? perfCommands(packages, place) : []),
    ...(fixes.has('install-python-symbols')
      ? symbolCommands(packages, place)
      : [])
  ];
  return commands.length > 0 && packages === 'apt'
    ? ['apt-get update', ...commands]
    : commands;
}

/** Whether a package is missing that no command is known for. */
export function lacksUnknownPackage(
  fixes: ReadonlySet<Fix>,
  { packages }: Place
): boolean {
  return packages === undefined && lacksPerf(fixes);
}

function lacksPerf(fixes: ReadonlySet<Fix>): boolean {
  return PERF_FIXES.some(fix => fixes.has(fix));
}

function perfCommands(
  packages: PackageManager,
  { ubuntu, container, wsl }: Place
): string[] {
  if (ubuntu && (container !== undefined || wsl)) {
    return UBUNTU_PERF_OF_ANY_KERNEL;
  }
  const install =
    (container === undefined ? undefined : INSTALL_IN_IMAGE[packages]) ??
    INSTALL[packages];
  return [`${install} ${ubuntu ? UBUNTU_PERF : PERF[packages]}`];
}

/** The debug symbols of the distribution's own Python. */
function symbolCommands(packages: PackageManager, { python }: Place): string[] {
  if (python === undefined) {
    return [];
  }
  switch (packages) {
    case 'apt':
      return [`apt-get install -y python${python}-dbg`];
    case 'dnf':
      // From its plug-ins; it enables the repositories of debug packages itself.
      return [
        "dnf install -y 'dnf-command(debuginfo-install)'",
        'dnf debuginfo-install -y python3'
      ];
    default:
      return [];
  }
}
