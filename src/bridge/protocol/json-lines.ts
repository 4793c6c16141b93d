/** Cuts a byte stream into lines of JSON. */

/** Longest line that is accepted, in characters: a request is far below it. */
const MAX_LINE = 4 * 1024 * 1024;

export class JsonLines {
  /** @param onLine gets each parsed line; `error` is set instead if the line is not JSON. */
  constructor(
    private readonly _onLine: (value: unknown, error?: Error) => void
  ) {}

  push(text: string): void {
    this._text += text;
    for (;;) {
      const end = this._text.indexOf('\n');
      if (end < 0) {
        break;
      }
      const line = this._text.slice(0, end);
      this._text = this._text.slice(end + 1);
      if (line.trim() !== '') {
        this._parse(line);
      }
    }
    if (this._text.length > MAX_LINE) {
      this._text = '';
      this._onLine(
        undefined,
        new RangeError(`a line of more than ${MAX_LINE} characters`)
      );
    }
  }

  private _parse(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      this._onLine(
        undefined,
        error instanceof Error ? error : new Error(String(error))
      );
      return;
    }
    this._onLine(value);
  }

  private _text = '';
}
