/** What the sections of a run's tables share, and how a table gets into one. */
import type { OmittedRows } from '../../core/trace/bundle-view';
import type { ReportDocument, ThreadRow } from '../../core/trace/document';
import type { ThreadState } from '../../core/threads/states';
import { element } from '../dom';
import type { Lane } from '../lanes/lane-data';
import { threadBadge } from '../lanes/lane-row';
import type { Picks } from '../picks';
import type { Theme } from '../theme';
import { cssColour } from '../theme';
import type { ITranslation } from '../translation';
import { SortableTable } from './sortable-table';
import type { RowPlace } from './row-place';
import type { TableOptions } from './table-model';
import type { SectionState } from './table-section';
import { TableSection } from './table-section';
import { tableTools } from './table-tools';

/** What the reader has done to each section: order, filter, folding. */
export type TablesState = Map<string, SectionState>;

export interface TablesContext {
  readonly document: ReportDocument;
  readonly omitted: OmittedRows;
  /** The rows of the whole run by those of `document`, which may be about a part of it. */
  readonly wholeThreads: ReadonlyMap<ThreadRow, ThreadRow>;
  readonly lanes: readonly Lane[];
  readonly picks: Picks;
  readonly state: TablesState;
  readonly theme: Theme;
  readonly trans: ITranslation;
  /** Says something to those who don't see it. */
  readonly announce: (text: string) => void;
  /** The tables that are there, by key: those of sections that were opened. */
  readonly tables: Map<string, LiveTable>;
}

/** A table that follows what the reader picks. */
export interface LiveTable {
  readonly node: HTMLElement;
  showPicked(reveal: boolean): void;
  /** Give the focus to what fits a place best, which is returned; the page does not scroll. Undefined if nothing fits. */
  focusRow(place: RowPlace): HTMLElement | undefined;
}

export function stateOf({ state }: TablesContext, key: string): SectionState {
  const known = state.get(key) ?? {};
  state.set(key, known);
  return known;
}

/** CSS colour of a state. */
export function stateColour(
  { theme }: TablesContext,
  state: ThreadState
): string {
  return cssColour(theme.states[state].base);
}

/** The badge of a thread, if it has a number. */
export function badgeOfRow(
  context: TablesContext,
  row: ThreadRow
): HTMLElement | undefined {
  const whole = context.wholeThreads.get(row);
  return badge(context, ({ thread }) => thread === whole);
}

/** Linux gives thread ids out again: where the row is known, badgeOfRow decides. */
export function badgeOfTid(
  context: TablesContext,
  tid: number
): HTMLElement | undefined {
  return badge(context, ({ thread }) => thread?.tid === tid);
}

function badge(
  { lanes, theme }: TablesContext,
  fits: (lane: Lane) => boolean
): HTMLElement | undefined {
  const number = lanes.find(fits)?.number;
  return number === undefined ? undefined : threadBadge(number, theme);
}

/** A section with nothing but a table. */
export function tableSection<Row>(
  context: TablesContext,
  key: string,
  options: TableOptions<Row>,
  open = true
): HTMLElement {
  const fill = (body: HTMLElement, tools: HTMLElement): void => {
    tools.append(...fillTable(context, key, body, options));
  };
  const { caption: title } = options;
  return new TableSection({ title, open, fill }, stateOf(context, key)).node;
}

/**
 * Put a table into a section, in place of what was there, with how much of it is not stored.
 *
 * @returns what stands beside the section's heading
 */
export function fillTable<Row>(
  context: TablesContext,
  key: string,
  body: HTMLElement,
  options: TableOptions<Row>
): HTMLElement[] {
  const { trans } = context;
  const omitted: Record<string, number | undefined> = { ...context.omitted };
  const table = new SortableTable(options, stateOf(context, key), context);
  context.tables.set(key, table);
  body.replaceChildren(table.node);
  const count = omitted[key] ?? 0;
  if (count > 0) {
    const text = trans._n(
      '%1 more row is not stored',
      '%1 more rows are not stored',
      count
    );
    body.append(sentence(text));
  }
  return tableTools(table, trans);
}

/** A line of text between or below tables. */
export function sentence(text: string): HTMLElement {
  return element('p', 'giltracer-Table-none', text);
}
