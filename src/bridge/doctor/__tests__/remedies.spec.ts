/**
 * Texts to paste, compared with what the programs take: docker-run(1) and podman-run(1), the fields of Kubernetes'
 * SecurityContext (core/v1), the options of KubeSpawner, DockerSpawner and SystemdSpawner in their documentation, the
 * variables with which docker-stacks' start.sh lets root be.
 */
import type { Fix } from '../finding';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import { remediesFor } from '../remedies/remedies';

const DEBIAN: Place = {
  distribution: 'Debian GNU/Linux 12 (bookworm)',
  packages: 'apt',
  ubuntu: false,
  wsl: false,
  hub: false,
  binder: false
};

const ORDINARY: Privileges = {
  uid: 1000,
  capabilities: [],
  seccomp: 0,
  no_new_privileges: false,
  initial_user_namespace: true
};
const ROOT: Privileges = { ...ORDINARY, uid: 0 };

const RIGHTS: Fix[] = ['open-tracefs', 'grant-perfmon', 'grant-ipc-lock'];

function pasted(
  fixes: readonly Fix[],
  place: Partial<Place>,
  privileges: Privileges = ORDINARY
): string[] {
  return remediesFor(fixes, { ...DEBIAN, ...place }, privileges).flatMap(
    ({ lines }) => lines
  );
}

describe('on a machine of one’s own', () => {
  it('installs perf by the package manager that is there', () => {
    expect(pasted(['install-perf'], {}, ROOT)).toEqual([
      'apt-get update',
      'apt-get install -y linux-perf'
    ]);
    expect(pasted(['install-perf'], { packages: 'dnf' })).toEqual([
      'sudo dnf install -y perf'
    ]);
    expect(
      pasted(['install-matching-perf'], { ubuntu: true }, ROOT).at(-1)
    ).toBe('apt-get install -y linux-tools-common linux-tools-$(uname -r)');
  });

  it('has no command where the package manager is not known', () => {
    const place = { ...DEBIAN, packages: undefined };
    for (const container of [undefined, 'docker', 'other'] as const) {
      const [remedy, ...more] = remediesFor(
        ['install-perf'],
        { ...place, container },
        ORDINARY
      );
      expect(remedy.title).toContain('Install perf');
      expect([...remedy.lines, ...more]).toEqual([]);
    }
  });

  it('mounts tracefs, and then needs an administrator or root', () => {
    expect(pasted(['mount-tracefs', ...RIGHTS], {})).toEqual([
      'sudo mount -t tracefs nodev /sys/kernel/tracing',
      'sudo "$(command -v giltracer)" setup --user "$USER"',
      'sudo -E env "PATH=$PATH" jupyter lab --allow-root'
    ]);
  });

  it('changes one setting of the kernel where that is all', () => {
    expect(pasted(['lower-paranoid'], {})).toEqual([
      'sudo sysctl kernel.perf_event_paranoid=2'
    ]);
  });

  // Documentation/admin-guide/LSM/Yama.rst: at 1 a level of 1 changes nothing, and 3 can't be lowered.
  it('lowers Yama’s level, where that can be done', () => {
    const yama = (level: number): Privileges => ({ ...ORDINARY, yama: level });
    expect(pasted(['relax-yama'], {}, yama(2))).toEqual([
      'sudo sysctl kernel.yama.ptrace_scope=1'
    ]);
    expect(pasted(['relax-yama'], {}, yama(1))).toEqual([
      'sudo sysctl kernel.yama.ptrace_scope=0'
    ]);
    const [remedy, ...more] = remediesFor(['restart-machine'], DEBIAN, yama(3));
    expect(remedy.title).toContain('start the machine again');
    expect([...remedy.lines, ...more]).toEqual([]);
  });

  // systemd.exec(5): where there was no such line, one with a single call forbids all others.
  it('has no line to paste into a service that may have no filter', () => {
    const [remedy, ...more] = remediesFor(['lift-seccomp'], DEBIAN, ROOT);
    expect(remedy.title).toContain('has a `SystemCallFilter=` line');
    expect(remedy.lines).toEqual([]);
    expect(more).toEqual([]);
  });

  it('has users of a hub set up, or gives them capabilities by systemd', () => {
    expect(
      pasted(RIGHTS, { hub: true }, { ...ORDINARY, user: 'alice' })
    ).toEqual([
      'sudo "$(command -v giltracer)" setup --user alice',
      'c.SystemdSpawner.unit_extra_properties = {"AmbientCapabilities": "CAP_PERFMON CAP_IPC_LOCK CAP_DAC_OVERRIDE"}'
    ]);
  });
});

