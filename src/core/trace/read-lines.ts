/** Reads the tables of a document that name lines; anybody may have written them. */
import { CELL_TEXT_PATTERN, type CellText } from './cell-texts';
import {
  FieldError,
  type Fields,
  optional,
  readFields,
  readList
} from './checked-fields';
import type { IgnoredRow, LineRow, LockRow, SourceLine } from './document';
import { count, longText, shortText } from './document-fields';
import { LISTED_FRAMES } from './wait-rows';

/** The keys of a line; each may be absent. */
export function readPlace(fields: Fields, where: string): Partial<SourceLine> {
  return {
    ...optional(fields, where, 'file', shortText),
    ...optional(fields, where, 'line', count),
    ...optional(fields, where, 'function', shortText),
    ...optional(fields, where, 'cell', shortText),
    ...optional(fields, where, 'task', shortText)
  };
}

export function readSourceLine(value: unknown, where: string): SourceLine {
  const fields = readFields(value, where);
  return {
    ...readPlace(fields, where),
    file: shortText(fields.file, `${where}.file`),
    line: count(fields.line, `${where}.line`)
  };
}

export const readStack = (value: unknown, where: string): SourceLine[] =>
  readList(value, where, LISTED_FRAMES, readSourceLine);

export function readLine(value: unknown, where: string): LineRow {
  const fields = readFields(value, where);
  return {
    ...readSourceLine(fields, where),
    ...optional(fields, where, 'made_wait_ns', count),
    ...optional(fields, where, 'held_ns', count),
    ...optional(fields, where, 'held_error_ns', count),
    ...optional(fields, where, 'made_wait_error_ns', count),
    ...optional(fields, where, 'waited_error_ns', count),
    ...optional(fields, where, 'released_error_ns', count),
    ...optional(fields, where, 'total_held_error_ns', count),
    ...optional(fields, where, 'total_waited_error_ns', count),
    ...optional(fields, where, 'total_released_error_ns', count),
    ...optional(fields, where, 'held_while_wanted_error_ns', count),
    ...optional(fields, where, 'total_held_while_wanted_error_ns', count),
    ...optional(fields, where, 'samples', count),
    ...optional(fields, where, 'held_while_wanted_ns', count),
    waited_ns: count(fields.waited_ns, `${where}.waited_ns`),
    ...optional(fields, where, 'waits', count),
    ...optional(fields, where, 'released_ns', count),
    ...optional(fields, where, 'total_held_ns', count),
    ...optional(fields, where, 'total_held_while_wanted_ns', count),
    total_waited_ns: count(fields.total_waited_ns, `${where}.total_waited_ns`),
    ...optional(fields, where, 'total_released_ns', count)
  };
}

export function readIgnored(value: unknown, where: string): IgnoredRow {
  const fields = readFields(value, where);
  return {
    tid: count(fields.tid, `${where}.tid`),
    ...readPlace(fields, where),
    ...optional(fields, where, 'native_function', shortText),
    ...optional(fields, where, 'library', shortText),
    wanted_ns: count(fields.wanted_ns, `${where}.wanted_ns`),
    holds: count(fields.holds, `${where}.holds`),
    requests: count(fields.requests, `${where}.requests`)
  };
}

export function readLock(value: unknown, where: string): LockRow {
  const fields = readFields(value, where);
  return {
    tid: count(fields.tid, `${where}.tid`),
    ...readPlace(fields, where),
    ...optional(fields, where, 'holder_tid', count),
    wait_ns: count(fields.wait_ns, `${where}.wait_ns`),
    ...optional(fields, where, 'wait_error_ns', count),
    ...optional(fields, where, 'count', count)
  };
}

export function readCellText(value: unknown, where: string): CellText {
  const fields = readFields(value, where);
  const sums = longText(fields.line_crc32, `${where}.line_crc32`);
  if (!CELL_TEXT_PATTERN.test(sums)) {
    throw new FieldError(`${where}.line_crc32`, 'is no list of sums');
  }
  return {
    cell: shortText(fields.cell, `${where}.cell`),
    file: shortText(fields.file, `${where}.file`),
    line_crc32: sums
  };
}
