/** Commands that install packages, as root and without a prefix such as sudo. */
import type { Fix } from '../finding';
import type { PackageManager, Place } from '../place';

const INSTALL: Record<PackageManager, string> = {
  apt: 'apt-get install -y',
  dnf: 'dnf install -y',
  zypper: 'zypper --non-interactive install',
  pacman: 'pacman -S --noconfirm',
  apk: 'apk add'
};

/** Debian names it after the kernel that it comes with; it runs on any. */
const PERF: Record<PackageManager, string> = {
  apt: 'linux-perf',
  dnf: 'perf',
  zypper: 'perf',
  pacman: 'perf',
  apk: 'perf'
};

/** Ubuntu's /usr/bin/perf starts the one that was built for the running kernel. */
const UBUNTU_PERF = 'linux-tools-common linux-tools-$(uname -r)';

/** In a container the running kernel is the host's, for which the image may have no package: any perf will do. */
const UBUNTU_PERF_IN_CONTAINER = [
  'apt-get install -y linux-tools-generic',
  'ln -sf "$(ls /usr/lib/linux-tools/*/perf | tail -n 1)" /usr/local/bin/perf'
];

/** What of the fixes packages bring; empty if none does, or the package manager is not known. */
export function packageCommands(
  fixes: ReadonlySet<Fix>,
  { packages, ubuntu, container }: Place
): string[] {
  if (packages === undefined) {
    return [];
  }
  const commands: string[] = [];
  if (
    fixes.has('install-perf') ||
    fixes.has('install-matching-perf') ||
    fixes.has('install-complete-perf')
  ) {
    if (ubuntu && container !== undefined) {
      commands.push(...UBUNTU_PERF_IN_CONTAINER);
    } else {
      const name = ubuntu ? UBUNTU_PERF : PERF[packages];
      commands.push(`${INSTALL[packages]} ${name}`);
    }
  }
  if (commands.length > 0 && packages === 'apt') {
    commands.unshift('apt-get update');
  }
  return commands;
}
