import { type EventAttributes, ReadBit, SampleBit } from './attributes';
import { CorruptRecord } from './corrupt-record';
import { RECORD_HEADER_SIZE } from './record-types';
import { readU64 } from './u64';

/** Value of an offset whose field is not in the record. */
export const ABSENT = -1;

/**
 * Where the fields of a SAMPLE stand, as offsets from the start of the record, or ABSENT. Resolved
 * once an event. Source of the order: kernel/events/core.c, perf_output_sample.
 */
export interface SampleLayout {
  readonly idAt: number;
  readonly ipAt: number;
  readonly tidAt: number;
  readonly timeAt: number;
  readonly cpuAt: number;
  /** First byte behind the fields of fixed size: the RAW field, or what varies before it. */
  readonly fixedEnd: number;
  readonly hasRaw: boolean;
  /** Whether a group READ or a CALLCHAIN stands between `fixedEnd` and RAW. */
  readonly varies: boolean;
  /** Bytes of one value in a group READ, 0 if there is none. */
  readonly groupValueSize: number;
  /** Bytes of a group READ before its values. */
  readonly groupHeadSize: number;
  readonly hasCallchain: boolean;
}

/** Works out the layout of an event's samples. */
export function sampleLayout(attributes: EventAttributes): SampleLayout {
  const { sampleType, readFormat } = attributes;
  let end = RECORD_HEADER_SIZE;
  const field = (bit: number, size = 8): number => {
    if ((sampleType & bit) === 0) {
      return ABSENT;
    }
    const at = end;
    end += size;
    return at;
  };
  const identifierAt = field(SampleBit.Identifier);
  const ipAt = field(SampleBit.Ip);
  const tidAt = field(SampleBit.Tid);
  const timeAt = field(SampleBit.Time);
  field(SampleBit.Addr);
  const idAt = field(SampleBit.Id);
  field(SampleBit.StreamId);
  const cpuAt = field(SampleBit.Cpu);
  field(SampleBit.Period);
  const times =
    bitSize(readFormat, ReadBit.TotalTimeEnabled) +
    bitSize(readFormat, ReadBit.TotalTimeRunning);
  const value =
    8 + bitSize(readFormat, ReadBit.Id) + bitSize(readFormat, ReadBit.Lost);
  const group = (readFormat & ReadBit.Group) !== 0;
  const hasGroupRead = (sampleType & SampleBit.Read) !== 0 && group;
  if (!group) {
    field(SampleBit.Read, value + times);
  }
  const hasCallchain = (sampleType & SampleBit.Callchain) !== 0;
  return {
    idAt: identifierAt !== ABSENT ? identifierAt : idAt,
    ipAt,
    tidAt,
    timeAt,
    cpuAt,
    fixedEnd: end,
    hasRaw: (sampleType & SampleBit.Raw) !== 0,
    varies: hasGroupRead || hasCallchain,
    groupValueSize: hasGroupRead ? value : 0,
    groupHeadSize: 8 + times,
    hasCallchain
  };
}

function bitSize(format: number, bit: number): number {
  return (format & bit) !== 0 ? 8 : 0;
}

/**
 * Where RAW begins in a sample whose layout varies.
 * @throws CorruptRecord if what comes before leaves the record.
 */
export function findRaw(
  layout: SampleLayout,
  view: DataView,
  at: number,
  size: number
): number {
  const end = at + size;
  let position = at + layout.fixedEnd;
  const count = (): number => {
    if (position + 8 > end) {
      throw new CorruptRecord('it ends before its data');
    }
    return readU64(view, position);
  };
  if (layout.groupValueSize > 0) {
    position += layout.groupHeadSize + count() * layout.groupValueSize;
  }
  if (layout.hasCallchain) {
    position += 8 + count() * 8;
  }
  if (position > end) {
    throw new CorruptRecord(
      'its call chain or counter group is longer than it'
    );
  }
  return position;
}

/**
 * Where the ids stand at the end of every record that is not a sample: distances from the record's
 * end, or ABSENT. Source: kernel/events/core.c, perf_event__output_id_sample.
 */
export interface TrailerLayout {
  readonly size: number;
  readonly tidFromEnd: number;
  readonly timeFromEnd: number;
  readonly cpuFromEnd: number;
  readonly idFromEnd: number;
}

/** Works out the trailer of an event's records. */
export function trailerLayout(attributes: EventAttributes): TrailerLayout {
  const { sampleType, sampleIdAll } = attributes;
  let size = 0;
  // From the end backwards: the reverse of TID, TIME, ID, STREAM_ID, CPU, IDENTIFIER.
  const field = (bit: number): number => {
    if (!sampleIdAll || (sampleType & bit) === 0) {
      return ABSENT;
    }
    size += 8;
    return size;
  };
  const identifier = field(SampleBit.Identifier);
  const cpuFromEnd = field(SampleBit.Cpu);
  field(SampleBit.StreamId);
  const id = field(SampleBit.Id);
  const timeFromEnd = field(SampleBit.Time);
  const tidFromEnd = field(SampleBit.Tid);
  return {
    size,
    tidFromEnd,
    timeFromEnd,
    cpuFromEnd,
    idFromEnd: identifier !== ABSENT ? identifier : id
  };
}

/** Whether two events' trailers are the same, so that a record's own event need not be known. */
export function sameTrailer(a: TrailerLayout, b: TrailerLayout): boolean {
  return (
    a.size === b.size &&
    a.tidFromEnd === b.tidFromEnd &&
    a.timeFromEnd === b.timeFromEnd &&
    a.cpuFromEnd === b.cpuFromEnd &&
    a.idFromEnd === b.idFromEnd
  );
}
