/** The page of the doctor: examines the kernel of a notebook, and shows what it says. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { button, element } from '../../viewer/dom';
import { installLine } from '../kernel/install-line';
import { askDoctor, type DoctorOutcome } from './ask-doctor';
import { commandLines } from './command-lines';
import { reportView } from './report-view';

/** A notebook whose kernel is examined. */
export interface IPatient {
  /** Of its file. */
  readonly name: string;
  readonly session: ISessionContext;
}

export namespace DoctorPage {
  export interface IOptions {
    trans: TranslationBundle;
    /** The notebook that the user works with. */
    current: () => IPatient | undefined;
    /** Let the user choose a kernel. */
    chooseKernel: (session: ISessionContext) => Promise<void>;
  }
}

export class DoctorPage extends Widget {
  constructor(private readonly _options: DoctorPage.IOptions) {
    super();
    const { trans } = _options;
    this.addClass('giltracer-Doctor');
    // It scrolls: the keyboard must get there.
    this.node.tabIndex = 0;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('GIL tracer doctor'));
    this._status.setAttribute('role', 'status');
    this._again = button(
      'giltracer-Button',
      trans.__('Run again'),
      trans.__('Examine the kernel again'),
      () => void this.examine()
    );
    this._head.append(element('h1', '', trans.__('GIL tracer doctor')));
    this._head.append(this._again, this._status, this._progress);
    this._progress.setAttribute(
      'aria-label',
      trans.__('The doctor is at work')
    );
    this._progress.hidden = true;
    this.node.append(this._head, this._body);
  }

  /** Examine the kernel of the current notebook, or of the last one if that has been left. Never rejects. */
  async examine(): Promise<void> {
    const { trans, current } = this._options;
    const turn = ++this._turn;
    const patient = current() ?? this._patient;
    this._patient = patient?.session.isDisposed === true ? undefined : patient;
    this._show();
    if (this._patient === undefined) {
      this._say(
        trans.__(
          'No notebook is open. Open one: the doctor examines its kernel.'
        )
      );
      return;
    }
    const { name, session } = this._patient;
    this._work(trans.__('Waiting for the kernel of %1 to start.', name));
    await session.ready;
    const kernel = session.session?.kernel ?? undefined;
    if (turn !== this._turn || this.isDisposed) {
      return;
    }
    if (kernel === undefined || kernel.status === 'dead') {
      this._sayNoKernel(name, session);
      return;
    }
    this._work(
      trans.__(
        'The kernel of %1 is busy. The doctor begins when it is idle.',
        name
      )
    );
    const language = await languageOf(kernel);
    if (language !== undefined && language !== 'python') {
      this._say(
        trans.__(
          'The kernel of %1 runs %2: only Python has a GIL to trace.',
          name,
          language
        )
      );
      return;
    }
    const outcome = await askDoctor(kernel, () => {
      if (turn === this._turn) {
        this._work(
          trans.__('Examining the kernel of %1. This takes seconds.', name)
        );
      }
    });
    if (turn === this._turn && !this.isDisposed) {
      this._tell(outcome, name);
    }
  }

  private _tell(outcome: DoctorOutcome, name: string): void {
    const { trans } = this._options;
    switch (outcome.kind) {
      case 'report':
        this._say(trans.__('The kernel of %1 was examined.', name));
        this._show(reportView(outcome.report, outcome.words, trans));
        break;
      case 'missing':
      case 'old':
        this._say(
          outcome.kind === 'missing'
            ? trans.__(
                'giltracer is not installed in the environment of the kernel of %1. Install it with this line in a terminal; no restart is needed.',
                name
              )
            : trans.__(
                'giltracer in the environment of the kernel of %1 is older than this page. Install a newer one with this line in a terminal, then restart the kernel.',
                name
              )
        );
        this._show(
          commandLines(
            [installLine(outcome.python, outcome.kind === 'old')],
            trans.__('line that installs giltracer'),
            trans
          )
        );
        break;
      case 'busy':
        this._say(
          trans.__(
            'The doctor can’t work while the kernel is traced: %1',
            outcome.reason
          )
        );
        break;
      case 'failed':
        this._say(
          trans.__(
            'The doctor failed in the kernel of %1. Run it again after a restart of the kernel, or ask `giltracer doctor` in a terminal.',
            name
          )
        );
        this._show(
          commandLines([outcome.message], trans.__('the error'), trans)
        );
        break;
      case 'no-answer':
        this._say(
          trans.__(
            'The kernel of %1 was restarted, interrupted or has died meanwhile. Run the doctor again when it is idle.',
            name
          )
        );
    }
  }

  private _sayNoKernel(name: string, session: ISessionContext): void {
    const { trans, chooseKernel } = this._options;
    this._say(trans.__('%1 has no kernel that could be examined.', name));
    this._show(
      button(
        'giltracer-Button',
        trans.__('Choose a kernel'),
        trans.__('Choose a kernel for %1', name),
        () => void chooseKernel(session).then(() => this.examine())
      )
    );
  }

  /** Something goes on. */
  private _work(text: string): void {
    this._status.textContent = text;
    this._progress.hidden = false;
    this.node.setAttribute('aria-busy', 'true');
  }

  /** Nothing goes on any more. */
  private _say(text: string): void {
    this._status.textContent = text;
    this._progress.hidden = true;
    this.node.removeAttribute('aria-busy');
  }

  private _show(...parts: HTMLElement[]): void {
    this._body.replaceChildren(...parts);
  }

  private readonly _head = element('div', 'giltracer-Doctor-head');
  private readonly _status = element('p', 'giltracer-Doctor-status');
  private readonly _progress = element('progress', 'giltracer-Doctor-progress');
  private readonly _body = element('div', 'giltracer-Doctor-body');
  private readonly _again: HTMLButtonElement;
  private _patient: IPatient | undefined;
  /** Answers of former turns come too late. */
  private _turn = 0;
}

/** The language that a kernel says it runs; undefined if it dies first. */
async function languageOf(
  kernel: Kernel.IKernelConnection
): Promise<string | undefined> {
  try {
    return (await kernel.info).language_info.name;
  } catch {
    return undefined;
  }
}
