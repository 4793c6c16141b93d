/** The verdict: what a run says, on top of its result. The first finding stands out; the others are a list. */
import type { Finding } from '../../core/findings/finding';
import { button, element } from '../dom';
import { copyText } from '../tables/clipboard';
import type { FindingContext } from './finding-elements';
import {
  findingItem,
  findingName,
  findingText,
  markWeight,
  remedyOf
} from './finding-elements';
import { unfoldButton } from './unfold';
import { verdictText } from './verdict-text';
import type { WhatIfContext } from './what-if-section';
import { whatIfSection } from './what-if-section';

/** Findings that are shown below the first one before the reader asks for more. */
const FIRST_OTHERS = 3;

/** What a verdict is shown with. */
export type VerdictContext = FindingContext & WhatIfContext;

/** @param findings at least one */
export function verdict(
  findings: readonly Finding[],
  context: VerdictContext
): HTMLElement {
  const { document, trans } = context;
  const node = element('div', 'giltracer-Verdict');
  node.setAttribute('role', 'group');
  node.setAttribute('aria-label', trans.__('Verdict'));
  const [first, ...others] = findings;
  const words = element('div', 'giltracer-Verdict-words');
  words.append(mainFinding(first, context));
  if (document.run.state === 'partial') {
    const text = trans.__(
      'The run was cut short: this is about what was recorded until then.'
    );
    words.append(element('p', 'giltracer-Verdict-remark', text));
  }
  if (others.length > 0) {
    words.append(otherFindings(others, context));
  }
  node.append(words);
  const whatIf = whatIfSection(context);
  if (whatIf !== undefined) {
    node.append(whatIf);
  }
  return node;
}

function mainFinding(first: Finding, context: VerdictContext): HTMLElement {
  const { trans } = context;
  const node = element('div', 'giltracer-Verdict-main');
  markWeight(node, first, trans);
  const head = element('div', 'giltracer-Verdict-head');
  const heading = element('h3', 'giltracer-Verdict-heading');
  const name = findingName(first, trans);
  heading.append(
    ...(name.length === 0
      ? [trans.__('Verdict')]
      : [
          element('span', 'giltracer-mod-spoken', trans.__('Verdict:')),
          ' ',
          ...name
        ])
  );
  head.append(heading, ...copyTools(context));
  const text = element('p', 'giltracer-Verdict-text');
  text.append(...findingText(first, context));
  const remedy = remedyOf(first, trans);
  node.append(head, text, ...(remedy === undefined ? [] : [remedy]));
  return node;
}

function otherFindings(
  others: readonly Finding[],
  context: FindingContext
): HTMLElement {
  const { trans } = context;
  const node = element('div', 'giltracer-Verdict-others');
  const list = element('ul', 'giltracer-Verdict-list');
  const items = others.map(each => findingItem(each, context));
  list.append(...items);
  node.append(
    element('h4', 'giltracer-Verdict-subheading', trans.__('Also found')),
    list
  );
  const rest = items.slice(FIRST_OTHERS);
  if (rest.length > 0) {
    const label = trans._n('%1 more finding', '%1 more findings', rest.length);
    node.append(unfoldButton(label, rest));
  }
  return node;
}

/** The button that copies all of it, and what it has done. */
function copyTools({ document, own, trans }: VerdictContext): HTMLElement[] {
  const done = element('span', 'giltracer-Verdict-copied');
  done.setAttribute('role', 'status');
  const copy = button(
    'giltracer-Button',
    trans.__('Copy'),
    trans.__('Copy the verdict as text'),
    () => {
      void copyText(verdictText(document, own.rows, trans), copy).then(
        copied => {
          done.textContent = copied
            ? trans.__('Copied')
            : trans.__('The browser does not allow to copy.');
        }
      );
    }
  );
  return [done, copy];
}
