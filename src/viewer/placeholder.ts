/** What stands in the output of a run that could not be traced, or has no result. */
import type { RunInfo } from '../core/trace/document';
import { element } from './dom';
import { notice, titleLine } from './header';
import type { ITranslation } from './translation';

/** A run without anything to see. */
export function placeholder(run: RunInfo, trans: ITranslation): HTMLElement {
  const node = element('div', 'giltracer-Placeholder');
  node.append(
    titleLine(run, trans),
    run.message === undefined
      ? notice(trans.__('This run has no result.'), false)
      : notice(run.message, run.state === 'failed')
  );
  return node;
}
