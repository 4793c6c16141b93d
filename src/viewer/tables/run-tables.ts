/** The tables of a run that has ended, each in a section that can be folded away. */
import type { BundleView } from '../../core/trace/bundle-view';
import type { ReportDocument } from '../../core/trace/document';
import { ThreadState } from '../../core/threads/states';
import { element } from '../dom';
import { collectionsWords } from '../header';
import type { Lane } from '../lanes/lane-data';
import { lanesOf } from '../lanes/lane-data';
import type { Picks } from '../picks';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { blameTable } from './blame-table';
import { histogramTable } from './histogram-table';
import { linesSection } from './lines-section';
import { matrixSection } from './matrix-section';
import { ignoredTable, locksTable } from './other-tables';
import type { TablesContext, TablesState } from './tables-context';
import {
  badgeOfRow,
  badgeOfTid,
  sentence,
  stateColour,
  tableSection
} from './tables-context';
import { threadsTable } from './threads-table';
import { WaitsSection } from './waits-section';

export type { TablesState };

export class RunTables {
  /** @param state is kept up to date with what the reader does */
  constructor(
    private readonly _view: BundleView,
    private readonly _document: ReportDocument,
    private readonly _picks: Picks,
    private readonly _state: TablesState,
    private readonly _trans: ITranslation
  ) {
    this._lanes = lanesOf(_view);
    // Letters and arrows are the tables' here, not shortcuts of a notebook.
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  readonly node = element('div', 'giltracer-RunView-tables');

  /** Show the tables in the colours of a theme. */
  show(theme: Theme): void {
    this.node.replaceChildren(
      ...sections({
        document: this._document,
        omitted: this._view.omitted,
        lanes: this._lanes,
        picks: this._picks,
        state: this._state,
        theme,
        trans: this._trans
      })
    );
  }

  /** Release timers and subscriptions. The node is left as it is. */
  dispose(): void {
    this.node.replaceChildren();
  }

  private readonly _lanes: readonly Lane[];
}

/** Those that the run has rows for, the one of lines first. */
function sections(context: TablesContext): HTMLElement[] {
  const { document, trans } = context;
  const { capture, collections } = document;
  const badge = (tid: number): HTMLElement | undefined =>
    badgeOfTid(context, tid);
  const threads = threadsTable(
    document,
    row => badgeOfRow(context, row),
    state => stateColour(context, state),
    trans
  );
  return [
    ...(capture.gil_enabled && document.lines.length > 0
      ? [linesSection(context)]
      : []),
    tableSection(context, 'threads', threads),
    ...(capture.gil_enabled ? gilSections(context) : []),
    ...(document.locks.length > 0
      ? [tableSection(context, 'locks', locksTable(document, badge, trans))]
      : []),
    ...(collections === undefined
      ? []
      : [sentence(collectionsWords(collections, trans))])
  ];
}

function gilSections(context: TablesContext): HTMLElement[] {
  const { document, omitted, trans } = context;
  const badge = (tid: number): HTMLElement | undefined =>
    badgeOfTid(context, tid);
  const waits =
    document.waits.length > 0 ? new WaitsSection(context) : undefined;
  const nodes: HTMLElement[] = [];
  if (document.blame.length > 0) {
    const blame = blameTable(document, badge, trans);
    nodes.push(
      matrixSection(context, waits && (filter => waits.show(filter))),
      ...(waits === undefined ? [] : [waits.node]),
      tableSection(context, 'blame', blame, false)
    );
  } else {
    nodes.push(
      ...((omitted.blame ?? 0) > 0
        ? []
        : [sentence(trans.__('No thread made another one wait for the GIL.'))]),
      ...(waits === undefined ? [] : [waits.node])
    );
  }
  nodes.push(...histogramSections(context));
  if (document.ignored.length > 0) {
    const ignored = ignoredTable(document, badge, trans);
    nodes.push(tableSection(context, 'ignored', ignored, false));
  }
  return nodes;
}

/** All waits by length; where they are not all known, that is said if there were any. */
function histogramSections(context: TablesContext): HTMLElement[] {
  const { document, trans } = context;
  const colour = stateColour(context, ThreadState.WaitingGil);
  const options = histogramTable(document, colour, trans);
  if (options.rows.length > 0) {
    return [tableSection(context, 'histogram', options)];
  }
  return document.wait_histogram === undefined && document.waits.length > 0
    ? [
        sentence(
          document.capture.mode === 'sample'
            ? trans.__(
                'How many waits were how long is not known: they were sampled.'
              )
            : trans.__('How many waits were how long is not stored here.')
        )
      ]
    : [];
}
