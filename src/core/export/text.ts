/** The report as plain text: for terminals, and for notebooks where nothing else can be shown. */
import { formatCount, formatDuration } from '../quantities';
import type { ReportDocument, ThreadRow, WaitRow } from '../trace/document';
import { isIdle } from '../trace/idle';
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
  sleepSentence,
  type ThreadNamer
} from './source-words';

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

/** A column of figures. */
type Column<Row> = readonly [title: string, cell: (row: Row) => string];

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
    ...verdictLines(document, maxRows),
    captureLine(document),
    ...warnings,
    ...measureLines(document),
    ...lineLines(document, maxRows),
    '',
    ...threadLines(document, maxThreads),
    ...gilLines(document, maxRows),
    ...sentenceLines(
      'Who waited for a lock',
      document.locks.map(row => lockSentence(row, namer(document))),
      maxRows
    ),
    ...sentenceLines('What threads slept in', sleepLines(document), maxRows),
    ...(document.collections
      ? ['', collectionsSentence(document.collections)]
      : []),
    ''
  ].join('\n');
}

/** The verdict between empty lines: first what matters most. */
function verdictLines(document: ReportDocument, most: number): string[] {
  const verdict = verdictOf(document);
  if (verdict === undefined) {
    return [];
  }
  const { first, remedy, others } = verdict;
  return [
    '',
    first,
    ...(remedy === undefined ? [] : [`→ ${remedy}`]),
    ...others.slice(0, most).map(sentence => `- ${sentence}`),
    ''
  ];
}

function threadLines(document: ReportDocument, most: number): string[] {
  const threads = document.threads.filter(row => !isIdle(row));
  const percent =
    (key: PercentKey) =>
    (row: ThreadRow): string => {
      const value = row[key];
      const error = row[ERRORS[key]];
      return value === undefined
        ? ABSENT
        : percentWords(value, error).slice(0, -2);
    };
  const several = new Set(document.threads.map(row => row.pid)).size > 1;
  const columns: Column<ThreadRow>[] = [
    ...(several ? [['pid', row => String(row.pid)] as Column<ThreadRow>] : []),
    ['tid', row => String(row.tid)],
    ['time', row => formatDuration(row.duration_ns)],
    ['has gil %', percent('has_gil_percent')],
    ['gil wait %', percent('gil_wait_percent')],
    ['no gil %', percent('no_gil_percent')],
    ['= working', percent('no_gil_working_percent')],
    ['+ asleep', percent('no_gil_asleep_percent')],
    ['waits', row => countCell(row.waits)],
    ...(threads.some(row => (row.wanted_holds_ns ?? 0) > 0)
      ? [['held wanted', wantedCell] as Column<ThreadRow>]
      : [])
  ];
  const shown = threads.slice(0, most);
  const names = shown.map(row =>
    fit(`${row.main ? '*' : ' '} ${threadLabel(row)}`)
  );
  return [
    ...tableLines('  thread', names, shown, columns),
    ...moreLine(threads.length - shown.length),
    ...idleLines(document).map(line => `  ${line}`),
    '  * main thread. Shares of each thread’s own time; of “no gil” only “working” gets work done.'
  ];
}

const ERRORS = {
  has_gil_percent: 'has_gil_error_percent',
  gil_wait_percent: 'gil_wait_error_percent',
  no_gil_percent: 'no_gil_error_percent',
  no_gil_working_percent: 'no_gil_working_error_percent',
  no_gil_asleep_percent: 'no_gil_asleep_error_percent'
} as const satisfies Partial<Record<keyof ThreadRow, keyof ThreadRow>>;

type PercentKey = keyof typeof ERRORS;

function wantedCell(row: ThreadRow): string {
  return row.wanted_holds_ns === undefined
    ? ABSENT
    : formatDuration(row.wanted_holds_ns);
}

/** A thread's name; of a native one also the library that it is from. */
function threadLabel({ name, library }: ThreadRow): string {
  return library === undefined ? name : `${name} (${library})`;
}

/** A table of texts at the left and figures at the right. */
function tableLines<Row>(
  title: string,
  names: readonly string[],
  rows: readonly Row[],
  columns: readonly Column<Row>[]
): string[] {
  const nameWidth = Math.max(width(title), ...names.map(width));
  const cells = columns.map(([header, cell]) => {
    const texts = [header, ...rows.map(cell)];
    const columnWidth = Math.max(...texts.map(width));
    return texts.map(text => padStart(text, columnWidth));
  });
  return [title, ...names].map((name, line) =>
    [pad(name, nameWidth), ...cells.map(column => column[line])]
      .join('  ')
      .trimEnd()
  );
}

/** Who made whom wait for the GIL. */
function gilLines(document: ReportDocument, most: number): string[] {
  const { blame, ignored, waits } = document;
  if (!hasGil(document)) {
    return [];
  }
  const name = namer(document);
  return [
    ...(blame.length === 0
      ? ['', nobodyWaited(document)]
      : sentenceLines(
          'Who made others wait for the GIL',
          blame.map(row => blameSentence(row, name)),
          most
        )),
    ...sentenceLines(
      'Who kept the GIL when asked for it',
      ignored.map(row => ignoredSentence(row, name)),
      most
    ),
    ...sentenceLines(
      'Longest waits for the GIL',
      waits.slice(0, Math.min(most, 5)).map(row => waitSentence(row, name)),
      most
    )
  ];
}

function lineLines(document: ReportDocument, most: number): string[] {
  const lines = listedLines(document);
  if (lines.length === 0 || !hasGil(document)) {
    return [];
  }
  const shown = lines.slice(0, most);
  const names = shown.map(row => `  ${placeWords(row) ?? ''}`);
  const columns = lineColumns(document).map(
    ({ title, cell }) =>
      [title, (row: (typeof lines)[number]) => cell(row) ?? ABSENT] as const
  );
  return [
    '',
    'Lines that made others wait for the GIL',
    ...tableLines('  line', names, shown, columns),
    ...moreLine(lines.length - shown.length),
    `  ${linesRemark(document)}`
  ];
}

/** Of the threads that are listed. */
function sleepLines(document: ReportDocument): string[] {
  const name = namer(document);
  return document.threads.flatMap(row =>
    isIdle(row) ? [] : (sleepSentence(row, name) ?? [])
  );
}

/** A list with its title, if it has an entry. */
function sentenceLines(
  title: string,
  sentences: readonly string[],
  most: number
): string[] {
  const shown = sentences.slice(0, most);
  return sentences.length === 0
    ? []
    : [
        '',
        title,
        ...shown.map(sentence => `  ${sentence}`),
        ...moreLine(sentences.length - shown.length)
      ];
}

function waitSentence(wait: WaitRow, name: ThreadNamer): string {
  const at = wait.line && placeWords(wait.line);
  const heldAt = wait.holder_line && placeWords(wait.holder_line);
  const waiter = `${name(wait.tid)}${at === undefined ? '' : ` at ${at}`}`;
  const by = wait.longest_holder_tid ?? wait.holder_tid;
  const holder =
    by === undefined
      ? ''
      : `, held longest by ${name(by)}${heldAt === undefined ? '' : ` at ${heldAt}`}`;
  return `${formatDuration(wait.duration_ns)} at ${formatDuration(wait.start_ns)}: ${waiter}${holder}`;
}

function namer({ threads }: ReportDocument): ThreadNamer {
  const name = threadNamer(threads);
  return tid => fit(name(tid));
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

function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}
