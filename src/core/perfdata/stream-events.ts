import {
  defaultEventName,
  type EventAttributes,
  PERF_TYPE_TRACEPOINT,
  readHeaderAttr
} from './attributes';
import { CorruptRecord, requireSize } from './corrupt-record';
import { EventIds, UNKNOWN_EVENT } from './event-ids';
import { FieldDecoder } from './field-decoder';
import { type EventDescription, NO_EVENT } from './records';
import { type PlainSample, plainSample } from './plain-sample';
import { RECORD_HEADER_SIZE, RecordType } from './record-types';
import {
  ABSENT,
  sameTrailer,
  type SampleLayout,
  sampleLayout,
  type TrailerLayout,
  trailerLayout
} from './sample-layout';
import { readText } from './stream-features';
import {
  formatId,
  numericFields,
  type TracepointFormat
} from './tracepoint-format';
import { readU64 } from './u64';

/** EVENT_UPDATE of this type carries a name (PERF_EVENT_UPDATE__NAME). */
const UPDATE_NAME = 2;

/** One event of the stream, ready to decode its records. */
export interface StreamEvent {
  readonly index: number;
  readonly attributes: EventAttributes;
  readonly sample: SampleLayout;
  readonly trailer: TrailerLayout;
  /**
   * Of a tracepoint whose format is known: of the RAW data. Of another event: of the whole record.
   * Undefined if the event has no fields.
   */
  decoder: FieldDecoder | undefined;
  /** Whether the decoder reads RAW data. */
  readonly decodesRaw: boolean;
  /** Name from EVENT_UPDATE, the best there is. */
  updatedName: string | undefined;
  /** Samples that RecordRows read. */
  samples: number;
}

/** The events of a stream: what HEADER_ATTR, EVENT_UPDATE, ID_INDEX and the formats say of them. */
export class StreamEvents {
  /** @param formats texts of format files, for a perf that sends none */
  constructor(formats: readonly TracepointFormat[]) {
    this.addFormats(formats);
  }

  /** In the order of the stream. */
  readonly all: StreamEvent[] = [];

  /** Their samples' layouts where they are plain, by the index of the event. */
  readonly plain: (PlainSample | undefined)[] = [];

  /** Ids of their instances. */
  readonly ids = new EventIds();

  /** Where a sample has its id, or ABSENT. */
  get idAt(): number {
    return this.all[0]?.sample.idAt ?? ABSENT;
  }

  /** Samples that were read, by the index of the event. */
  get samples(): number[] {
    return this.all.map(
      ({ index, samples }) => samples + (this.plain[index]?.samples ?? 0)
    );
  }

  /** The same for the receiver of the records. */
  readonly descriptions: EventDescription[] = [];

  /** Reads a HEADER_ATTR record. */
  addAttr(view: DataView, at: number, size: number): void {
    const { attributes, ids } = readHeaderAttr(view, at, size);
    this.add(attributes, ids);
  }

  /** Adds an event and the ids of its instances. @throws CorruptRecord */
  add(attributes: EventAttributes, ids: readonly number[]): void {
    const index = this.all.length;
    if (index >= NO_EVENT) {
      throw new CorruptRecord(`there are more than ${NO_EVENT} events`);
    }
    const sample = sampleLayout(attributes);
    const event: StreamEvent = {
      index,
      attributes,
      sample,
      trailer: trailerLayout(attributes),
      decoder: undefined,
      decodesRaw: attributes.type === PERF_TYPE_TRACEPOINT && sample.hasRaw,
      updatedName: undefined,
      samples: 0
    };
    const first = this.all[0] ?? event;
    // perf itself can't tell the events apart then (evlist__valid_sample_type).
    if (
      first.sample.idAt !== event.sample.idAt ||
      first.trailer.idFromEnd !== event.trailer.idFromEnd
    ) {
      throw new CorruptRecord(
        'its records carry their id at another place than those of the first event; record with --sample-identifier'
      );
    }
    this._sameTrailers &&= sameTrailer(first.trailer, event.trailer);
    this.all.push(event);
    for (const id of ids) {
      this.ids.setEvent(id, index);
    }
    this._describe(event);
  }

  /** Takes formats; known ones stay. */
  addFormats(formats: readonly TracepointFormat[]): void {
    for (const format of formats) {
      const id = formatId(format.text);
      if (id !== undefined && !this._formats.has(id)) {
        this._formats.set(id, format);
      }
    }
    this.all.forEach(event => this._describe(event));
  }

