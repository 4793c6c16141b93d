/** A mark in words: for the box beside its line, and to be read aloud. */
import type { LineRow } from '../../core/trace/document';
import { shorten } from '../../core/trace/bound-texts';
import { rungFact } from '../../viewer/capture-facts';
import {
  formatCount,
  formatDuration,
  sampledDuration
} from '../../viewer/format';
import type { ITranslation } from '../../viewer/translation';
import type { Figure } from './line-figures';
import type { LineChange, Mark } from './marks';

/** A figure and what it is called. */
export interface MarkFact {
  readonly label: string;
  readonly value: string;
}

export interface MarkWords {
  readonly facts: readonly MarkFact[];
  /** Sentences. */
  readonly remarks: readonly string[];
}

const NAME_LENGTH = 60;

/** As short as a gutter needs it; a sampled figure is marked as about right. */
export function shortFigure({ ns, errorNs }: Figure): string {
  return `${errorNs > 0 ? '~' : ''}${formatDuration(ns)}`;
}

/** All that is known of a line. */
export function markWords(mark: Mark, trans: ITranslation): MarkWords {
  const { row, run, change } = mark;
  const sampled = Object.entries(row).some(
    ([key, value]) => key.endsWith('_error_ns') && Number(value) > 0
  );
  return {
    facts: facts(row, run.mode, trans),
    remarks: [
      ...(sampled
        ? [trans.__('± is the 95 % interval of what was sampled.')]
        : []),
      runWords(mark, trans),
      ...changeWords(change, trans)
    ]
  };
}

function facts(row: LineRow, mode: string, trans: ITranslation): MarkFact[] {
  const unknown = trans.__('not known: mode %1 can’t tell', mode);
  const time = (ns: number | undefined, error = 0): string =>
    ns === undefined ? unknown : sampledDuration(ns, error);
  const withOwn = (
    total: number | undefined,
    totalError: number | undefined,
    own: number | undefined,
    ownError: number | undefined
  ): string =>
    total === undefined || own === undefined || total === own
      ? time(total ?? own, totalError ?? ownError)
      : trans.__(
          '%1, the line itself %2',
          sampledDuration(total, totalError ?? 0),
          sampledDuration(own, ownError ?? 0)
        );
  const waited = withOwn(
    row.total_waited_ns,
    row.total_waited_error_ns,
    row.waited_ns,
    row.waited_error_ns
  );
  return [
    {
      label: trans.__('Made others wait'),
      value: time(row.made_wait_ns, row.made_wait_error_ns)
    },
    {
      label: trans.__('Held the GIL'),
      value: withOwn(
        row.total_held_ns,
        row.total_held_error_ns,
        row.held_ns,
        row.held_error_ns
      )
    },
    {
      label: trans.__('Waited for the GIL'),
      value:
        (row.waits ?? 0) > 0
          ? `${waited} (${trans._n('%1 wait', '%1 waits', row.waits ?? 0)})`
          : waited
    },
    {
      label: trans.__('Released the GIL'),
      value: time(
        row.total_released_ns ?? row.released_ns,
        row.total_released_error_ns ?? row.released_error_ns
      )
    },
    ...(row.samples === undefined || row.samples === 0
      ? []
      : [
          {
            label: trans.__('Seen here with the GIL'),
            value: trans
              ._n('%1 time', '%1 times', row.samples)
              .replace(String(row.samples), formatCount(row.samples))
          }
        ])
  ];
}

function runWords({ run }: Mark, trans: ITranslation): string {
  const { name, started_at: start, state } = run.info;
  const rung = rungFact(run.mode, trans).text;
  const begun = new Date(start);
  const when = Number.isNaN(begun.getTime())
    ? trans.__('an unknown time')
    : begun.toLocaleString();
  const words =
    name === ''
      ? trans.__('From the run of %1, %2.', when, rung)
      : trans.__(
          'From the run “%1” of %2, %3.',
          shorten(name, NAME_LENGTH),
          when,
          rung
        );
  return state === 'partial'
    ? `${words} ${trans.__('It is not complete.')}`
    : words;
}

function changeWords(change: LineChange, trans: ITranslation): string[] {
  switch (change) {
    case 'same':
      return [];
    case 'elsewhere':
      return [trans.__('The cell was changed since, but not this line.')];
    case 'line':
      return [
        trans.__('This line was changed since: the figures are of what it was.')
      ];
    case 'unknown':
      return [
        trans.__('The result does not tell whether the cell was changed since.')
      ];
  }
}

/** In sentences. */
export function spokenMark(
  line: number,
  mark: Mark,
  trans: ITranslation
): string {
  const { facts: figures, remarks } = markWords(mark, trans);
  const said = figures.map(({ label, value }) => `${label}: ${value}.`);
  return [trans.__('Line %1.', line), ...said, ...remarks].join(' ');
}
