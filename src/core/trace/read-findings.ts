/** Reads the findings and what-ifs of a document that anybody may have written. */
import {
  EVIDENCE_TABLES,
  FINDING_KINDS,
  OTHER_KIND,
  type Evidence,
  type Finding
} from '../findings/finding';
import type { Change, WhatIf } from '../findings/what-if';
import {
  FieldError,
  optional,
  readCount,
  readFields,
  readList,
  readText,
  type Fields
} from './checked-fields';
import { count } from './document-fields';
import { readSourceLine } from './read-lines';

// Far above what a run is told in, far below what hurts a page.
const MOST_FINDINGS = 100;
const MOST_EVIDENCE = 100;
const MOST_WHAT_IFS = 100;
const MOST_ASSUMPTIONS = 20;
const SENTENCES_LENGTH = 4096;

const sentences = (value: unknown, where: string): string =>
  readText(value, where, SENTENCES_LENGTH);

/** @throws FieldError */
export function readFindings(value: unknown, where: string): Finding[] {
  return readList(value, where, MOST_FINDINGS, readFinding);
}

function readFinding(value: unknown, where: string): Finding {
  const fields = readFields(value, where);
  const text = sentences(fields.text, `${where}.text`);
  const kind = sentences(fields.kind, `${where}.kind`);
  return {
    kind: FINDING_KINDS.find(known => known === kind) ?? OTHER_KIND,
    text,
    evidence: readEvidence(fields.evidence, `${where}.evidence`, text),
    ...optional(fields, where, 'remedy', sentences)
  };
}

/** What stands in a table that this reader does not know is left out: the sentence says it all the same. */
function readEvidence(value: unknown, where: string, text: string): Evidence[] {
  let passed = 0;
  return readList(value, where, MOST_EVIDENCE, (entry, at) => {
    const fields = readFields(entry, at);
    const from = readCount(fields.from, `${at}.from`, text.length);
    const to = readCount(fields.to, `${at}.to`, text.length);
    if (from < passed || to <= from) {
      throw new FieldError(at, 'is not behind the one before it');
    }
    passed = to;
    const name = sentences(fields.table, `${at}.table`);
    const table = EVIDENCE_TABLES.find(known => known === name);
    return table === undefined
      ? []
      : [{ from, to, table, ...readSource(fields, at) }];
  }).flat();
}

function readSource(fields: Fields, where: string): Partial<Evidence> {
  return {
    ...optional(fields, where, 'line', readSourceLine),
    ...optional(fields, where, 'tid', count),
    ...optional(fields, where, 'range_ns', readRange)
  };
}

function readRange(
  value: unknown,
  where: string
): NonNullable<Evidence['range_ns']> {
  const fields = readFields(value, where);
  const from = count(fields.from, `${where}.from`);
  const to = count(fields.to, `${where}.to`);
  if (to < from) {
    throw new FieldError(where, 'ends before it begins');
  }
  return { from, to };
}

/**
 * Without those of a change that this reader does not know: nobody could say what they are about.
 *
 * @throws FieldError
 */
export function readWhatIfs(value: unknown, where: string): WhatIf[] {
  return readList(value, where, MOST_WHAT_IFS, readWhatIf).flat();
}

function readWhatIf(value: unknown, where: string): WhatIf[] {
  const fields = readFields(value, where);
  const change = readChange(fields.change, `${where}.change`);
  const low = count(fields.low_ns, `${where}.low_ns`);
  const high = count(fields.high_ns, `${where}.high_ns`);
  if (high < low) {
    throw new FieldError(`${where}.high_ns`, 'is below low_ns');
  }
  const assumptions = readList(
    fields.assumptions,
    `${where}.assumptions`,
    MOST_ASSUMPTIONS,
    sentences
  );
  return change === undefined
    ? []
    : [{ change, low_ns: low, high_ns: high, assumptions }];
}

/** Undefined if its kind is not known. */
function readChange(value: unknown, where: string): Change | undefined {
  const fields = readFields(value, where);
  const kind = sentences(fields.kind, `${where}.kind`);
  switch (kind) {
    case 'release':
      return { kind, line: readSourceLine(fields.line, `${where}.line`) };
    case 'switch-interval':
      return {
        kind,
        switch_interval_ns: count(
          fields.switch_interval_ns,
          `${where}.switch_interval_ns`
        )
      };
    case 'threads':
      return { kind, threads: count(fields.threads, `${where}.threads`) };
    case 'no-gil':
      return { kind };
    default:
      return undefined;
  }
}
