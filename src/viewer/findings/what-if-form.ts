/** Asks for a change of the reader's own. */
import { placeWords } from '../../core/export/source-words';
import { lineOf } from '../../core/findings/facts/own-places';
import type { Change } from '../../core/findings/what-if';
import type {
  LineRow,
  ReportDocument,
  SourceLine
} from '../../core/trace/document';
import { isTask, placeKey } from '../../core/trace/source-paths';
import { button, element } from '../dom';
import { formatDuration } from '../format';
import type { ITranslation } from '../translation';

const MS = 1e6;

/** What CPython starts with (Python/ceval_gil.c, DEFAULT_INTERVAL). */
const USUAL_INTERVAL_MS = 5;
/** Offered where the run had that already. */
const OTHER_INTERVAL_MS = 2;
/** Below, threads do little but hand over; above, few runs ever come to a switch. */
const INTERVAL_MS: Bounds = { least: 0.1, most: 1000 };

const USUAL_THREADS = 4;
const THREADS: Bounds = { least: 1, most: 256 };

interface Bounds {
  readonly least: number;
  readonly most: number;
}

export namespace WhatIfForm {
  export interface IOptions {
    readonly document: ReportDocument;
    readonly trans: ITranslation;
    readonly onTry: (change: Change) => void;
    /** Called with one sentence: what is wrong with what was typed; '' as soon as something else is asked. */
    readonly onProblem: (text: string) => void;
  }
}

export class WhatIfForm {
  constructor(private readonly _options: WhatIfForm.IOptions) {
    const { document, trans } = _options;
    const { node, _kind: kind, _line: line } = this;
    node.noValidate = true;
    node.setAttribute('aria-label', trans.__('Try a change of your own'));
    this._lines = linesWithHolds(document);
    line.append(
      ...this._lines.map((row, index) =>
        option(String(index), lineWords(row, trans))
      )
    );
    const { switch_interval: recorded } = document.capture.environment;
    const usual = recorded === USUAL_INTERVAL_MS * MS;
    this._interval = numberField(
      usual ? OTHER_INTERVAL_MS : USUAL_INTERVAL_MS,
      INTERVAL_MS,
      'any'
    );
    this._threads = numberField(USUAL_THREADS, THREADS, '1');
    this._fields = [
      ['release', labelled(trans.__('Line'), line)],
      [
        'switch-interval',
        labelled(
          trans.__('Milliseconds (CPython: %1)', USUAL_INTERVAL_MS),
          this._interval
        )
      ],
      ['threads', labelled(trans.__('Threads'), this._threads)]
    ];
    this.try = button('giltracer-Button', trans.__('Try'), '');
    this.try.type = 'submit';
    this._fillKinds();
    node.append(
      labelled(trans.__('Try a change of your own'), kind),
      ...this._fields.map(([, field]) => field),
      this.try
    );
    kind.addEventListener('change', () => {
      this._showField();
      _options.onProblem('');
    });
    node.addEventListener('submit', event => {
      event.preventDefault();
      this._submit();
    });
    for (const input of [this._interval, this._threads]) {
      input.addEventListener('keydown', event => this._onKeyDown(event));
    }
    this._showField();
  }

  readonly node = element('form', 'giltracer-WhatIf-form');
  readonly try: HTMLButtonElement;

  /** Offer this line, if it is one that held the GIL. */
  suggest(place: SourceLine): void {
    const key = placeKey(place);
    const index = this._lines.findIndex(row => placeKey(row) === key);
    if (index >= 0) {
      this._line.value = String(index);
    }
  }

