import type { FieldDecoder } from './field-decoder';
import { ABSENT, type SampleLayout } from './sample-layout';

/** Where all stands in an event's samples if each stands at a fixed place: what SampleLoop can read. */
export interface PlainSample {
  readonly event: number;
  /** Bytes that a record has at least. */
  readonly minSize: number;
  readonly tidAt: number;
  readonly timeAt: number;
  readonly cpuAt: number;
  /** Where RAW's size stands, or ABSENT if there is none or nothing of it is read. */
  readonly rawAt: number;
  /** Bytes that RAW has at least. */
  readonly minRaw: number;
  /** Where the data of `decoder` begins. */
  readonly dataAt: number;
  readonly count: number;
  /** The fields' places in the record if all are u64, else undefined. */
  readonly u64At: Int32Array | undefined;
  readonly decoder: FieldDecoder | undefined;
  /** Samples that were read. */
  samples: number;
}

/** The plain layout of an event's samples, or undefined if they have none. */
export function plainSample(
  event: number,
  layout: SampleLayout,
  decoder: FieldDecoder | undefined,
  decodesRaw: boolean
): PlainSample | undefined {
  const { idAt, tidAt, timeAt, cpuAt, fixedEnd, varies } = layout;
  if (varies || [idAt, tidAt, timeAt, cpuAt].includes(ABSENT)) {
    return undefined;
  }
  const readsRaw = decodesRaw && decoder !== undefined;
  const dataAt = readsRaw ? fixedEnd + 4 : 0;
  const minRaw = readsRaw ? decoder.minSize : 0;
  return {
    event,
    minSize: readsRaw ? dataAt + minRaw : fixedEnd,
    tidAt,
    timeAt,
    cpuAt,
    rawAt: readsRaw ? fixedEnd : ABSENT,
    minRaw,
    dataAt,
    count: decoder?.count ?? 0,
    u64At: decoder?.u64Offsets?.map(offset => dataAt + offset),
    decoder,
    samples: 0
  };
}
