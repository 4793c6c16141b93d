/** Remedies on a machine of one's own: no container. */
import type { Fix } from '../finding';
import type { Place } from '../place';
import type { Privileges } from '../privileges';
import { packageCommands } from './packages';
import type { Remedy } from './remedy';
import { yamaCommand } from './yama';

/** In the order in which they are run. */
const COMMANDS: readonly [Fix, string][] = [
  ['mount-tracefs', 'mount -t tracefs nodev /sys/kernel/tracing'],
  ['write-tracefs', 'mount -o remount,rw /sys/kernel/tracing'],
  ['lower-paranoid', 'sysctl kernel.perf_event_paranoid=2']
];

export function machineRemedies(
  fixes: ReadonlySet<Fix>,
  place: Place,
  privileges: Privileges
): Remedy[] {
  const { uid, user } = privileges;
  const remedies: Remedy[] = [];
  const sudo = uid === 0 ? '' : 'sudo ';
  const commands = [
    ...packageCommands(fixes, place),
    ...COMMANDS.filter(([fix]) => fixes.has(fix)).map(([, text]) => text),
    ...(fixes.has('relax-yama') ? [yamaCommand(privileges)] : [])
  ];
  if (commands.length > 0) {
    remedies.push({
      title:
        uid === 0
          ? 'On this machine'
          : 'On this machine, by someone who may use sudo',
      lines: commands.map(command => sudo + command)
    });
  }
  const rights = RIGHTS.some(fix => fixes.has(fix));
  if (rights && place.hub) {
    remedies.push(setUp(user), SYSTEMD_SPAWNER);
  } else if (rights) {
    remedies.push(
      ...(uid === 0 ? [NOT_FROM_A_SANDBOX] : [setUp(user), AS_ROOT])
    );
  }
  if (fixes.has('lift-seccomp')) {
    remedies.push(UNFILTERED);
  }
  return remedies;
}

/** What root has. */
const RIGHTS: readonly Fix[] = [
  'open-tracefs',
  'grant-perfmon',
  'grant-ipc-lock',
  'leave-user-namespace'
];

/** What needs least power. sudo has a PATH of its own (secure_path). */
function setUp(user = '"$USER"'): Remedy {
  return {
    title:
      'Then, once, by someone who may use sudo: let this user trace own programs; it says what that changes, and asks',
    lines: [`sudo "$(command -v giltracer)" setup --user ${user}`]
  };
}

const AS_ROOT: Remedy = {
  title: 'Or run Jupyter as root',
  lines: ['sudo -E env "PATH=$PATH" jupyter lab --allow-root']
};

const NOT_FROM_A_SANDBOX: Remedy = {
  title:
    'Root’s rights were taken away here: start Jupyter by hand, not from a service or sandbox',
  lines: ['jupyter lab --allow-root']
};

/** CAP_DAC_OVERRIDE opens tracefs, which belongs to root; and every other file. */
const SYSTEMD_SPAWNER: Remedy = {
  title:
    'Or, for the hub’s admin, in jupyterhub_config.py; it gives users all the power of root',
  lines: [
    'c.SystemdSpawner.unit_extra_properties = {"AmbientCapabilities": "CAP_PERFMON CAP_IPC_LOCK CAP_DAC_OVERRIDE"}'
  ]
};

/**
 * In words: a line to paste would be the end of a unit that has no such line, for the first one lists all
 * calls that are allowed (systemd.exec(5)).
 */
const UNFILTERED: Remedy = {
  title:
    'A service or sandbox filters system calls: if Jupyter’s systemd unit has a `SystemCallFilter=` line, let it allow perf_event_open as well',
  lines: []
};