describe('in Docker and podman', () => {
  it('starts the container with what is missing, and no more', () => {
    expect(pasted(['grant-ipc-lock'], { container: 'docker' }, ROOT)).toEqual([
      'docker run --cap-add IPC_LOCK IMAGE'
    ]);
    expect(pasted(['lift-seccomp'], { container: 'docker' }, ROOT)).toEqual([
      'docker run --security-opt seccomp=unconfined IMAGE'
    ]);
  });

  it('gives an ordinary user of a default container all of it', () => {
    const privileges: Privileges = {
      ...ORDINARY,
      seccomp: 2,
      confinement: { module: 'AppArmor', name: 'docker-default' }
    };
    const fixes: Fix[] = [
      'install-perf',
      'mount-tracefs',
      ...RIGHTS,
      'lift-seccomp'
    ];
    expect(pasted(fixes, { container: 'docker' }, privileges)).toEqual([
      'RUN apt-get update && apt-get install -y linux-perf',
      'docker run --user root -e NB_USER=root -e NB_UID=0 -e NB_GID=0 --cap-add PERFMON --cap-add IPC_LOCK --security-opt seccomp=unconfined --security-opt apparmor=unconfined -v /sys/kernel/tracing:/sys/kernel/tracing IMAGE … --allow-root'
    ]);
  });

  it('changes a setting of the kernel on the host, where containers can’t', () => {
    expect(pasted(['lower-paranoid'], { container: 'docker' })).toEqual([
      'sysctl kernel.perf_event_paranoid=2'
    ]);
  });

  // capabilities(7): an ordinary user's program gets none of the container's.
  it('gives the capability for other processes’ memory to root only', () => {
    const docker = { container: 'docker' } as const;
    expect(pasted(['relax-yama'], docker, { ...ORDINARY, yama: 2 })).toEqual([
      'sysctl kernel.yama.ptrace_scope=1'
    ]);
    expect(pasted(['relax-yama'], docker, { ...ROOT, yama: 2 })).toEqual([
      'docker run --cap-add SYS_PTRACE IMAGE'
    ]);
    expect(pasted(['same-user'], docker)).toEqual([]);
  });

  it('mounts tracefs in a privileged container, which may', () => {
    expect(
      pasted(
        ['mount-tracefs'],
        { container: 'docker' },
        { ...ROOT, capabilities: ['CAP_SYS_ADMIN', 'CAP_PERFMON'] }
      )
    ).toEqual(['mount -t tracefs nodev /sys/kernel/tracing']);
  });

  it('has what else is missing beside a mount that works at once', () => {
    expect(
      pasted(
        ['mount-tracefs', 'grant-ipc-lock', 'lift-seccomp'],
        { container: 'docker' },
        { ...ROOT, seccomp: 2, capabilities: ['CAP_SYS_ADMIN', 'CAP_PERFMON'] }
      )
    ).toEqual([
      'mount -t tracefs nodev /sys/kernel/tracing',
      'docker run --cap-add IPC_LOCK --security-opt seccomp=unconfined IMAGE'
    ]);
  });

  // moby's profiles/apparmor/template.go: "deny mount".
  it('mounts nothing where AppArmor refuses', () => {
    expect(
      pasted(
        ['mount-tracefs'],
        { container: 'docker' },
        {
          ...ROOT,
          capabilities: ['CAP_SYS_ADMIN'],
          confinement: { module: 'AppArmor', name: 'docker-default' }
        }
      )
    ).toEqual([
      'docker run --security-opt apparmor=unconfined -v /sys/kernel/tracing:/sys/kernel/tracing IMAGE'
    ]);
  });

  it('has no docker command for containers of other makers', () => {
    const fixes: Fix[] = ['mount-tracefs', ...RIGHTS, 'lower-paranoid'];
    for (const container of ['other', 'apptainer'] as const) {
      for (const hub of [false, true]) {
        expect(pasted(fixes, { container, hub })).toEqual([
          'sysctl kernel.perf_event_paranoid=2'
        ]);
      }
    }
    const titles = remediesFor(
      RIGHTS,
      { ...DEBIAN, container: 'apptainer' },
      ORDINARY
    ).map(({ title }) => title);
    expect(titles).toEqual([expect.stringContaining('outside of it')]);
  });

  it('starts a rootless podman as root, and lifts SELinux’s label', () => {
    expect(
      pasted(
        ['leave-user-namespace', 'grant-perfmon', 'open-tracefs'],
        { container: 'podman' },
        {
          ...ROOT,
          initial_user_namespace: false,
          confinement: { module: 'SELinux', name: 'container_t' }
        }
      )
    ).toEqual([
      'sudo podman run --cap-add PERFMON --security-opt label=disable -v /sys/kernel/tracing:/sys/kernel/tracing IMAGE … --allow-root'
    ]);
  });
});

