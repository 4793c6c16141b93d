/** One run in the list. */
import { element } from '../../viewer/dom';
import type { ITranslation } from '../../viewer/translation';
import { runFacts, runTitle, stateWord, verdictWords } from './run-words';
import type { StoredRun } from './stored-run';

export class HistoryRow {
  constructor(
    run: StoredRun,
    private readonly _trans: ITranslation
  ) {
    this.run = run;
    this.node.setAttribute('role', 'option');
    this.node.dataset.runId = run.id;
    this.node.tabIndex = -1;
    this.node.setAttribute('aria-selected', 'false');
    this.update(run);
  }

  readonly node = element('div', 'giltracer-History-run');
  run: StoredRun;

  // A list has a thousand rows, of which a key changes two: nothing is written that is so already.
  set picked(picked: boolean) {
    if (this.node.getAttribute('aria-selected') !== String(picked)) {
      this.node.setAttribute('aria-selected', String(picked));
    }
  }

  /** Whether the Tab key leads here. */
  set isStop(isStop: boolean) {
    const tabIndex = isStop ? 0 : -1;
    if (this.node.tabIndex !== tabIndex) {
      this.node.tabIndex = tabIndex;
    }
  }

  set hidden(hidden: boolean) {
    if (this.node.hidden !== hidden) {
      this.node.hidden = hidden;
    }
  }

  /** Show the run as it is now: its name may be another one, and it is older. */
  update(run: StoredRun): void {
    const trans = this._trans;
    this.run = run;
    const state = stateWord(run, trans);
    const verdict = verdictWords(run, trans);
    const facts = runFacts(run, trans);
    // Most runs are as they were: what is not written need not be laid out.
    const shown = JSON.stringify([runTitle(run, trans), state, verdict, facts]);
    if (shown === this._shown) {
      return;
    }
    this._shown = shown;
    const title = element('div', 'giltracer-History-title');
    const name = element(
      'span',
      'giltracer-History-name',
      runTitle(run, trans)
    );
    name.dir = 'auto';
    title.append(name);
    if (state !== undefined) {
      const word = element('span', 'giltracer-History-state', state);
      word.title = run.message ?? '';
      title.append(' ', word);
    }
    const sentence = element('div', 'giltracer-History-verdict', verdict);
    sentence.title = verdict;
    const line = element('div', 'giltracer-History-facts');
    for (const [index, fact] of facts.entries()) {
      const node = element('span', 'giltracer-History-fact', fact.text);
      node.title = fact.title ?? '';
      // Read as one sentence; the dots between are drawn by the style.
      line.append(index === 0 ? '' : ' ', node);
    }
    this.node.replaceChildren(title, sentence, line);
  }

  private _shown = '';
}
