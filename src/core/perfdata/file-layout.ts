import {
  type EventAttributes,
  MIN_ATTR_SIZE,
  readAttributes,
  readIds
} from './attributes';
import { CorruptRecord } from './corrupt-record';
import { readText } from './stream-features';
import { readU64 } from './u64';

/** `struct perf_file_header` (tools/perf/util/header.h). */
export const FILE_HEADER_SIZE = 104;

/** `struct perf_file_section`: u64 offset, u64 size. */
export const SECTION_SIZE = 16;

/** Where the bitmap of features stands in the header, and its bits. */
const FEATURES_AT = 72;
const FEATURE_BITS = 256;

/** A part of the file. */
export interface FileSection {
  readonly offset: number;
  readonly size: number;
}

/** The header of a perf.data file. */
export interface FileHeader {
  /** Bytes of an entry of `attrs`: perf_event_attr, then the section of its ids. */
  readonly attrSize: number;
  readonly attrs: FileSection;
  readonly data: FileSection;
  /** Numbers of the features, in the order of their sections. */
  readonly features: readonly number[];
}

/** Reads the header, whose magic was checked. */
export function readFileHeader(view: DataView): FileHeader {
  const features: number[] = [];
  for (let bit = 0; bit < FEATURE_BITS; bit++) {
    if ((view.getUint8(FEATURES_AT + (bit >> 3)) & (1 << (bit & 7))) !== 0) {
      features.push(bit);
    }
  }
  return {
    attrSize: readU64(view, 16),
    attrs: readSection(view, 24),
    data: readSection(view, 40),
    features
  };
}

/**
 * The events of the file with the ids of their instances.
 * @throws CorruptRecord if they do not lie in the file.
 */
export function readFileAttrs(
  view: DataView,
  { attrSize, attrs }: FileHeader
): { attributes: EventAttributes; ids: number[] }[] {
  requireInside(view, attrs, 'its events');
  if (attrSize < MIN_ATTR_SIZE + SECTION_SIZE) {
    throw new CorruptRecord(`an event of it has ${attrSize} bytes`);
  }
  const events: { attributes: EventAttributes; ids: number[] }[] = [];
  const end = attrs.offset + attrs.size;
  let idBytes = 0;
  for (let at = attrs.offset; at + attrSize <= end; at += attrSize) {
    const section = readSection(view, at + attrSize - SECTION_SIZE);
    requireInside(view, section, "an event's ids");
    idBytes += section.size;
    // Otherwise a damaged file could name the same bytes over and over.
    if (idBytes > view.byteLength) {
      throw new CorruptRecord('its events have more ids than it has bytes');
    }
    events.push({
      attributes: readAttributes(view, at),
      ids: readIds(view, section.offset, Math.floor(section.size / 8))
    });
  }
  return events;
}

/**
 * Where the features lie: their sections stand in a table behind the data.
 * @throws CorruptRecord if the table is not whole.
 */
export function readFeatureSections(
  view: DataView,
  { data, features }: FileHeader
): { feature: number; section: FileSection }[] {
  const table = data.offset + data.size;
  requireInside(
    view,
    { offset: table, size: features.length * SECTION_SIZE },
    'its table of features'
  );
  return features.map((feature, index) => ({
    feature,
    section: readSection(view, table + index * SECTION_SIZE)
  }));
}

/** A name that EVENT_DESC gives to the event with these ids. */
export interface NamedIds {
  readonly name: string;
  readonly ids: readonly number[];
}

/**
 * Reads the feature EVENT_DESC: u32 count, u32 size of an attr, then per event the attr, u32 count of
 * ids, the name (u32 length, text) and the ids.
 * Source: tools/perf/util/header.c, write_event_desc.
 * @throws CorruptRecord
 */
export function readEventDesc(
  view: DataView,
  { offset, size }: FileSection
): NamedIds[] {
  const end = offset + size;
  let at = offset;
  const take = (bytes: number): number => {
    const from = at;
    if (bytes > end - at) {
      throw new CorruptRecord('its names of the events end early');
    }
    at += bytes;
    return from;
  };
  const count = view.getUint32(take(4), true);
  const attrSize = view.getUint32(take(4), true);
  const events: NamedIds[] = [];
  for (let index = 0; index < count; index++) {
    take(attrSize);
    const ids = view.getUint32(take(4), true);
    const length = view.getUint32(take(4), true);
    const name = readText(view, take(length), length);
    events.push({ name, ids: readIds(view, take(8 * ids), ids) });
  }
  return events;
}

/** @throws CorruptRecord if a section is not in the file. */
export function requireInside(
  view: DataView,
  { offset, size }: FileSection,
  what: string
): void {
  if (offset + size > view.byteLength) {
    throw new CorruptRecord(
      `${what} should lie at byte ${offset} to ${offset + size}, but it has ${view.byteLength} bytes`
    );
  }
}

function readSection(view: DataView, at: number): FileSection {
  return { offset: readU64(view, at), size: readU64(view, at + 8) };
}
