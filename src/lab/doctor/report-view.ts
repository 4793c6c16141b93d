/** The doctor's report as a page: what works, what to do for more, and what was found. */
import { element } from '../../viewer/dom';
import type { ITranslation } from '../../viewer/translation';
import { commandLines } from './command-lines';
import type { IDoctorReport, IDoctorWords, IRemedy } from './report';

export function reportView(
  report: IDoctorReport,
  words: IDoctorWords,
  trans: ITranslation
): HTMLElement {
  const node = element('div', 'giltracer-Doctor-report');
  node.append(verdict(words.verdict));
  node.append(...problems(report, trans));
  for (const { mode, remedies } of report.rungs) {
    if (remedies.length > 0) {
      node.append(
        section(
          trans.__('To get %1', mode),
          ...remedies.flatMap(remedy => remedyParts(remedy, trans))
        )
      );
    }
  }
  if (report.rungs.length > 0) {
    node.append(
      section(
        trans.__('Ways to record'),
        table(
          [
            trans.__('Way'),
            trans.__('Here'),
            trans.__('What it tells, or why not')
          ],
          report.rungs.map(({ mode, available, why, gives }) => [
            mode,
            available,
            why === '' ? gives : why
          ]),
          trans
        )
      ),
      section(
        trans.__('What was tried'),
        table(
          [trans.__('Tried'), trans.__('Here'), trans.__('What was found')],
          report.capabilities.map(({ name, available, why }) => [
            words.names[name] ?? name,
            available,
            why
          ]),
          trans
        )
      )
    );
  }
  node.append(section(trans.__('Where it runs'), facts(words, trans)));
  return node;
}

/** The sentence, with names of rungs, which stand in backticks, as code. */
function verdict(text: string): HTMLElement {
  const node = element('p', 'giltracer-Doctor-verdict');
  for (const [index, part] of text.split('`').entries()) {
    node.append(index % 2 === 0 ? part : element('code', '', part));
  }
  return node;
}

function section(title: string, ...parts: HTMLElement[]): HTMLElement {
  const node = element('section', 'giltracer-Doctor-section');
  node.append(element('h2', '', title), ...parts);
  return node;
}

/** What is wrong between both sides of Jupyter. */
function problems(report: IDoctorReport, trans: ITranslation): HTMLElement[] {
  return report.jupyter.problems.map(({ what, command, then }) =>
    section(
      trans.__('Jupyter'),
      element('p', '', `${what}.`),
      ...(command === null
        ? []
        : [
            commandLines([command], trans.__('line that mends it'), trans),
            element('p', '', trans.__('Afterwards:'))
          ]),
      element('p', '', `${then}.`)
    )
  );
}

function remedyParts(
  { title, lines }: IRemedy,
  trans: ITranslation
): HTMLElement[] {
  return lines.length === 0
    ? [element('p', '', `${title}.`)]
    : [
        element('h3', 'giltracer-Doctor-place', title),
        commandLines(lines, title, trans)
      ];
}

type Row = readonly [string, boolean | null, string];

function table(
  head: readonly string[],
  rows: readonly Row[],
  trans: ITranslation
): HTMLElement {
  const node = element('table', 'giltracer-Doctor-table');
  const top = node.createTHead().insertRow();
  for (const title of head) {
    const cell = element('th', '', title);
    cell.scope = 'col';
    top.append(cell);
  }
  const body = node.createTBody();
  for (const [name, available, text] of rows) {
    const row = body.insertRow();
    const title = element('th', '', name);
    title.scope = 'row';
    row.append(title, answer(available, trans), element('td', '', text));
  }
  return node;
}

function answer(available: boolean | null, trans: ITranslation): HTMLElement {
  // Words, not only colours.
  const cell = element(
    'td',
    'giltracer-Doctor-answer',
    available === null
      ? trans.__('not tried')
      : available
        ? trans.__('yes')
        : trans.__('no')
  );
  if (available === true) {
    cell.classList.add('giltracer-mod-yes');
  }
  return cell;
}

function facts(words: IDoctorWords, trans: ITranslation): HTMLElement {
  const list = element('dl', 'giltracer-Doctor-facts');
  const add = (name: string, text: string | null): void => {
    if (text !== null) {
      list.append(element('dt', '', name), element('dd', '', text));
    }
  };
  for (const [index, text] of words.subject.entries()) {
    add(index === 0 ? trans.__('Python') : trans.__('Machine'), text);
  }
  add(trans.__('CPUs'), words.cpus);
  add(trans.__('Rights'), words.kernel);
  for (const [name, text] of words.jupyter) {
    add(
      name === 'kernel' ? trans.__('Kernel’s side') : trans.__('Server’s side'),
      text
    );
  }
  return list;
}
