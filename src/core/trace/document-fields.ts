/** Kinds of fields that every part of a document has. */
import { readCount, readNumber, readText } from './checked-fields';

const SHORT_TEXT = 1000;
const LONG_TEXT = 100_000;

export const shortText = (value: unknown, where: string): string =>
  readText(value, where, SHORT_TEXT);

export const longText = (value: unknown, where: string): string =>
  readText(value, where, LONG_TEXT);

export const count = (value: unknown, where: string): number =>
  readCount(value, where);

export const number = (value: unknown, where: string): number =>
  readNumber(value, where);
