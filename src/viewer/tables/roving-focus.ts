/**
 * One stop of the Tab key for many elements in rows; arrows go from one to the next (WAI-ARIA Authoring
 * Practices, "Keyboard Navigation Inside Components").
 */

/** Rows that PageUp and PageDown pass. */
const PAGE = 10;

export class RovingFocus {
  /**
   * @param node holds the elements
   * @param rows the elements as they are now, row by row
   */
  constructor(
    node: HTMLElement,
    private readonly _rows: () => readonly (readonly HTMLElement[])[]
  ) {
    node.addEventListener('keydown', event => this._onKeyDown(event));
    node.addEventListener('focusin', ({ target }) => {
      const found = this._rows()
        .flat()
        .find(each => target instanceof Node && each.contains(target));
      if (found !== undefined) {
        this._setStop(found);
      }
    });
  }

  /** Call when elements have come or gone: the stop stays where it is, else it is the first of row `row`. */
  update(row = 0): void {
    const rows = this._rows();
    const all = rows.flat();
    const stop = this._stop;
    for (const each of all) {
      each.tabIndex = -1;
    }
    const kept = stop !== undefined && all.includes(stop) ? stop : undefined;
    const next = kept ?? rows[row]?.[0] ?? all[0];
    this._stop = undefined;
    if (next !== undefined) {
      this._setStop(next);
    }
  }

  private _setStop(next: HTMLElement): void {
    if (this._stop !== undefined) {
      this._stop.tabIndex = -1;
    }
    this._stop = next;
    next.tabIndex = 0;
  }

  private _onKeyDown(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const rows = this._rows();
    const { target } = event;
    const isTarget = (each: HTMLElement): boolean =>
      target instanceof Node && each.contains(target);
    const row = rows.findIndex(each => each.some(isTarget));
    if (row < 0) {
      return;
    }
    const column = rows[row].findIndex(isTarget);
    const next = nextPlace(event.key, row, column, rows);
    if (next !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      next.focus();
    }
  }

  private _stop: HTMLElement | undefined;
}

/** Where a key leads; undefined if it is none of ours or leads nowhere. */
function nextPlace(
  key: string,
  row: number,
  column: number,
  rows: readonly (readonly HTMLElement[])[]
): HTMLElement | undefined {
  const last = rows.length - 1;
  const at = (wanted: number): HTMLElement => {
    const line = rows[Math.min(last, Math.max(0, wanted))];
    return line[Math.min(column, line.length - 1)];
  };
  const line = rows[row];
  switch (key) {
    case 'ArrowUp':
      return at(row - 1);
    case 'ArrowDown':
      return at(row + 1);
    case 'PageUp':
      return at(row - PAGE);
    case 'PageDown':
      return at(row + PAGE);
    case 'ArrowLeft':
      return line[column - 1];
    case 'ArrowRight':
      return line[column + 1];
    // A row of one element has its ends in the first and the last row.
    case 'Home':
      return line.length > 1 ? line[0] : at(0);
    case 'End':
      return line.length > 1 ? line[line.length - 1] : at(last);
    default:
      return undefined;
  }
}
