/**
 * Where take_gil keeps the thread state and the GIL while it waits. The compiler puts them into callee-saved
 * registers or into stack slots, differently in each build; so all candidates are fetched at each
 * wake of the calibration program, and those are taken that were right every time.
 */
import {
  RecordKind,
  type EventDescription,
  type RecordBatch
} from '../../core/perfdata/records';
import { Site, siteOf } from '../../core/threads/site';
import type { Address } from '../../core/units';
import type { ProbeSite } from '../../core/binary/probe-site';
import type { PlannedProbe, WaitVariables } from '../probes/plan';

/** Callee-saved registers of the x86-64 System V ABI, by the kernel's names. */
const REGISTERS = ['%bx', '%bp', '%r12', '%r13', '%r14', '%r15'];

/** take_gil's frame has some 14 words, of which the saved registers are the caller's. */
const STACK_SLOTS = 22;

const CANDIDATES = [
  ...REGISTERS,
  ...Array.from({ length: STACK_SLOTS }, (_, slot) => `$stack${slot}`)
];

/** A record carries so many fields (ARGUMENT_COLUMNS is 8). */
const GROUP = 7;

/** Too few wakes prove nothing. */
const ENOUGH_WAKES = 4;

/** `try`, letter of the wake site, number of the group. */
const NAME = /^giltracer:try_([a-z])_([a-z])_\d+$/;

interface Tally {
  hits: number;
  threadState: number;
  gil: number;
}

/** Probes that fetch every candidate at the wake sites. */
export function candidateProbes(wakes: readonly ProbeSite[]): PlannedProbe[] {
  const groups = Math.ceil(CANDIDATES.length / GROUP);
  return wakes.flatMap((site, index) =>
    Array.from({ length: groups }, (_, group) => ({
      name: `try_${letter(index)}_${letter(group)}`,
      offsets: [site.fileOffset],
      fetch: CANDIDATES.slice(group * GROUP, (group + 1) * GROUP)
        .map((candidate, field) => `c${field}=${candidate}:x64`)
        .join(' ')
    }))
  );
}

/** Compares the candidates with what is known of the waiting threads. */
export class WaitVariableSearch {
  constructor(
    private readonly _events: readonly EventDescription[],
    private readonly _gil: Address
  ) {}

  consume(batch: RecordBatch): void {
    for (let row = 0; row < batch.length; row++) {
      if (batch.kind[row] !== RecordKind.Sample) {
        continue;
      }
      const { name, fields } = this._events[batch.event[row]];
      if (siteOf(name) === Site.Request) {
        const value = batch.args[fields.indexOf('tstate')][row];
        this._states.set(batch.tid[row], value);
        continue;
      }
      const match = NAME.exec(name);
      if (match) {
        const [site, group] = [match[1], match[2]].map(
          text => text.charCodeAt(0) - 'a'.charCodeAt(0)
        );
        fields.forEach((_, field) =>
          this._compare(
            site,
            group * GROUP + field,
            batch.args[field][row],
            batch.tid[row]
          )
        );
      }
    }
  }

  /** What was found, by wake site. */
  found(wakes: readonly ProbeSite[]): WaitVariables[] {
    return wakes.map((_, site) => {
      const pick = (key: 'threadState' | 'gil'): string | undefined =>
        CANDIDATES.find((_, candidate) => {
          const tally = this._tallies.get(site)?.[candidate];
          return (
            tally !== undefined &&
            tally.hits >= ENOUGH_WAKES &&
            tally[key] === tally.hits
          );
        });
      const threadState = pick('threadState');
      const gil = pick('gil');
      return {
        ...(threadState !== undefined && { threadState }),
        ...(gil !== undefined && { gil })
      };
    });
  }

  private _compare(
    site: number,
    candidate: number,
    value: number,
    tid: number
  ): void {
    let tallies = this._tallies.get(site);
    if (tallies === undefined) {
      tallies = CANDIDATES.map(() => ({ hits: 0, threadState: 0, gil: 0 }));
      this._tallies.set(site, tallies);
    }
    const tally = tallies[candidate];
    tally.hits++;
    tally.threadState += value === this._states.get(tid) ? 1 : 0;
    tally.gil += value === this._gil ? 1 : 0;
  }

  private readonly _states = new Map<number, Address>();
  private readonly _tallies = new Map<number, Tally[]>();
}

function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}
