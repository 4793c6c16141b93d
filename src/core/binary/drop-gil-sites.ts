/** drop_gil: a thread releases the GIL, and waits until another has taken it if it was asked to. */
import type { ElfFile } from './elf';
import { jumpBehind, emulatedBefore, successors } from './function-body';
import type { GilCode } from './gil-code';
import { distinct, siteAt, unrecognised } from './probe-site';
import type { ProbeSite } from './probe-site';

export interface DropGilSites {
  /** A thread released the GIL and gil->mutex. */
  readonly drop: readonly ProbeSite[];
  /**
   * A thread that released the GIL on request starts to wait until another has taken it (forced
   * switch). It may be `stepped`: a call through memory (-fno-plt) in a block that has no emulated
   * instruction. It is hit at most once per switch interval, and nobody waits for switch_mutex then.
   */
  readonly yield: readonly ProbeSite[];
  /** The end of that wait. */
  readonly yieldEnd: readonly ProbeSite[];
}

/**
 * @param code - drop_gil, its clones, and its copies in other functions
 * @throws SiteError if they aren't built in a known way
 */
export function dropGilSites(
  elf: ElfFile,
  code: readonly GilCode[]
): DropGilSites {
  // A body without the unlock only leads to drop_gil_impl: a probe there would count the same event
  // twice.
  const drop = code.flatMap(calls =>
    unlocksOf(calls).map(index =>
      jumpBehind(elf, calls.body, index, 'the unlock')
    )
  );
  if (drop.length === 0) {
    throw unrecognised(
      elf,
      'drop_gil',
      'a call of pthread_mutex_unlock after pthread_cond_signal'
    );
  }
  const yields = code.flatMap(({ body, waits }) =>
    waits.map(index => ({ body, index }))
  );
  if (yields.length === 0) {
    throw unrecognised(elf, 'drop_gil', 'a call of pthread_cond_wait');
  }
  return {
    drop: distinct(drop),
    yield: distinct(
      yields.map(({ body, index }) =>
        siteAt(elf, body, emulatedBefore(body, index) ?? index)
      )
    ),
    yieldEnd: distinct(
      yields.map(({ body, index }) =>
        jumpBehind(elf, body, index, 'pthread_cond_wait')
      )
    )
  };
}

/**
 * The calls that unlock gil->mutex: those reached from the signal of gil->cond before any lock is
 * taken. (The unlock of gil->switch_mutex comes behind its lock.)
 */
function unlocksOf({ body, signals }: GilCode): number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const open = signals.map(index => index + 1);
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen.has(index) || index >= body.code.length) {
      continue;
    }
    seen.add(index);
    const role = body.roles[index];
    if (role === 'unlock') {
      found.add(index);
    } else if (role !== 'lock' && role !== 'ends') {
      open.push(...successors(body, index));
    }
  }
  return [...found];
}
