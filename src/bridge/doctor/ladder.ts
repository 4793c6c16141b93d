/** The rungs of the ladder that this bridge has, best first, and which capabilities each needs. */
import type { Finding, Fix } from './finding';

/** In the order in which they are shown. */
export const CAPABILITIES = [
  'python',
  'memory',
  'frames',
  'gil-functions',
  'perf',
  'tracefs',
  'probes',
  'trust',
  'futex',
  'watchpoint',
  'watch-trust'
] as const;

export type Capability = (typeof CAPABILITIES)[number];

export type Findings = Readonly<Record<Capability, Finding>>;

interface Rung {
  /** As --mode takes it. */
  mode: string;
  /** What a run on it tells. */
  gives: string;
  needs: readonly Capability[];
}

const PROBES = [
  'python',
  'memory',
  'gil-functions',
  'perf',
  'tracefs',
  'probes',
  'trust'
] as const;

const RUNGS: readonly Rung[] = [
  {
    mode: 'full',
    gives: 'each take, drop and wait, with holder and line',
    needs: PROBES
  },
  {
    mode: 'waits',
    gives: 'only real waits, with waiter and holder; free while nobody waits',
    needs: PROBES
  },
  {
    mode: 'futex',
    gives:
      'only real waits, by futex calls: for a Python where nothing can be probed',
    needs: ['python', 'memory', 'perf', 'futex']
  },
  {
    mode: 'watch',
    gives: 'each take and drop, by a watchpoint; without root',
    needs: ['python', 'memory', 'perf', 'watchpoint', 'watch-trust']
  },
  {
    mode: 'sample',
    gives:
      'who holds and who waits, looked at 1000 times a second, with errors',
    needs: ['python', 'memory', 'frames']
  }
];

/** Whether a rung can be used here. */
export interface RungReport {
  mode: string;
  gives: string;
  available: boolean;
  /** Why not; empty if it can. */
  why: string;
  /** What would lift it. */
  fix: readonly Fix[];
}

/** What the findings mean for each rung, best first. */
export function judgeRungs(findings: Findings): RungReport[] {
  return RUNGS.map(({ mode, gives, needs }) => {
    const lacking = needs
      .map(name => findings[name])
      .filter(finding => finding.available !== true);
    // What was not tried has its reason in what is missing.
    const missing = lacking.filter(finding => finding.available === false);
    const reasons = (missing.length > 0 ? missing : lacking).map(
      ({ why }) => why
    );
    return {
      mode,
      gives,
      available: lacking.length === 0,
      why: [...new Set(reasons)].join('; '),
      fix: [...new Set(lacking.flatMap(({ fix }) => fix))]
    };
  });
}
