/** The rows of the lanes: those of the groups that are open, and what stands for the others. */
import { button, element } from '../dom';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import type { LaneGroup } from './lane-groups';
import { groupTitle } from './lane-groups';
import type { ILaneActions } from './lane-row';
import { LaneRow } from './lane-row';
import { sharesOfThreads } from './thread-shares';

/** What rows ask for. */
export interface IRowsActions extends ILaneActions {
  foldGroup(group: LaneGroup): void;
}

/** By the keys of groups and lanes: whether they are folded; those that are absent are as at first. */
export type Folds = ReadonlyMap<string, boolean>;

export function isGroupFolded(group: LaneGroup, folds: Folds): boolean {
  return group.headed && (folds.get(group.key) ?? group.foldedAtFirst);
}

/** The lanes that a group shows: all of them, or the mean, main threads and those that the reader looks for. */
export function shownLanes(
  group: LaneGroup,
  folds: Folds,
  revealed: ReadonlySet<Lane>
): readonly Lane[] {
  return isGroupFolded(group, folds)
    ? [
        ...group.lanes.filter(
          lane => revealed.has(lane) || lane.thread?.main === true
        ),
        group.mean
      ]
    : group.lanes;
}

export class LaneRows {
  constructor(
    private _theme: Theme,
    private readonly _actions: IRowsActions,
    private readonly _trans: ITranslation
  ) {
    this.node.setAttribute('role', 'list');
  }

  readonly node = element('div', 'giltracer-Lanes-rows');

  /** Rows on the screen or scrolled out of it, from top to bottom. */
  get shown(): readonly LaneRow[] {
    return this._shown;
  }

  /** Everything that a key can walk to: rows and headers of groups, from top to bottom. */
  get stops(): readonly HTMLElement[] {
    return this._stops;
  }

  /** The groups as they were arranged last. */
  get groups(): readonly LaneGroup[] {
    return this._groups;
  }

  /** Show these groups; rows that were there before are used again. */
  arrange(
    groups: readonly LaneGroup[],
    folds: Folds,
    revealed: ReadonlySet<Lane>
  ): void {
    const before = this._rows;
    this._rows = new Map();
    this._standIns.clear();
    this._shown = [];
    this._stops = [];
    this._groups = groups;
    const nodes: HTMLElement[] = [];
    for (const group of groups) {
      const folded = isGroupFolded(group, folds);
      if (group.headed) {
        nodes.push(this._header(group, folded));
      }
      for (const lane of shownLanes(group, folds, revealed)) {
        const row =
          before.get(lane) ??
          new LaneRow(lane, this._theme, this._actions, this._trans);
        before.delete(lane);
        this._rows.set(lane, row);
        row.setFolded(folds.get(lane.key) ?? false);
        this._shown.push(row);
        this._stops.push(row.node);
        nodes.push(row.node);
      }
      const mean = this._rows.get(group.mean);
      if (mean !== undefined) {
        group.lanes.forEach(lane => this._standIns.set(lane, mean));
      }
    }
    before.forEach(({ canvas }) => {
      canvas.release();
    });
    this.node.replaceChildren(...nodes);
  }

  /** The row of a lane, or the one that stands for it. */
  rowOf(lane: Lane): LaneRow | undefined {
    return this._rows.get(lane) ?? this._standIns.get(lane);
  }

  /** Give the focus to the stop below (1) the one that has it, or above (-1). */
  walk(direction: 1 | -1): void {
    const at = this._stops.findIndex(stop =>
      stop.contains(document.activeElement)
    );
    const next =
      at < 0 && direction < 0 ? this._stops.length - 1 : at + direction;
    const stop = this._stops[next] as HTMLElement | undefined;
    stop?.focus({ preventScroll: true });
    stop?.scrollIntoView({ block: 'nearest' });
  }

  /** Give the focus to what stands where `before` stood: itself, or the new header of the same group. */
  focusAgain(before: HTMLElement): void {
    const { group } = before.dataset;
    const again = this._stops.find(
      stop =>
        stop.contains(before) ||
        (group !== undefined && stop.dataset.group === group)
    );
    if (again !== undefined && document.activeElement !== before) {
      (again.contains(before) ? before : again).focus({ preventScroll: true });
    }
  }

  applyTheme(theme: Theme): void {
    this._theme = theme;
    for (const row of this._shown) {
      row.applyTheme(theme);
    }
  }

  private _header(group: LaneGroup, folded: boolean): HTMLElement {
    const trans = this._trans;
    const fold = button(
      'giltracer-fold',
      groupTitle(group, trans),
      folded
        ? trans.__('Show each of these threads')
        : trans.__('Draw these threads as one lane, their mean'),
      () => this._actions.foldGroup(group)
    );
    fold.setAttribute('aria-expanded', String(!folded));
    fold.dataset.group = group.key;
    const header = element('div', 'giltracer-Group');
    header.setAttribute('role', 'listitem');
    header.append(fold);
    const shares = sharesOfThreads(group.mean.threads, trans).join(' · ');
    if (shares !== '') {
      header.append(element('span', 'giltracer-Group-shares', shares));
    }
    this._stops.push(fold);
    return header;
  }

  private _groups: readonly LaneGroup[] = [];
  private _shown: LaneRow[] = [];
  private _stops: HTMLElement[] = [];
  private _rows = new Map<Lane, LaneRow>();
  /** For lanes of folded groups: the row of their mean. */
  private readonly _standIns = new Map<Lane, LaneRow>();
}
