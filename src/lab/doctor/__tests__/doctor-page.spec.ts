import type { ISessionContext } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { FakeKernel, raised, shown } from '../../kernel/__tests__/fake-kernel';
import { DoctorPage } from '../doctor-page';
import { DOCTOR_MIME_TYPE } from '../report';

function pageFor(kernel: FakeKernel | null): DoctorPage {
  const session = {
    isDisposed: false,
    ready: Promise.resolve(),
    session: { kernel }
  } as unknown as ISessionContext;
  return new DoctorPage({
    trans: nullTranslator.load('giltracer'),
    current: () => ({ name: 'a.ipynb', session }),
    chooseKernel: () => Promise.resolve()
  });
}

const soon = (): Promise<void> => new Promise(done => setTimeout(done, 0));
const status = (page: DoctorPage): string | null | undefined =>
  page.node.querySelector('[role="status"]')?.textContent;
const shownLines = (page: DoctorPage): (string | null)[] =>
  [...page.node.querySelectorAll('pre')].map(node => node.textContent);

const REPORT = {
  capabilities: [
    { name: 'perf', available: false, why: 'perf is not installed' }
  ],
  rungs: [
    {
      mode: 'full',
      gives: 'everything',
      available: false,
      why: 'there is no perf',
      remedies: [
        { title: 'On the host, as root', lines: ['apt install linux-perf'] }
      ]
    },
    {
      mode: 'sample',
      gives: 'a part <b>',
      available: true,
      why: '',
      remedies: []
    }
  ],
  jupyter: {
    problems: [
      { what: 'it is old', command: 'pip install it', then: 'reload the page' }
    ]
  }
};
const WORDS = {
  subject: ['CPython', 'Linux'],
  verdict: 'Cells are traced on the rung `sample`.',
  names: { perf: 'the program perf' },
  cpus: '2 of 2',
  kernel: null,
  jupyter: [['kernel', 'giltracer 1']]
};

describe('DoctorPage', () => {
  it('waits, works, and shows what works and the lines for the rest', async () => {
    const kernel = new FakeKernel();
    const page = pageFor(kernel);
    void page.examine();
    await soon();
    expect(status(page)).toContain('is busy');
    expect(page.node.getAttribute('aria-busy')).toBe('true');
    kernel.requests[0].begin();
    expect(status(page)).toContain('Examining');
    const data = { [DOCTOR_MIME_TYPE]: { report: REPORT, words: WORDS } };
    await kernel.requests[0].answer({ answer: { status: 'ok', data } });
    expect(page.node.getAttribute('aria-busy')).toBe(null);
    expect(shownLines(page)).toEqual([
      'pip install it',
      'apt install linux-perf'
    ]);
    const rows = [...page.node.querySelectorAll('tbody tr')].map(row =>
      [...row.children].map(cell => cell.textContent)
    );
    expect(rows).toEqual([
      ['full', 'no', 'there is no perf'],
      ['sample', 'yes', 'a part <b>'],
      ['the program perf', 'no', 'perf is not installed']
    ]);
  });

  it.each([
    ["No module named 'giltracer'", '/x/python -m pip install giltracer'],
    [
      "No module named 'giltracer.doctor_page'",
      '/x/python -m pip install --upgrade giltracer'
    ]
  ])('names the line that mends “%s”', async (message, line) => {
    const kernel = new FakeKernel();
    const page = pageFor(kernel);
    void page.examine();
    await soon();
    await kernel.requests[0].answer({
      answer: raised('ModuleNotFoundError', message),
      python: shown("'/x/python'")
    });
    expect(shownLines(page)).toEqual([line]);
  });

  it('says that the kernel went away, and runs again', async () => {
    const kernel = new FakeKernel();
    const page = pageFor(kernel);
    void page.examine();
    await soon();
    await kernel.requests[0].giveUp();
    expect(status(page)).toContain('restarted, interrupted or has died');
    page.node.querySelector('button')?.click();
    await soon();
    expect(kernel.requests).toHaveLength(2);
  });

  it('says that there is no kernel, and offers to choose one', async () => {
    const page = pageFor(null);
    await page.examine();
    expect(status(page)).toContain('no kernel');
    expect(page.node.querySelectorAll('button')).toHaveLength(2);
  });

  it('shows the newest answer only', async () => {
    const kernel = new FakeKernel();
    const page = pageFor(kernel);
    void page.examine();
    await soon();
    void page.examine();
    await soon();
    await kernel.requests[0].answer({
      answer: raised('KeyboardInterrupt', '')
    });
    expect(status(page)).toContain('is busy');
  });
});
