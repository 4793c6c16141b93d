/** What an instruction does to registers and memory, as far as addresses are computed by it. */
import type { Address } from '../units';

/** A place in memory: the register's value (absent: 0) plus a constant. */
export interface Operand {
  readonly base?: string;
  readonly offset: number;
}

/** Where a value comes from. */
export type Source =
  /** A constant, or the address of something in the file. */
  | { readonly kind: 'constant'; readonly value: Address }
  /** A register plus a constant. */
  | { readonly kind: 'sum'; readonly register: string; readonly plus: number }
  | { readonly kind: 'load'; readonly from: Operand }
  /** Anything else. */
  | { readonly kind: 'unknown' };

export type DataEffect =
  | { readonly kind: 'set'; readonly register: string; readonly value: Source }
  | {
      readonly kind: 'store';
      readonly to: Operand;
      /** Bytes. */
      readonly width: number;
      readonly value: Source;
    };
