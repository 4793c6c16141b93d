/** Which tables a run has, and in which order. */
import type { CollectionsInfo, ThreadRow } from '../../core/trace/document';
import { ThreadState } from '../../core/threads/states';
import { collectionsWords } from '../header';
import { threadName } from '../thread-name';
import { blameTable } from './blame-table';
import { histogramTable } from './histogram-table';
import { linesSection } from './lines-section';
import { matrixSection } from './matrix-section';
import { ignoredTable, locksTable } from './other-tables';
import { blameFit, threadFit, threadOnLineFit } from './row-place';
import type { TableOptions } from './table-model';
import type { TablesContext } from './tables-context';
import {
  badgeOfRow,
  badgeOfTid,
  sentence,
  stateColour,
  tableSection
} from './tables-context';
import { threadsTable } from './threads-table';
import { WaitsSection } from './waits-section';

/** Those that the run has rows for, the one of lines first. */
export function sections(context: TablesContext): HTMLElement[] {
  const { document, trans } = context;
  const { capture, collections } = document;
  const badge = (tid: number): HTMLElement | undefined =>
    badgeOfTid(context, tid);
  const threads = {
    ...threadsTable(
      document,
      row => badgeOfRow(context, row),
      state => stateColour(context, state),
      trans
    ),
    ...threadPick(context),
    fit: threadFit
  };
  return [
    ...(capture.gil_enabled && document.lines.length > 0
      ? [linesSection(context)]
      : []),
    tableSection(context, 'threads', threads),
    ...(capture.gil_enabled ? gilSections(context) : []),
    ...(document.locks.length > 0
      ? [
          tableSection(context, 'locks', {
            ...locksTable(document, badge, trans),
            fit: threadOnLineFit
          })
        ]
      : []),
    ...(collections === undefined
      ? []
      : [collectionsSentence(context, collections)])
  ];
}

/** What the collector took is one sentence, and yet evidence. */
function collectionsSentence(
  { tables, trans }: TablesContext,
  collections: CollectionsInfo
): HTMLElement {
  const node = sentence(collectionsWords(collections, trans));
  node.tabIndex = -1;
  tables.set('collections', {
    node,
    showPicked: () => undefined,
    focusRow: () => {
      node.focus({ preventScroll: true });
      return node;
    }
  });
  return node;
}

function gilSections(context: TablesContext): HTMLElement[] {
  const { document, omitted, trans } = context;
  const badge = (tid: number): HTMLElement | undefined =>
    badgeOfTid(context, tid);
  const waits =
    document.waits.length > 0 ? new WaitsSection(context) : undefined;
  const nodes: HTMLElement[] = [];
  if (document.blame.length > 0) {
    const blame = {
      ...blameTable(document, badge, trans),
      fit: blameFit
    };
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
    const ignored = {
      ...ignoredTable(document, badge, trans),
      fit: threadOnLineFit
    };
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

/** A thread is picked as the row of the whole run, whatever range the table is about. */
function threadPick({
  picks,
  trans,
  wholeThreads
}: TablesContext): Pick<TableOptions<ThreadRow>, 'rowAction' | 'isPicked'> {
  const whole = (row: ThreadRow): ThreadRow => wholeThreads.get(row) ?? row;
  return {
    rowAction: {
      label: row => trans.__('Light up %1', threadName(row, trans)),
      run: row => {
        const again = picks.current.thread === whole(row);
        picks.pick('thread', again ? undefined : whole(row));
      }
    },
    isPicked: row => picks.current.thread === whole(row)
  };
}
