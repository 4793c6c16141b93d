/** What the reader can do with the lanes: each press, key and drag, and what follows from it. */
import type { ReportDocument, WaitRow } from '../../core/trace/document';
import type { Picks } from '../picks';
import type { Theme } from '../theme';
import type { ITranslation } from '../translation';
import { Announcer } from './announcer';
import { Arrangement, type ArrangementState } from './arrangement';
import { HolderPanel } from './holder-panel';
import { Hover } from './hover';
import { threadsOn, waitsOn } from './find-in-run';
import { LaneInteraction } from './interaction';
import type { Lane } from './lane-data';
import type { LaneGroup, LaneOrder } from './lane-groups';
import { LaneKeys } from './lane-keys';
import { laneSummary } from './lane-row';
import { LaneSearch, type ISearchTarget } from './lane-search';
import type { RunMarks } from './lane-marks';
import type { LanesContent } from './lanes-layout';
import { LanesLayout, type ILanesActions } from './lanes-layout';
import { RangePick } from './range-pick';
import { rangeWords } from './range-words';
import { RegionActions } from './region-actions';
import { Spotlight } from './spotlight';
import type { TimeRange } from './time-scale';
import { Viewport } from './viewport';
import { WaitPick } from './wait-pick';
import { laneOfTid, type WaitParts } from './wait-parts';
import { WaitWalk } from './wait-walk';

export namespace LanesControls {
  export interface IOptions {
    readonly content: LanesContent;
    readonly marks: RunMarks;
    readonly theme: Theme;
    readonly trans: ITranslation;
    readonly picks: Picks;
    readonly range: TimeRange | undefined;
    readonly arrangement: ArrangementState;
    /** Called when the lanes are to be drawn again. */
    readonly onChange: () => void;
  }
}

export class LanesControls implements ILanesActions, ISearchTarget {
  constructor(options: LanesControls.IOptions) {
    const { content, theme, trans, picks, arrangement } = options;
    this._trans = trans;
    this._picks = picks;
    this._lanes = content.lanes;
    this._document = content.document;
    this._onChange = options.onChange;
    const { bounds } = content;
    this.viewport = new Viewport(bounds, options.range, () => this._onRange());
    this.layout = new LanesLayout(content, arrangement, theme, this, trans);
    const { layout } = this;
    this.arrangement = new Arrangement(this._lanes, layout.rows, arrangement);
    this._spotlight = new Spotlight(layout.rows, this.arrangement);
    this._announcer = new Announcer(layout.announcement);
    const hover = new Hover(
      layout,
      this.viewport,
      this._lanes,
      content.document,
      trans
    );
    this.waits = new WaitPick(
      new WaitWalk(this._lanes, content.document, options.marks),
      this._lanes,
      this.viewport,
      picks,
      this._announcer,
      parts => this._onWait(parts),
      trans
    );
    this.picked = new RangePick(this.viewport, picks, () =>
      this._onPickedRange()
    );
    this._holders = new HolderPanel(lane => this.bringIntoView(lane), trans);
    layout.node.append(this._holders.node);
    this.search = new LaneSearch(this._lanes, content.document, this, trans);
    const region = new RegionActions({
      layout,
      viewport: this.viewport,
      hover,
      picks,
      picked: this.picked,
      waits: this.waits,
      actions: this
    });
    this._interaction = new LaneInteraction(layout.region, region);
    this._keys = new LaneKeys(layout.region, region, element =>
      layout.rows.stops.includes(element)
    );
    this._unsubscribe = picks.subscribe((_, changed) => {
      if (changed === 'thread' || changed === 'line') {
        this.light();
      }
    });
    this.light();
  }

  readonly layout: LanesLayout;
  readonly viewport: Viewport;
  readonly arrangement: Arrangement;
  readonly waits: WaitPick;
  readonly picked: RangePick;
  readonly search: LaneSearch;

  /** Waits that the reader looks for: those on the picked line, those that were found. */
  get found(): ReadonlySet<WaitRow> {
    const { line } = this._picks.current;
    return new Set([
      ...this.search.found.waits,
      ...(line === undefined ? [] : waitsOn(line, this._document))
    ]);
  }

