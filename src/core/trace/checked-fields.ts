/**
 * Reads fields of JSON that anybody may have written. Each function returns a value of the wanted type
 * or throws a FieldError that names the field.
 */

/** A field that is absent or not what the format says. */
export class FieldError extends Error {
  constructor(where: string, problem: string) {
    super(`${where} ${problem}`);
    this.name = 'FieldError';
  }
}

/** A JSON object whose fields are not yet known. */
export type Fields = Readonly<Record<string, unknown>>;

export function readFields(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError(where, 'is not an object');
  }
  // A plain copy of the own fields: nothing is inherited, and a field named __proto__ stays a field.
  const fields = Object.create(null) as object;
  return Object.assign(fields, value) as Fields;
}

/** A list, each entry read by `read`. */
export function readList<T>(
  value: unknown,
  where: string,
  most: number,
  read: (entry: unknown, where: string) => T
): T[] {
  if (!Array.isArray(value)) {
    throw new FieldError(where, 'is not a list');
  }
  if (value.length > most) {
    throw new FieldError(where, `has more than ${most} entries`);
  }
  return Array.from(value, (entry: unknown, index) =>
    read(entry, `${where}[${index}]`)
  );
}

/** Text of at most `most` UTF-16 code units. */
export function readText(value: unknown, where: string, most: number): string {
  if (typeof value !== 'string') {
    throw new FieldError(where, 'is not a text');
  }
  if (value.length > most) {
    throw new FieldError(where, `is longer than ${most} characters`);
  }
  return value;
}

export function readBoolean(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') {
    throw new FieldError(where, 'is not true or false');
  }
  return value;
}

/** An integer from 0 to `most`. */
export function readCount(
  value: unknown,
  where: string,
  most = Number.MAX_SAFE_INTEGER
): number {
  if (!Number.isSafeInteger(value)) {
    throw new FieldError(where, 'is not a whole number');
  }
  const count = Number(value);
  if (count < 0 || count > most) {
    throw new FieldError(where, `is not between 0 and ${most}`);
  }
  return count;
}

/** A finite number from 0 to `most`. */
export function readNumber(
  value: unknown,
  where: string,
  most = Number.MAX_SAFE_INTEGER
): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= most)) {
    throw new FieldError(where, `is not a number between 0 and ${most}`);
  }
  return value;
}

/** One of the given words. */
export function readWord<T extends string>(
  value: unknown,
  where: string,
  words: readonly T[]
): T {
  const word = words.find(candidate => candidate === value);
  if (word === undefined) {
    throw new FieldError(where, 'has an unknown value');
  }
  return word;
}

/** The field if it is there; an object to spread, so that an absent field stays absent. */
export function optional<K extends string, T>(
  fields: Fields,
  where: string,
  key: K,
  read: (value: unknown, where: string) => T
): { [key in K]?: T } {
  const value = fields[key];
  if (value === undefined) {
    return {};
  }
  return { [key]: read(value, `${where}.${key}`) } as { [key in K]?: T };
}