  /** In a cell JupyterLab forbids line breaks (`evtKeydown`, @jupyterlab/application 4), and with them Enter in a form. */
  private _onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      this._submit();
    }
  }

  private _fillKinds(): void {
    const { trans } = this._options;
    const noLines = this._lines.length === 0;
    const release = option(
      'release',
      noLines
        ? trans.__('A line lets go of the GIL (no lines are known)')
        : trans.__('A line lets go of the GIL')
    );
    release.disabled = noLines;
    this._kind.append(
      release,
      option('switch-interval', trans.__('Another switch interval')),
      option('threads', trans.__('Another number of threads')),
      option('no-gil', trans.__('No GIL'))
    );
    this._kind.value = noLines ? 'switch-interval' : 'release';
  }

  private _showField(): void {
    for (const [kind, field] of this._fields) {
      field.hidden = kind !== this._kind.value;
    }
  }

  private _submit(): void {
    const { trans, onTry, onProblem } = this._options;
    switch (this._kind.value) {
      case 'release': {
        const row = this._lines.at(Number(this._line.value));
        if (row !== undefined) {
          onTry({ kind: 'release', line: lineOf(row) });
        }
        return;
      }
      case 'switch-interval': {
        const { least, most } = INTERVAL_MS;
        const time = numberIn(this._interval, INTERVAL_MS);
        if (time === undefined) {
          onProblem(
            trans.__('A switch interval is from %1 to %2 ms.', least, most)
          );
        } else {
          const interval = Math.round(time * MS);
          onTry({ kind: 'switch-interval', switch_interval_ns: interval });
        }
        return;
      }
      case 'threads': {
        const { least, most } = THREADS;
        const threads = numberIn(this._threads, THREADS);
        if (threads === undefined || !Number.isInteger(threads)) {
          markInvalid(this._threads);
          onProblem(
            trans.__('A number of threads is from %1 to %2.', least, most)
          );
        } else {
          onTry({ kind: 'threads', threads });
        }
        return;
      }
      default:
        onTry({ kind: 'no-gil' });
    }
  }

  private readonly _kind = element('select', 'giltracer-Select');
  private readonly _line = element('select', 'giltracer-Select');
  private readonly _interval: HTMLInputElement;
  private readonly _threads: HTMLInputElement;
  private readonly _lines: readonly LineRow[];
  private readonly _fields: readonly (readonly [
    Change['kind'],
    HTMLLabelElement
  ])[];
}

/** Lines, not tasks, that held the GIL themselves: those that made others wait most first, as the document has them. */
function linesWithHolds({ lines }: ReportDocument): LineRow[] {
  return lines.filter(row => (row.held_ns ?? 0) > 0 && !isTask(row));
}

function lineWords(row: LineRow, trans: ITranslation): string {
  const { made_wait_ns: made = 0, held_ns: held = 0 } = row;
  const place = placeWords(row) ?? '';
  return made > 0
    ? trans.__('%1, made others wait %2', place, formatDuration(made))
    : trans.__('%1, held the GIL %2', place, formatDuration(held));
}

function option(value: string, text: string): HTMLOptionElement {
  const node = element('option', '', text);
  node.value = value;
  return node;
}

function labelled(text: string, field: HTMLElement): HTMLLabelElement {
  const label = element('label', 'giltracer-WhatIf-field');
  label.append(element('span', '', text), field);
  return label;
}

function numberField(
  value: number,
  { least, most }: Bounds,
  step: string
): HTMLInputElement {
  const field = element('input', 'giltracer-Select');
  field.type = 'number';
  field.min = String(least);
  field.max = String(most);
  field.step = step;
  field.value = String(value);
  return field;
}

/** The number in a field; undefined, and the field is marked and has the focus, if there is none within the bounds. */
function numberIn(
  field: HTMLInputElement,
  { least, most }: Bounds
): number | undefined {
  const value = field.value.trim() === '' ? NaN : Number(field.value);
  if (value >= least && value <= most) {
    field.removeAttribute('aria-invalid');
    return value;
  }
  markInvalid(field);
  return undefined;
}

function markInvalid(field: HTMLInputElement): void {
  field.setAttribute('aria-invalid', 'true');
  field.focus();
}
