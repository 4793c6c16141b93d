/**
 * The report as static HTML for places where the extension is not: nbviewer, GitHub, VS Code, nbconvert.
 * Only tags, attributes and styles that JupyterLab's sanitizer keeps (apputils/lib/sanitizer.js), so that
 * an untrusted notebook shows the same; no colours but those of the lanes, so that it fits any theme.
 */
import { formatCount, formatDuration } from '../quantities';
import { STATIC_MAX_BYTES } from '../trace/bundle';
import type { ReportDocument, ThreadRow } from '../trace/document';
import { isIdle } from '../trace/idle';
import { encodeBase64 } from '../trace/packed-bytes';
import { storedBytes } from '../trace/stored-size';
import {
  captureLine,
  hasGil,
  idleLines,
  measureLines,
  nobodyWaited,
  percentWords,
  threadNamer,
  titleLine,
  warningLines
} from './capture-lines';
import { plain } from './plain-text';
import { verdictOf } from './verdict-words';
import {
  blameSentence,
  collectionsSentence,
  ignoredSentence,
  lineColumns,
  linesRemark,
  listedLines,
  lockSentence,
  placeWords,
  type ThreadNamer
} from './source-words';

/** How a reader gets more than this. */
const HINT =
  'This is the static picture. To zoom and to see each wait, open this notebook in a JupyterLab or Notebook 7 with giltracer: run “pip install giltracer” in its environment, or “giltracer lab” in this kernel’s, and reload the page.';

/** Ways to say the same in fewer rows, until it fits. */
const ROWS = [
  { threads: 40, others: 10 },
  { threads: 20, others: 5 },
  { threads: 8, others: 3 },
  { threads: 1, others: 0 }
] as const;

type Rows = (typeof ROWS)[number];

const CELL = 'padding:2px 10px;text-align:right;';
const NAME_CELL = 'padding:2px 10px;text-align:left;';
const NAME_CHARACTERS = 60;
const ABSENT = '–';

/**
 * The report as an HTML fragment. Together with the picture as base64 it stays within STATIC_MAX_BYTES as
 * stored in a notebook: rows end early, and a picture too large to stand in it a second time is left to
 * image/png.
 *
 * @param png the lanes, as lanesPng makes them
 */
export function reportHtml(document: ReportDocument, png?: Uint8Array): string {
  const picture = png ? encodeBase64(png) : '';
  const room = STATIC_MAX_BYTES - picture.length;
  let html = '';
  for (const embedded of picture === '' ? [''] : [picture, '']) {
    for (const rows of ROWS) {
      html = fragment(document, embedded, rows);
      if (storedBytes(html) <= room) {
        return html;
      }
    }
  }
  return html;
}

function fragment(
  document: ReportDocument,
  picture: string,
  rows: Rows
): string {
  const image =
    picture === ''
      ? ''
      : `<img alt='${escapeHtml(altText(document))}' src='data:image/png;base64,${picture}' style='max-width:100%'>`;
  return [
    `<div><div><b>${escapeHtml(shorten(titleLine(document)))}</b></div>`,
    verdictBlock(document, rows.others),
    ...warningLines(document).map(
      line => `<div><b>${escapeHtml(line)}</b></div>`
    ),
    `<div>${image}</div>`,
    lineTable(document, rows.others),
    threadTable(document, rows.threads),
    gilLists(document, rows.others),
    lockLists(document, rows.others),
    ...[captureLine(document), ...measureLines(document)].map(
      line => `<div><small>${escapeHtml(line)}</small></div>`
    ),
    `<div><small>${escapeHtml(HINT)}</small></div></div>`
  ].join('');
}

/** What the picture shows, for those who can't see it. */
function altText(document: ReportDocument): string {
  const lanes = 'Lanes of the threads over time, one colour for each state';
  const verdict = verdictOf(document);
  return verdict === undefined ? lanes : `${lanes}: ${verdict.first}`;
}

function verdictBlock(document: ReportDocument, most: number): string {
  const verdict = verdictOf(document);
  if (verdict === undefined) {
    return '';
  }
  const { first, remedy, others } = verdict;
  const items = others
    .slice(0, most)
    .map(sentence => `<li>${escapeHtml(sentence)}</li>`);
  return [
    `<div style='padding-top:8px'><b>${escapeHtml(first)}</b></div>`,
    ...(remedy === undefined ? [] : [`<div>${escapeHtml(remedy)}</div>`]),
    ...(items.length === 0 ? [] : [`<ul>${items.join('')}</ul>`])
  ].join('');
}

function threadTable(document: ReportDocument, most: number): string {
  const threads = document.threads.filter(row => !isIdle(row));
  const wanted = threads.some(row => (row.wanted_holds_ns ?? 0) > 0);
  const header = [
    'has gil',
    'gil wait',
    'no gil',
    'working',
    'asleep',
    'waits',
    ...(wanted ? ['held wanted'] : []),
    'time'
  ].map(title => `<th style='${CELL}'>${title}</th>`);
  const shown = threads.slice(0, most).map(row => threadRow(row, wanted));
  return [
    "<table style='border-collapse:collapse'><thead><tr>",
    `<th style='${NAME_CELL}'>thread</th>`,
    ...header,
    '</tr></thead><tbody>',
    ...shown,
    '</tbody></table>',
    moreLine(threads.length - shown.length),
    ...idleLines(document).map(line => `<div><small>${line}</small></div>`),
    '<div><small>* main thread. Shares of each thread’s own time; of “no gil” only “working” gets work done.</small></div>'
  ].join('');
}

