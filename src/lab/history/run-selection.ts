/** Which runs of a list are picked: by click, with Shift and Ctrl as in lists of files. */

export class RunSelection {
  get picked(): ReadonlySet<string> {
    return this._picked;
  }

  has(id: string): boolean {
    return this._picked.has(id);
  }

  /** Pick this one alone. */
  only(id: string): void {
    this._picked = new Set([id]);
    this._anchor = id;
  }

  /** Pick it as well, or no longer. */
  toggle(id: string): void {
    const picked = new Set(this._picked);
    if (!picked.delete(id)) {
      picked.add(id);
    }
    this._picked = picked;
    this._anchor = id;
  }

  /** Pick all from where the last pick began up to this one. */
  extend(id: string, order: readonly string[]): void {
    const from = this._anchor === undefined ? -1 : order.indexOf(this._anchor);
    const to = order.indexOf(id);
    if (from < 0 || to < 0) {
      this.only(id);
      return;
    }
    this._picked = new Set(
      order.slice(Math.min(from, to), Math.max(from, to) + 1)
    );
  }

  all(order: readonly string[]): void {
    this._picked = new Set(order);
  }

  /** Forget those that are not (any longer) in the list. */
  keep(order: readonly string[]): void {
    const there = new Set(order);
    this._picked = new Set([...this._picked].filter(id => there.has(id)));
  }

  private _picked: ReadonlySet<string> = new Set();
  private _anchor: string | undefined;
}
