import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packagedPython, readPlace } from '../place';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giltracer-place-'));
});

afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe('readPlace', () => {
  it('knows nothing of an empty machine, and guesses nothing', () => {
    expect(readPlace({}, root, '6.1.0-18-amd64')).toEqual({
      distribution: 'Linux',
      packages: undefined,
      ubuntu: false,
      wsl: false,
      container: undefined,
      hub: false,
      binder: false
    });
  });

  // The files as the images of these systems have them.
  it.each([
    ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian', 'apt', false],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian', 'apt', true],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'dnf', false],
    ['ID=fedora', 'dnf', false],
    ['ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"', 'dnf', false],
    ['ID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"', 'yum', false],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'zypper', false],
    ['ID=arch', 'pacman', false],
    ['ID=alpine', 'apk', false],
    ['ID=nixos', undefined, false]
  ])('%j', (release, packages, ubuntu) => {
    write('etc/os-release', release);
    expect(readPlace({}, root)).toMatchObject({ packages, ubuntu });
  });

  it('tells containers by what their makers leave in them', () => {
    write('.dockerenv');
    expect(readPlace({}, root).container).toBe('docker');
    expect(
      readPlace({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, root).container
    ).toBe('kubernetes');
    rmSync(join(root, '.dockerenv'));
    expect(readPlace({ container: 'podman' }, root).container).toBe('podman');
    expect(readPlace({ container: 'lxc' }, root).container).toBe('other');
    write('run/.containerenv');
    expect(readPlace({}, root).container).toBe('podman');
  });

  // systemd.io/CONTAINER_INTERFACE; systemd's detect_container has WSL among them (src/basic/virt.c).
  it.each([
    ['lxc', 'other'],
    ['systemd-nspawn', 'other'],
    ['podman', 'podman'],
    ['docker', 'docker'],
    ['wsl', undefined]
  ])('takes what systemd keeps: %s', (name, container) => {
    write('run/systemd/container', `${name}\n`);
    expect(readPlace({}, root).container).toBe(container);
  });

  it('knows Apptainer inside of other containers', () => {
    write('.dockerenv');
    for (const name of ['APPTAINER_CONTAINER', 'SINGULARITY_CONTAINER']) {
      expect(readPlace({ [name]: '/x.sif' }, root).container).toBe('apptainer');
    }
    write('.singularity.d/env/90-environment.sh');
    expect(readPlace({}, root).container).toBe('apptainer');
  });

  it.each([
    ['5.15.167.4-microsoft-standard-WSL2', true],
    ['6.8.0-45-generic', false]
  ])('tells whose kernel %s is', (kernel, wsl) => {
    expect(readPlace({}, root, kernel).wsl).toBe(wsl);
  });

  it.each([
    ['/usr/bin/python3.11', '3.11'],
    ['/usr/libexec/platform-python3.6', '3.11'],
    ['/usr/local/bin/python3.11', undefined],
    ['/opt/conda/bin/python3.11', undefined]
  ])('tells whether a package brought %s', (program, version) => {
    expect(packagedPython(program, '3.11.2')).toBe(version);
  });

  it('tells who started the server', () => {
    expect(
      readPlace({ JUPYTERHUB_SERVICE_PREFIX: '/user/x/' }, root)
    ).toMatchObject({ hub: true, binder: false });
    expect(readPlace({ BINDER_SERVICE_HOST: '10.0.0.2' }, root)).toMatchObject({
      binder: true
    });
  });
});