function threadRow(row: ThreadRow, wanted: boolean): string {
  const percent = (
    value: number | undefined,
    error: number | undefined
  ): string => (value === undefined ? ABSENT : percentWords(value, error));
  const cells = [
    percent(row.has_gil_percent, row.has_gil_error_percent),
    percent(row.gil_wait_percent, row.gil_wait_error_percent),
    percent(row.no_gil_percent, row.no_gil_error_percent),
    percent(row.no_gil_working_percent, row.no_gil_working_error_percent),
    percent(row.no_gil_asleep_percent, row.no_gil_asleep_error_percent),
    row.waits === undefined ? ABSENT : formatCount(row.waits),
    ...(wanted
      ? [
          row.wanted_holds_ns === undefined
            ? ABSENT
            : formatDuration(row.wanted_holds_ns)
        ]
      : []),
    formatDuration(row.duration_ns)
  ].map(text => `<td style='${CELL}'>${escapeHtml(unbroken(text))}</td>`);
  const library = row.library === undefined ? '' : ` (${row.library})`;
  const name = `${row.main ? '* ' : ''}${shorten(plain(row.name + library))}`;
  return `<tr><td style='${NAME_CELL}'>${escapeHtml(name)}</td>${cells.join('')}</tr>`;
}

/** Who made whom wait for the GIL. */
function gilLists(document: ReportDocument, most: number): string {
  const { blame, ignored } = document;
  if (!hasGil(document) || most === 0) {
    return '';
  }
  const name = namer(document);
  return [
    blame.length === 0
      ? `<div>${nobodyWaited(document)}</div>`
      : sentenceList(
          'Who made others wait for the GIL',
          blame.map(row => blameSentence(row, name)),
          most
        ),
    sentenceList(
      'Who kept the GIL when asked for it',
      ignored.map(row => ignoredSentence(row, name)),
      most
    )
  ].join('');
}

function lineTable(document: ReportDocument, most: number): string {
  const lines = listedLines(document);
  if (lines.length === 0 || !hasGil(document) || most === 0) {
    return '';
  }
  const columns = lineColumns(document);
  const header = columns.map(
    ({ title }) => `<th style='${CELL}'>${title}</th>`
  );
  const shown = lines.slice(0, most).map(row => {
    const cells = columns.map(
      ({ cell }) =>
        `<td style='${CELL}'>${escapeHtml(unbroken(cell(row) ?? ABSENT))}</td>`
    );
    const place = escapeHtml(placeWords(row) ?? '');
    return `<tr><td style='${NAME_CELL}'>${place}</td>${cells.join('')}</tr>`;
  });
  return [
    heading('Lines that made others wait for the GIL'),
    "<table style='border-collapse:collapse'><thead><tr>",
    `<th style='${NAME_CELL}'>line</th>`,
    ...header,
    '</tr></thead><tbody>',
    ...shown,
    '</tbody></table>',
    moreLine(lines.length - shown.length),
    `<div><small>${escapeHtml(linesRemark(document))}</small></div>`
  ].join('');
}

function lockLists(
  { collections, ...document }: ReportDocument,
  most: number
): string {
  const name = namer(document);
  return [
    sentenceList(
      'Who waited for a lock',
      document.locks.map(row => lockSentence(row, name)),
      most
    ),
    collections && most > 0
      ? `<div>${escapeHtml(collectionsSentence(collections))}</div>`
      : ''
  ].join('');
}

/** A list with its title, if it has an entry. */
function sentenceList(
  title: string,
  sentences: readonly string[],
  most: number
): string {
  if (sentences.length === 0 || most === 0) {
    return '';
  }
  const shown = sentences.slice(0, most);
  return [
    heading(title),
    `<ul>${shown.map(text => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`,
    moreLine(sentences.length - shown.length)
  ].join('');
}

function namer({ threads }: ReportDocument): ThreadNamer {
  const name = threadNamer(threads);
  return tid => shorten(name(tid));
}

function heading(title: string): string {
  return `<div style='padding-top:8px'><b>${title}</b></div>`;
}

/** A figure stays in one line with its unit. */
function unbroken(figure: string): string {
  return figure.replace(/ /g, '\u00a0');
}

function moreLine(rows: number): string {
  return rows > 0
    ? `<div><small>${formatCount(rows)} more ${rows === 1 ? 'row' : 'rows'}</small></div>`
    : '';
}

function shorten(text: string): string {
  const characters = Array.from(text);
  return characters.length <= NAME_CHARACTERS
    ? text
    : `${characters.slice(0, NAME_CHARACTERS - 1).join('')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
};

/** Text that is safe between tags and within quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character]);
}
