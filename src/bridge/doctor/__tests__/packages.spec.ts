/** Names of packages and options of package managers, as their distributions have them. */
import type { Fix } from '../finding';
import type { Place } from '../place';
import { packageCommands } from '../remedies/packages';

const DEBIAN: Place = {
  distribution: 'Debian GNU/Linux 12 (bookworm)',
  packages: 'apt',
  ubuntu: false,
  wsl: false,
  hub: false,
  binder: false
};

function commands(fix: Fix, place: Partial<Place>): string[] {
  return packageCommands(new Set([fix]), { ...DEBIAN, ...place });
}

// Image builds: lists are absent (pacman), or kept for nothing (apk).
it.each([
  ['pacman', 'pacman -Syu --noconfirm perf'],
  ['apk', 'apk add --no-cache perf'],
  ['yum', 'yum install -y perf'],
  ['dnf', 'dnf install -y perf']
] as const)('installs perf in an image by %s', (packages, line) => {
  expect(commands('install-perf', { container: 'docker', packages })).toEqual([
    line
  ]);
});

// Ubuntu has no linux-tools-…-microsoft-standard-WSL2.
it.each([{ container: 'docker' }, { wsl: true }] as const)(
  'finds a perf for kernels that are not Ubuntu’s: %j',
  place => {
    expect(
      commands('install-matching-perf', { ...place, ubuntu: true })
    ).toEqual([
      'apt-get update',
      'apt-get install -y linux-tools-generic',
      'ln -sf "$(ls /usr/lib/linux-tools/*/perf | tail -n 1)" /usr/local/bin/perf'
    ]);
  }
);

// packages.debian.org/python3.11-dbg; dnf-plugins-core(8), debuginfo-install.
it('installs the symbols of the distribution’s own Python', () => {
  const fix = 'install-python-symbols';
  expect(commands(fix, { python: '3.11' })).toEqual([
    'apt-get update',
    'apt-get install -y python3.11-dbg'
  ]);
  expect(commands(fix, { packages: 'dnf', python: '3.12' })).toEqual([
    "dnf install -y 'dnf-command(debuginfo-install)'",
    'dnf debuginfo-install -y python3'
  ]);
  expect(commands(fix, { packages: 'pacman', python: '3.12' })).toEqual([]);
  expect(commands(fix, {})).toEqual([]);
});
