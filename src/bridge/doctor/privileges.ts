/** What the kernel lets this process do: its capabilities, and the settings that narrow them. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** include/uapi/linux/capability.h */
const CAPABILITIES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_IPC_LOCK: 14,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_PERFMON: 38
} as const;

export type CapabilityBit = keyof typeof CAPABILITIES;

export interface Privileges {
  /** Effective user. */
  uid: number;
  /** The account's name; absent if it has none. */
  user?: string;
  /** Of those that matter here, in force. */
  capabilities: readonly CapabilityBit[];
  /** 0 none, 1 strict, 2 a filter (Docker's, systemd's …). */
  seccomp: number;
  no_new_privileges: boolean;
  /** Root here is root of the machine, not only of a user namespace. */
  initial_user_namespace: boolean;
  /** kernel.perf_event_paranoid; absent if the kernel has no perf events. */
  perf_event_paranoid?: number;
  /** kernel.kptr_restrict */
  kptr_restrict?: number;
  /** kernel.yama.ptrace_scope; absent without Yama. */
  yama?: number;
  /** none, integrity or confidentiality; absent if it can't be read. */
  lockdown?: string;
  /** The security module that confines this process, and under which name. */
  confinement?: { module: 'AppArmor' | 'SELinux'; name: string };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}

function readNumber(path: string): number | undefined {
  const text = readText(path);
  return text === undefined || text === '' ? undefined : Number(text);
}

/** Reads them of the bridge itself, which inherited them from the kernel that it traces. */
export function readPrivileges(): Privileges {
  const status = readText('/proc/self/status') ?? '';
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const effective = BigInt(`0x${field('CapEff') || '0'}`);
  const names = Object.keys(CAPABILITIES) as CapabilityBit[];
  return {
    // "real effective saved filesystem"
    uid: Number(field('Uid').split('\t')[1]),
    user: readUser(),
    capabilities: names.filter(
      name => (effective >> BigInt(CAPABILITIES[name])) & 1n
    ),
    seccomp: Number(field('Seccomp') || 0),
    no_new_privileges: field('NoNewPrivs') === '1',
    initial_user_namespace: ownsAllUsers(
      readText('/proc/self/uid_map') ?? '0 0 4294967295'
    ),
    perf_event_paranoid: readNumber('/proc/sys/kernel/perf_event_paranoid'),
    kptr_restrict: readNumber('/proc/sys/kernel/kptr_restrict'),
    yama: readNumber('/proc/sys/kernel/yama/ptrace_scope'),
    // "none [integrity] confidentiality"
    lockdown: /\[(\w+)\]/.exec(
      readText('/sys/kernel/security/lockdown') ?? ''
    )?.[1],
    confinement: readConfinement()
  };
}

function readUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** "docker-default (enforce)" of AppArmor, "system_u:system_r:container_t:s0:c1,c2" of SELinux; others are free. */
function readConfinement(): Privileges['confinement'] {
  const label = readText('/proc/self/attr/current')?.replace(/\0/g, '') ?? '';
  const profile = /^(\S+) \((?:enforce|kill)\)$/.exec(label)?.[1];
  if (profile !== undefined) {
    return { module: 'AppArmor', name: profile };
  }
  const type = /^[^:]+:[^:]+:(container\w*_t):/.exec(label)?.[1];
  return type === undefined ? undefined : { module: 'SELinux', name: type };
}

/** user_namespaces(7): the machine's own namespace maps every user to itself. */
function ownsAllUsers(uidMap: string): boolean {
  return /^\s*0\s+0\s+4294967295$/.test(uidMap);
}

/** Whether the kernel takes this process for one that may watch (capabilities(7), CAP_PERFMON). */
export function mayWatch(privileges: Privileges): boolean {
  const { capabilities, initial_user_namespace } = privileges;
  return (
    initial_user_namespace &&
    (capabilities.includes('CAP_PERFMON') ||
      capabilities.includes('CAP_SYS_ADMIN'))
  );
}
