/** The kernel of the notebook that the reader works in, as far as a view of it must know. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { KernelSpec } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { kernelLife } from '../kernel/kernel-life';

export type KernelSituation =
  | { readonly kind: 'no-notebook' }
  | { readonly kind: 'no-kernel' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'restarting' }
  | { readonly kind: 'dead' }
  /** It runs another language than Python. */
  | { readonly kind: 'foreign'; readonly language: string }
  | { readonly kind: 'ready'; readonly id: string };

export class CurrentKernel {
  /** @param _notebooks null: this application has no notebooks */
  constructor(
    private readonly _notebooks: INotebookTracker | null,
    private readonly _specs: KernelSpec.IManager
  ) {
    _notebooks?.currentChanged.connect(this._onNotebook, this);
    _specs.specsChanged.connect(this._look, this);
    this._onNotebook();
  }

  readonly changed = new Signal<this, void>(this);

  get situation(): KernelSituation {
    return this._situation;
  }

  dispose(): void {
    this._notebooks?.currentChanged.disconnect(this._onNotebook, this);
    this._specs.specsChanged.disconnect(this._look, this);
    this._follow(undefined);
    Signal.clearData(this);
  }

  private readonly _onNotebook = (): void => {
    this._follow(this._notebooks?.currentWidget?.sessionContext);
    this._look();
  };

  private _follow(session: ISessionContext | undefined): void {
    const old = this._session;
    old?.kernelChanged.disconnect(this._look, this);
    old?.statusChanged.disconnect(this._look, this);
    old?.connectionStatusChanged.disconnect(this._look, this);
    this._session = session;
    session?.kernelChanged.connect(this._look, this);
    session?.statusChanged.connect(this._look, this);
    session?.connectionStatusChanged.connect(this._look, this);
    void session?.ready.then(() => this._look());
  }

  private readonly _look = (): void => {
    const now = this._now();
    if (JSON.stringify(now) !== JSON.stringify(this._situation)) {
      this._situation = now;
      this.changed.emit();
    }
  };

  private _now(): KernelSituation {
    const session = this._session;
    if (session === undefined || session.isDisposed) {
      return { kind: 'no-notebook' };
    }
    const kernel = session.session?.kernel;
    if (kernel == null) {
      return { kind: session.isReady ? 'no-kernel' : 'starting' };
    }
    const life = kernelLife(kernel.status);
    if (life !== 'alive') {
      return { kind: life };
    }
    const language = this._specs.specs?.kernelspecs[kernel.name]?.language;
    // What says nothing of its language may be Python.
    return language === undefined || /^(python|xpython)?$/i.test(language)
      ? { kind: 'ready', id: kernel.id }
      : { kind: 'foreign', language };
  }

  private _session: ISessionContext | undefined;
  private _situation: KernelSituation = { kind: 'no-notebook' };
}