  /** Light up what is picked, or one lane more. */
  light(alone?: Lane): void {
    const { thread } = this._picks.current;
    this._spotlight.show({
      lanes: this.waits.parts?.lanes ?? this._foundLanes(),
      picked:
        alone ?? this._lanes.find(({ thread: own }) => own && own === thread)
    });
    this._onChange();
  }

  bringIntoView(lane: Lane | undefined): void {
    const row = lane && this.layout.rows.rowOf(lane);
    (row?.node ?? this.layout.region).scrollIntoView({ block: 'nearest' });
  }

  zoomBy(factor: number): void {
    this.viewport.zoomBy(factor);
  }

  reset(): void {
    this.viewport.showAll();
  }

  showRange(range: TimeRange): void {
    this.viewport.show(range);
  }

  setOrder(order: LaneOrder): void {
    this.arrangement.setOrder(order);
    this._onArranged();
  }

  foldGroup(group: LaneGroup): void {
    this.arrangement.foldGroup(group);
    this._onArranged();
  }

  foldLane(lane: Lane): void {
    this.arrangement.foldLane(lane);
    this._onArranged();
  }

  pickLane(lane: Lane): void {
    const { thread } = lane;
    const again = this._picks.current.thread === thread;
    this._picks.pick('thread', again ? undefined : thread);
    // A label's button has no keys; its row has.
    this.layout.rows.rowOf(lane)?.node.focus({ preventScroll: true });
  }

  zoomToPicked(): void {
    const { range } = this.picked;
    if (range !== undefined) {
      this.viewport.show(range);
    }
  }

  clearPicked(): void {
    this.picked.pick(undefined);
  }

  help(): void {
    this.layout.help.toggle();
  }

  find(text: string): void {
    this.search.find(text);
    this._announcer.sayLater(this.search.words);
    this._onFound();
  }

  stepFound(direction: 1 | -1): void {
    this.search.step(direction);
    this._onFound();
  }

  leaveSearch(): void {
    this.layout.region.focus({ preventScroll: true });
  }

  goToLane(lane: Lane): void {
    this.light();
    this.bringIntoView(lane);
    this._announcer.say(laneSummary(lane, this._trans));
  }

  goToWait(wait: WaitRow): void {
    this.waits.goTo(wait, this.layout.screen.width);
  }

  dispose(): void {
    this._unsubscribe();
    this._announcer.dispose();
    this.picked.dispose();
    this.waits.dispose();
    this._interaction.dispose();
    this._keys.dispose();
  }

  private _onWait(parts: WaitParts | undefined): void {
    this._holders.show(parts);
    this.light();
    if (parts !== undefined) {
      this.bringIntoView(parts.waiter);
    }
  }

  /** Undefined if nothing is looked for. */
  private _foundLanes(): ReadonlySet<Lane> | undefined {
    const { line } = this._picks.current;
    const lanes = new Set(this.search.found.lanes);
    for (const tid of line === undefined
      ? []
      : threadsOn(line, this._document)) {
      const lane = laneOfTid(this._lanes, tid);
      if (lane !== undefined) {
        lanes.add(lane);
      }
    }
    return lanes.size > 0 ? lanes : undefined;
  }

  private _onFound(): void {
    this.layout.toolbar.search.show(this.search.words);
    this.light();
  }

  private _onArranged(): void {
    this._spotlight.renew();
    this._onChange();
  }

  private _onPickedRange(): void {
    const { range } = this.picked;
    this.layout.toolbar.showPicked(range && rangeWords(range, this._trans));
    this._announcer.sayLater(
      range === undefined
        ? this._trans.__('No range is selected')
        : this._trans.__('Selected: %1', rangeWords(range, this._trans))
    );
    this._onChange();
  }

  private _onRange(): void {
    this.layout.tooltip.hide();
    this._onChange();
    const words = rangeWords(this.viewport.range, this._trans);
    this._announcer.sayLater(this._trans.__('Shown: %1', words));
  }

  private readonly _trans: ITranslation;
  private readonly _picks: Picks;
  private readonly _lanes: readonly Lane[];
  private readonly _document: ReportDocument;
  private readonly _onChange: () => void;
  private readonly _spotlight: Spotlight;
  private readonly _announcer: Announcer;
  private readonly _holders: HolderPanel;
  private readonly _interaction: LaneInteraction;
  private readonly _keys: LaneKeys;
  private readonly _unsubscribe: () => void;
}
