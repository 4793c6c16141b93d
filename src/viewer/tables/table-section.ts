/** One of the tables of a run, under a heading that folds it away. */
import { button, element } from '../dom';
import type { TableState } from './table-model';

/** What the reader has done to a section; kept while the same run is shown. */
export interface SectionState extends TableState {
  /** Undefined: as it is at first. */
  open?: boolean;
  /** Which of its switch's choices is on. */
  choice?: string;
}

export interface SectionOptions {
  readonly title: string;
  /** Whether it is open until the reader folds it. */
  readonly open: boolean;
  /** Makes the content; called when the section is opened for the first time. */
  readonly fill: (body: HTMLElement, tools: HTMLElement) => void;
}

export class TableSection {
  constructor(
    private readonly _options: SectionOptions,
    private readonly _state: SectionState
  ) {
    this._heading = button('giltracer-Section-fold', _options.title, '', () =>
      this.setOpen(this._body.hidden)
    );
    this._head.append(this._heading, this._tools);
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', _options.title);
    this.node.append(this._head, this._body);
    this._body.hidden = true;
    this._tools.hidden = true;
    this._show(_state.open ?? _options.open);
  }

  readonly node = element('div', 'giltracer-Section');

  setOpen(open: boolean): void {
    this._state.open = open;
    this._show(open);
  }

  private _show(open: boolean): void {
    this._heading.setAttribute('aria-expanded', String(open));
    if (open && !this._filled) {
      this._filled = true;
      this._options.fill(this._body, this._tools);
    }
    this._body.hidden = !open;
    this._tools.hidden = !open;
  }

  private readonly _head = element('div', 'giltracer-Section-head');
  private readonly _heading: HTMLButtonElement;
  private readonly _tools = element('div', 'giltracer-Section-tools');
  private readonly _body = element('div', 'giltracer-Section-body');
  private _filled = false;
}