  /** Reads an EVENT_UPDATE record: u64 type, u64 id, data. */
  update(view: DataView, at: number, size: number): void {
    requireSize(RecordType.EventUpdate, size, RECORD_HEADER_SIZE + 16);
    if (view.getUint32(at + 8, true) !== UPDATE_NAME) {
      return;
    }
    this.setName(
      this.all[this._indexOfId(view, at + 16)],
      readText(view, at + 24, size - 24)
    );
  }

  /** Names an event, if there is one and the name is one. */
  setName(event: StreamEvent | undefined, name: string): void {
    if (event !== undefined && name !== '') {
      event.updatedName = name;
      this._describe(event);
    }
  }

  /** The event that the id belongs to. */
  withId(id: number): StreamEvent | undefined {
    return this.all[this.ids.event(id)];
  }

  /** Reads an ID_INDEX record: u64 count, then u64 id, index, cpu, tid each. */
  index(view: DataView, at: number, size: number): void {
    requireSize(RecordType.IdIndex, size, RECORD_HEADER_SIZE + 8);
    const count = readU64(view, at + 8);
    if (count > (size - 16) / 32) {
      throw new CorruptRecord(`it announces ${count} ids`);
    }
    for (let entry = 0; entry < count; entry++) {
      const from = at + 16 + 32 * entry;
      // -1 (as u64) for an event of a thread on any CPU.
      this.ids.setCpu(readU64(view, from), view.getInt32(from + 16, true));
    }
  }

  /** Event of the sample at `at`, or undefined if its id is unknown. */
  ofSample(view: DataView, at: number, size: number): StreamEvent | undefined {
    const { all } = this;
    if (all.length === 1) {
      return all[0];
    }
    if (all.length === 0) {
      throw new CorruptRecord('no event was described before it');
    }
    const { idAt } = all[0].sample;
    if (idAt === ABSENT) {
      return undefined;
    }
    requireSize(RecordType.Sample, size, idAt + 8);
    return all[this._indexOfId(view, at + idAt)];
  }

  /** Trailer of a record that is not a sample and ends at `end`. */
  trailerOf(
    view: DataView,
    type: number,
    size: number,
    end: number
  ): TrailerLayout {
    const first = this.all[0];
    if (first === undefined) {
      throw new CorruptRecord('no event was described before it');
    }
    const { idFromEnd } = first.trailer;
    if (this._sameTrailers || idFromEnd === ABSENT) {
      return first.trailer;
    }
    requireSize(type, size, RECORD_HEADER_SIZE + idFromEnd);
    return (this.all[this._indexOfId(view, end - idFromEnd)] ?? first).trailer;
  }

  /** CPU that the id at `at` belongs to, or -1. */
  cpuOfId(view: DataView, at: number): number {
    return this.ids.cpu(readU64(view, at));
  }

  /** Index of the event with the id at `at`; id 0 (perf's own records) is the first. */
  private _indexOfId(view: DataView, at: number): number {
    const index = this.ids.eventAt(view, at);
    return index === UNKNOWN_EVENT && readU64(view, at) === 0 ? 0 : index;
  }

  /** Renews what is known of the event. */
  private _describe(event: StreamEvent): void {
    const { attributes, index, updatedName } = event;
    const format =
      attributes.type === PERF_TYPE_TRACEPOINT
        ? this._formats.get(attributes.config)
        : undefined;
    if (event.decoder === undefined) {
      event.decoder = newDecoder(event, format);
      const { sample, decodesRaw, decoder, samples } = event;
      event.samples = samples + (this.plain[index]?.samples ?? 0);
      this.plain[index] = plainSample(index, sample, decoder, decodesRaw);
    }
    this.descriptions[index] = {
      name: updatedName ?? formatTitle(format) ?? defaultEventName(attributes),
      fields: event.decoder?.fields ?? [],
      ...(attributes.address !== undefined && { address: attributes.address })
    };
  }

  private readonly _formats = new Map<number, TracepointFormat>();
  private _sameTrailers = true;
}

function formatTitle(format: TracepointFormat | undefined): string | undefined {
  return format?.system === undefined
    ? format?.name
    : `${format.system}:${format.name}`;
}

/**
 * A tracepoint has the fields of its format; other events (cpu-clock) have the instruction pointer at
 * which they came.
 */
function newDecoder(
  { attributes, sample, decodesRaw }: StreamEvent,
  format: TracepointFormat | undefined
): FieldDecoder | undefined {
  if (decodesRaw) {
    return format && new FieldDecoder(numericFields(format.text));
  }
  return attributes.type === PERF_TYPE_TRACEPOINT || sample.ipAt === ABSENT
    ? undefined
    : new FieldDecoder([
        { name: 'ip', offset: sample.ipAt, size: 8, signed: false }
      ]);
}
