/** Bounds for what a bundle says in sentences. */
import type { Evidence, Finding } from '../findings/finding';
import type { WhatIf } from '../findings/what-if';
import { shortPlace } from './bound-places';
import { shorten } from './bound-texts';
import type { ReportDocument } from './document';
import { storedBytes } from './stored-size';

/** More findings nobody reads. */
const MOST_FINDINGS = 20;
const MOST_WHAT_IFS = 20;

/** Three sentences with long names. */
const TEXT_LENGTH = 800;
const REMEDY_LENGTH = 500;
const MOST_EVIDENCE = 10;

const MOST_ASSUMPTIONS = 8;
const ASSUMPTION_LENGTH = 300;

/** Part of the budget that findings may take, and what-ifs as much. */
const PART = 1 / 8;

/** A document whose findings and what-ifs are bounded: the least important go first. */
export function boundFindings(
  { findings, what_if: whatIf, ...document }: ReportDocument,
  maxBytes: number
): ReportDocument {
  const room = maxBytes * PART;
  return {
    ...document,
    ...(findings && {
      findings: fittingFindings(
        findings.slice(0, MOST_FINDINGS).map(bounded),
        room
      )
    }),
    ...(whatIf && {
      what_if: fitting(whatIf.slice(0, MOST_WHAT_IFS).map(boundedWhatIf), room)
    })
  };
}

function bounded({ kind, text, evidence, remedy }: Finding): Finding {
  const short = shorten(text, TEXT_LENGTH);
  // Where the text was cut, its last character stands for the rest.
  const end = short === text ? text.length : short.length - 1;
  return {
    kind,
    text: short,
    evidence: evidence
      .filter(({ to }) => to <= end)
      .slice(0, MOST_EVIDENCE)
      .map(boundedEvidence),
    ...(remedy !== undefined && { remedy: shorten(remedy, REMEDY_LENGTH) })
  };
}

function boundedEvidence(evidence: Evidence): Evidence {
  const { line } = evidence;
  return line === undefined
    ? evidence
    : { ...evidence, line: shortPlace(line) };
}

function boundedWhatIf({ change, assumptions, ...range }: WhatIf): WhatIf {
  return {
    change:
      change.kind === 'release'
        ? { ...change, line: shortPlace(change.line) }
        : change,
    ...range,
    assumptions: assumptions
      .slice(0, MOST_ASSUMPTIONS)
      .map(text => shorten(text, ASSUMPTION_LENGTH))
  };
}

/** What a character takes as stored, and what is around a text at most. */
const CHARACTER_BYTES = 6;
const AROUND_BYTES = 200;

/** Where not even the first one fits, as much of its sentence as does. */
function fittingFindings(findings: Finding[], maxBytes: number): Finding[] {
  const fit = fitting(findings, maxBytes);
  return fit.length > 0
    ? fit
    : findings.slice(0, 1).map(({ kind, text }) => ({
        kind,
        text: shorten(
          text,
          Math.floor((maxBytes - AROUND_BYTES) / CHARACTER_BYTES)
        ),
        evidence: []
      }));
}

/** The entries up to the first one that does not fit. */
function fitting<Entry>(entries: Entry[], maxBytes: number): Entry[] {
  let bytes = 0;
  const tooMany = entries.findIndex(entry => {
    bytes += storedBytes(entry);
    return bytes > maxBytes;
  });
  return tooMany < 0 ? entries : entries.slice(0, tooMany);
}