describe('in Kubernetes', () => {
  const place: Partial<Place> = { container: 'kubernetes' };

  it('gives a pod a security context and the host’s tracefs', () => {
    expect(pasted(['mount-tracefs', ...RIGHTS], place)).toEqual([
      'spec:',
      '  containers:',
      '  - name: …',
      '    env: [{"name":"NB_USER","value":"root"},{"name":"NB_UID","value":"0"},{"name":"NB_GID","value":"0"}]',
      '    securityContext:',
      '      runAsUser: 0',
      '      capabilities: {"add":["PERFMON","IPC_LOCK"]}',
      '    volumeMounts: [{"name":"tracing","mountPath":"/sys/kernel/tracing"}]',
      '  volumes: [{"name":"tracing","hostPath":{"path":"/sys/kernel/tracing"}}]'
    ]);
  });

  it('tells the admin of a hub what KubeSpawner takes', () => {
    const privileges: Privileges = { ...ORDINARY, seccomp: 2 };
    expect(
      pasted([...RIGHTS, 'lift-seccomp'], { ...place, hub: true }, privileges)
    ).toEqual([
      'c.KubeSpawner.uid = 0',
      'c.KubeSpawner.environment = {"NB_USER":"root","NB_UID":"0","NB_GID":"0"}',
      'c.KubeSpawner.args = ["--allow-root"]',
      'c.KubeSpawner.container_security_context = {"capabilities":{"add":["PERFMON","IPC_LOCK"]},"seccompProfile":{"type":"Unconfined"}}',
      'c.KubeSpawner.volumes = [{"name":"tracing","hostPath":{"path":"/sys/kernel/tracing"}}]',
      'c.KubeSpawner.volume_mounts = [{"name":"tracing","mountPath":"/sys/kernel/tracing"}]'
    ]);
  });

  it('tells the admin of a hub what DockerSpawner takes', () => {
    expect(pasted(RIGHTS, { container: 'docker', hub: true })).toEqual([
      'c.DockerSpawner.extra_create_kwargs = {"user": "root"}',
      'c.DockerSpawner.environment = {"NB_USER":"root","NB_UID":"0","NB_GID":"0"}',
      'c.DockerSpawner.args = ["--allow-root"]',
      'c.DockerSpawner.extra_host_config = {"cap_add":["PERFMON","IPC_LOCK"]}',
      'c.DockerSpawner.volumes = {"/sys/kernel/tracing":"/sys/kernel/tracing"}'
    ]);
  });
});

describe('where no command helps', () => {
  it('says what would', () => {
    const [remedy] = remediesFor(['other-python'], DEBIAN, ROOT);
    expect(remedy).toEqual({
      title: 'Run the notebook’s kernel with another Python',
      lines: []
    });
  });

  it('offers nothing on Binder that nobody could do', () => {
    const [remedy, ...more] = remediesFor(
      RIGHTS,
      { ...DEBIAN, container: 'kubernetes', hub: true, binder: true },
      ORDINARY
    );
    expect(remedy.title).toContain('a machine of your own');
    expect(remedy.lines).toEqual([]);
    expect(more).toEqual([]);
  });
});
