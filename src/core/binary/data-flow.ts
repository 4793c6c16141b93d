/**
 * Which addresses the code of a function works with, as far as they follow from one another. So a
 * field of a structure can be told by its distance from another field, in whatever register the
 * structure's address is.
 *
 * A forward analysis to a fixed point. It takes it that called functions leave memory as it is.
 */
import type { DataEffect } from './data-effect';
import type { ElfFile } from './elf';
import { leaves, successors } from './function-body';
import type { FunctionBody } from './function-body';
import { machineOf } from './machine';
import { ValueEnvironment } from './value-environment';
import type { Value } from './value-environment';

/** A block of real code is visited some 3 times; more than this is code that was made to mislead. */
const MOST_VISITS = 100;

export interface Store {
  readonly to: Value;
  /** Bytes. */
  readonly width: number;
  readonly value: Value;
}

export interface DataFlow {
  /** What is known where the body begins. */
  readonly entry: ValueEnvironment;
  /**
   * What is known before each call that has a role, and before each jump to other code; by index into
   * the body's code.
   */
  readonly before: ReadonlyMap<number, ValueEnvironment>;
  readonly stores: readonly Store[];
}

/**
 * Follows the data through a body.
 *
 * @throws ElfError if the body's code is not in the file
 */
export function followData(elf: ElfFile, body: FunctionBody): DataFlow {
  const { address, size } = body.symbol;
  const effects = machineOf(elf).dataEffects(elf.read(address, size), address);
  const blocks = environments(body, effects);
  const before = new Map<number, ValueEnvironment>();
  const stores: Store[] = [];
  const entry = new ValueEnvironment(nameOf(body, 0));
  let environment = entry.copy();
  body.code.forEach((_, index) => {
    environment = blocks.get(index)?.copy() ?? environment;
    if (body.roles[index] !== undefined || leaves(body, index)) {
      before.set(index, environment.copy());
    }
    for (const effect of effects[index]) {
      if (effect.kind === 'store') {
        stores.push({
          to: environment.addressOf(effect.to),
          width: effect.width,
          value: environment.evaluate(effect.value, nameOf(body, index))
        });
      }
    }
    environment.apply(effects[index], nameOf(body, index));
  });
  return { entry, before, stores };
}

/** What is known where a block begins, by the index of its first instruction. */
function environments(
  body: FunctionBody,
  effects: readonly DataEffect[][]
): Map<number, ValueEnvironment> {
  const blocks = blocksOf(body);
  const before = new Map<number, ValueEnvironment>();
  for (const start of blocks.keys()) {
    // A block that no known way leads to: the first, a jump table's, or one that other parts jump to. Where
    // it meets others, those know more: there may be no way into it (padding behind a call that doesn't
    // return).
    if (before.has(start)) {
      continue;
    }
    const own = reachable(blocks, start, before);
    const after = new Map<number, ValueEnvironment>();
    const open = new Set([start]);
    for (let left = own.size * MOST_VISITS; open.size > 0 && left > 0; left--) {
      // In the order of the code a block comes mostly behind those that lead to it.
      const index = Math.min(...open);
      open.delete(index);
      const block = blocks.get(index);
      if (block === undefined) {
        continue;
      }
      const place = nameOf(body, index);
      const incoming = block.previous.flatMap(other => after.get(other) ?? []);
      if (index === start) {
        incoming.push(new ValueEnvironment(place));
      }
      const environment = ValueEnvironment.join(
        incoming,
        place,
        before.get(index)
      );
      before.set(index, environment);
      const behind = environment.copy();
      for (let at = index; at <= block.last; at++) {
        behind.apply(effects[at], nameOf(body, at));
      }
      if (after.get(index)?.equals(behind) !== true) {
        after.set(index, behind);
        block.next
          .filter(next => own.has(next))
          .forEach(next => open.add(next));
      }
    }
  }
  return before;
}

/** A run of instructions that is entered at its first only; by index. */
interface Block {
  readonly last: number;
  readonly next: readonly number[];
  readonly previous: number[];
}

/** By their first index, ascending. */
function blocksOf(body: FunctionBody): ReadonlyMap<number, Block> {
  const starts = [...new Set([0, ...leadersOf(body)])];
  const blocks = new Map<number, Block>(
    starts.map((start, nth) => {
      const last = (starts[nth + 1] ?? body.code.length) - 1;
      return [start, { last, next: nextOf(body, last), previous: [] }];
    })
  );
  for (const [start, { next }] of blocks) {
    next.forEach(index => blocks.get(index)?.previous.push(start));
  }
  return blocks;
}

/** The blocks that may run from `start` on, but those that are known. */
function reachable(
  blocks: ReadonlyMap<number, Block>,
  start: number,
  known: ReadonlyMap<number, unknown>
): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [start];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (!found.has(index) && !known.has(index)) {
      found.add(index);
      open.push(...(blocks.get(index)?.next ?? []));
    }
  }
  return found;
}

/** Indexes at which a block may begin, ascending. */
function leadersOf(body: FunctionBody): ReadonlySet<number> {
  const leaders = body.code.flatMap(({ flow, target }, index) => {
    if (flow === 'next' || flow === 'call') {
      return body.roles[index] === 'ends' ? [index + 1] : [];
    }
    const to = target === undefined ? undefined : body.at.get(target);
    return to === undefined ? [index + 1] : [index + 1, to];
  });
  return new Set(
    leaders
      .filter(index => index < body.code.length)
      .sort((left, right) => left - right)
  );
}

function nextOf(body: FunctionBody, last: number): number[] {
  return body.roles[last] === 'ends'
    ? []
    : successors(body, last).filter(index => index < body.code.length);
}

function nameOf(body: FunctionBody, index: number): string {
  return `at ${body.code[index].address}`;
}
