/** Formats of tracepoints, as /sys/kernel/tracing/events/SYSTEM/NAME/format gives them. */

/** A numeric field of a tracepoint's record. */
export interface NumericField {
  readonly name: string;
  /** Offset in the RAW data, in bytes. */
  readonly offset: number;
  /** 1, 2, 4 or 8 bytes. */
  readonly size: number;
  readonly signed: boolean;
}

/** A format text with the system it stands under, if that is known. */
export interface TracepointFormat {
  readonly system: string | undefined;
  readonly name: string;
  readonly text: string;
}

/** The number after `ID:`, which is attr.config of the event; undefined if there is none. */
export function formatId(text: string): number | undefined {
  const match = /^ID:\s*(\d+)\s*$/m.exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** The name after `name:`, or an empty string. */
export function formatName(text: string): string {
  return /^name:\s*(\S+)\s*$/m.exec(text)?.[1] ?? '';
}

/**
 * The event's own numeric fields in the order of the text: no common_* (they repeat what the sample
 * says), no __probe_* (addresses of the probe itself), no arrays and no strings.
 */
export function numericFields(text: string): NumericField[] {
  const fields: NumericField[] = [];
  const line =
    /^\s*field:([^;]+);\s*offset:(\d+);\s*size:(\d+);(?:\s*signed:(\d+);)?/gm;
  for (const [, declaration, offset, size, signed] of text.matchAll(line)) {
    const name = scalarName(declaration);
    const bytes = Number(size);
    if (name === undefined || ![1, 2, 4, 8].includes(bytes)) {
      continue;
    }
    fields.push({
      name,
      offset: Number(offset),
      size: bytes,
      // Kernels before 2.6.35 do not say it; all their own fields of interest are unsigned or small.
      signed: signed === '1'
    });
  }
  return fields;
}

/** The declared name, or undefined if the field is not a number of the event's own. */
function scalarName(declaration: string): string | undefined {
  // __data_loc and __rel_data_loc are 4-byte references to text or arrays.
  if (/\[|^\s*__(rel_)?data_loc\b/.test(declaration)) {
    return undefined;
  }
  const name = /([A-Za-z_]\w*)\s*$/.exec(declaration)?.[1];
  return name === undefined || /^(common_|__probe_)/.test(name)
    ? undefined
    : name;
}
