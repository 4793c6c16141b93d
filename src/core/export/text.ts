/** The report as plain text: for terminals, and for notebooks where nothing else can be shown. */
import { formatCount, formatDuration, formatPercent } from '../quantities';
import type { ReportDocument, ThreadRow } from '../trace/document';
import { isIdle } from '../trace/idle';
import {
  blameSentence,
  captureLine,
  hasGil,
  idleLines,
  plain,
  threadNamer,
  titleLine,
  warningLines
} from './capture-lines';

export interface TextOptions {
  /** Rows of the thread table at most; default 40. */
  maxThreads?: number;
  /** Rows of the other tables at most; default 10. */
  maxRows?: number;
}

const MAX_THREADS = 40;
const MAX_ROWS = 10;
const NAME_WIDTH = 28;
const ABSENT = '-';

type Column = readonly [title: string, cell: (row: ThreadRow) => string];

/**
 * The report as text that ends with a line feed. What the capture can't know is '-'.
 */
export function reportText(
  document: ReportDocument,
  options: TextOptions = {}
): string {
  const maxThreads = options.maxThreads ?? MAX_THREADS;
  const maxRows = options.maxRows ?? MAX_ROWS;
  const warnings = warningLines(document).map(line => `! ${line}`);
  return [
    titleLine(document),
    captureLine(document),
    ...warnings,
    '',
    ...threadLines(document, maxThreads),
    ...blameLines(document, maxRows),
    ...waitLines(document, Math.min(maxRows, 5)),
    ''
  ].join('\n');
}

function threadLines(document: ReportDocument, most: number): string[] {
  const threads = document.threads.filter(row => !isIdle(row));
  const percent =
    (key: PercentKey) =>
    (row: ThreadRow): string => {
      const value = row[key];
      return value === undefined ? ABSENT : formatPercent(value).slice(0, -2);
    };
  const columns: Column[] = [
    ['tid', row => String(row.tid)],
    ['time', row => formatDuration(row.duration_ns)],
    ['has gil %', percent('has_gil_percent')],
    ['gil wait %', percent('gil_wait_percent')],
    ['no gil %', percent('no_gil_percent')],
    ['= working', percent('no_gil_working_percent')],
    ['+ asleep', percent('no_gil_asleep_percent')],
    ['waits', row => countCell(row.waits)]
  ];
  const shown = threads.slice(0, most);
  const names = shown.map(row => fit(`${row.main ? '*' : ' '} ${row.name}`));
  const nameWidth = Math.max(8, ...names.map(width));
  const cells = columns.map(([title, cell]) => {
    const texts = [title, ...shown.map(cell)];
    const columnWidth = Math.max(...texts.map(width));
    return texts.map(text => text.padStart(columnWidth));
  });
  const lines = ['  thread', ...names].map((name, line) =>
    [pad(name, nameWidth), ...cells.map(column => column[line])]
      .join('  ')
      .trimEnd()
  );
  return [
    ...lines,
    ...moreLine(threads.length - shown.length),
    ...idleLines(document).map(line => `  ${line}`),
    '  * main thread. Shares of each thread’s own time; of “no gil” only “working” gets work done.'
  ];
}

type PercentKey = {
  [K in keyof ThreadRow]-?: K extends `${string}_percent` ? K : never;
}[keyof ThreadRow];

function blameLines(document: ReportDocument, most: number): string[] {
  const { blame, threads } = document;
  if (!hasGil(document)) {
    return [];
  }
  if (blame.length === 0) {
    return ['', 'No thread waited for the GIL.'];
  }
  const name = threadNamer(threads);
  const shown = blame.slice(0, most);
  return [
    '',
    'Who made others wait for the GIL',
    ...shown.map(row => `  ${blameSentence(row, tid => fit(name(tid)))}`),
    ...moreLine(blame.length - shown.length)
  ];
}

function waitLines(document: ReportDocument, most: number): string[] {
  const { waits, threads } = document;
  if (waits.length === 0) {
    return [];
  }
  const name = threadNamer(threads);
  return [
    '',
    'Longest waits for the GIL',
    ...waits.slice(0, most).map(wait => {
      const holder =
        wait.holder_tid === undefined
          ? ''
          : `, held by ${fit(name(wait.holder_tid))}`;
      return `  ${formatDuration(wait.duration_ns)} at ${formatDuration(wait.start_ns)}: ${fit(name(wait.tid))}${holder}`;
    })
  ];
}

function moreLine(rows: number): string[] {
  return rows > 0
    ? [`  ${formatCount(rows)} more ${rows === 1 ? 'row' : 'rows'}`]
    : [];
}

function countCell(count: number | undefined): string {
  return count === undefined ? ABSENT : formatCount(count);
}

/** A name in one line that leaves room for the figures. */
function fit(name: string): string {
  const characters = Array.from(plain(name));
  return characters.length <= NAME_WIDTH
    ? characters.join('')
    : `${characters.slice(0, NAME_WIDTH - 1).join('')}…`;
}

/** Width in characters, not in UTF-16 code units. */
function width(text: string): number {
  return Array.from(text).length;
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}
