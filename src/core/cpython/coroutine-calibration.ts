/** Where a build of CPython keeps what leads from frames to their coroutines, measured. */
import type { Address } from '../units';
import type { FrameEvidence } from './frame-evidence';
import type { CoroutineFields } from './frame-layout';
import { untagged } from './memory';
import type { ReadMemory } from './memory';
import { readBlock, wordOffsets } from './offset-search';
import type { Block } from './offset-search';

/** Until 3.10 the local variables lie behind a stack of blocks (PyFrameObject.f_localsplus). */
const FRAME_OBJECT_BYTES = 512;

/** Generators are smaller, up to their frame. */
const GENERATOR_BYTES = 256;

/**
 * @param addresses - of the frames of the evidence, in the same order
 * @returns undefined where they were not found
 */
export function coroutineFields(
  { frames, nest, generator }: FrameEvidence,
  read: ReadMemory,
  addresses: readonly Address[]
): CoroutineFields | undefined {
  const at = frames.findIndex(fact => fact.generator);
  const [inner, caller] = addresses
    .slice(at, at + 2)
    .map(address => readBlock(read, address, FRAME_OBJECT_BYTES));
  if (at < 0 || caller === undefined) {
    return undefined;
  }
  const locals = references(inner, nest).filter(offset =>
    references(caller, nest).includes(offset)
  );
  const pointers = wordOffsets([inner], [generator]);
  const embedded = inner.address - generator;
  if (locals.length !== 1) {
    return undefined;
  }
  if (embedded > 0 && embedded < GENERATOR_BYTES) {
    return { firstLocal: locals[0], kind: 'embedded', offset: embedded };
  }
  return pointers.length === 1
    ? { firstLocal: locals[0], kind: 'pointer', offset: pointers[0] }
    : undefined;
}

/** Offsets of words that lead to an object; they may be tagged. */
function references(block: Block, object: Address): number[] {
  const found: number[] = [];
  for (let at = 0; at < block.length; at += 8) {
    if (untagged(block.word(at)) === object) {
      found.push(at);
    }
  }
  return found;
}
