/**
 * One traced cell in a real JupyterLab: real kernel, real perf, real browser. The tests build on
 * each other: the first one runs and saves the notebook that the others open.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import {
  CELL,
  expectResult,
  notebookOf,
  open,
  result,
  savedAs
} from './notebook-page';

/** One call that keeps the GIL while two loops want it, and time in which nothing happens. */
const KEEPER = `%%giltracer
import re, threading, time

def count(n):
    while n:
        n -= 1

def search(text):
    return re.match(r'(a+)+$', text)

threads = [
    threading.Thread(target=count, args=(2_000_000,), name='loop-1'),
    threading.Thread(target=count, args=(2_000_000,), name='loop-2'),
    threading.Thread(target=search, args=('a' * 24 + 'b',), name='keeper')
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
time.sleep(3)`;
/** Where these stand in the second cell of a notebook, as its author counts. */
const KEEPS = placeIn(KEEPER, 're.match');
const COUNTS = [placeIn(KEEPER, 'while n'), placeIn(KEEPER, 'n -= 1')];
const BUNDLE = 'application/vnd.giltracer.v1+json';

/** What of a notebook file the tests read and change. */
interface NotebookFile {
  cells: {
    source: string | string[];
    outputs?: { data?: Record<string, unknown> }[];
  }[];
}

/** The page's own application, as `expose_app_in_browser` shows it. */
interface ExposedWindow {
  jupyterapp: {
    shell: {
      currentWidget: {
        content: {
          model: {
            cells: { length: number; get(index: number): { trusted: boolean } };
          };
        };
      };
    };
  };
}

test.describe.configure({ mode: 'serial' });
let savedNotebook = '';
let savedKeeper = '';

/** A regular expression for just this text. */
function literal(text: string): string {
  return text.replace(/[[\]]/g, '\\$&');
}

function placeIn(cell: string, text: string): string {
  const lines = cell.split('\n');
  return `In [2]:${lines.findIndex(line => line.includes(text)) + 1}`;
}

/** The table with this caption. */
function tableOf(page: IJupyterLabPageFixture, caption: string): Locator {
  return page.locator(
    `.jp-OutputArea .giltracer-Table:has(caption:text-is("${caption}"))`
  );
}

test('a traced cell shows lanes and table, zooms, and is there after a reload', async ({
  page,
  tmpPath
}) => {
  const name = 'traced.ipynb';
  // Not typed: the editor indents what is typed into it.
  await open(page, tmpPath, name, notebookOf(['%load_ext giltracer', CELL]));
  await page.notebook.run();
  await expectResult(page);

  const { region, range } = result(page);
  const whole = await range.textContent();
  await region.focus();
  await page.keyboard.press('w');
  await expect(range).not.toHaveText(whole ?? '');
  const zoomed = await range.textContent();
  await page.keyboard.press('d');
  await expect(range).not.toHaveText(zoomed ?? '');
  await page.keyboard.press('0');
  await expect(range).toHaveText(whole ?? '');
  await region.press('Escape');

  await page.notebook.save();
  // Lab opens the notebook again by itself; galata would wait for the launcher.
  const options = { waitForIsReady: false, waitUntil: 'load' as const };
  await page.reload(options);
  await expectResult(page);

  savedNotebook = await savedAs(tmpPath, name);
});

test('an untrusted notebook shows the result too', async ({
  page,
  tmpPath
}) => {
  const notebook = JSON.parse(savedNotebook) as NotebookFile;
  const [cell, ...others] = notebook.cells.filter(({ outputs }) =>
    outputs?.some(({ data }) => data && BUNDLE in data)
  );
  expect(others).toEqual([]);
  // Changed by someone else than this server: its signature no longer fits.
  cell.source = [cell.source].flat().join('') + '\\n# changed';
  await open(page, tmpPath, 'untrusted.ipynb', JSON.stringify(notebook));
  await expectResult(page);

  const trusted = await page.evaluate(() => {
    const { model } = (window as unknown as ExposedWindow).jupyterapp.shell
      .currentWidget.content;
    return Array.from(
      { length: model.cells.length },
      (_, index) => model.cells.get(index).trusted
    );
  });
  expect(trusted).toContain(false);
});

test('the dark theme redraws the lanes', async ({ page, tmpPath }) => {
  await open(page, tmpPath, 'dark.ipynb', savedNotebook);
  await expectResult(page);
  // The colours of the states are the same in both themes; those of the axis are the theme's.
  const axis = result(page).lanes.locator('canvas').first();
  const picture = (): Promise<string> =>
    axis.evaluate(node => (node as HTMLCanvasElement).toDataURL());
  const light = await picture();
  await page.theme.setDarkTheme();
  await expect
    .poll(async () => (await picture()) === light, { timeout: 5000 })
    .toBe(false);
  await expectResult(page);
});

test('the table of lines names the line that made others wait', async ({
  page,
  tmpPath
}) => {
  const name = 'lines.ipynb';
  await open(page, tmpPath, name, notebookOf(['%load_ext giltracer', KEEPER]));
  await page.notebook.run();
  const lines = tableOf(page, 'Lines that made others wait');
  const first = lines.locator('tbody tr').first();
  await expect(first.locator('th')).toHaveText(`${KEEPS} in search`, {
    timeout: 20000
  });
  // The kernel's own threads wait for messages meanwhile: that is no cause.
  await expect(page.locator('.giltracer-Verdict-words')).toContainText(
    'slept in pauses, longest at In [2]:17'
  );
  // It stands before all other tables.
  await expect(page.locator('.giltracer-Table caption').first()).toHaveText(
    'Lines that made others wait'
  );
  await page.notebook.save();
  savedKeeper = await savedAs(tmpPath, name);
});

test('a chosen wait shows the lines of both sides', async ({
  page,
  tmpPath
}) => {
  await open(page, tmpPath, 'wait.ipynb', savedKeeper);
  const { range } = result(page);
  const whole = await range.textContent();
  const wait = tableOf(page, 'Longest waits for the GIL')
    .locator('tbody tr.giltracer-mod-action')
    .filter({ hasText: /loop-[12]/ })
    .first();
  await wait.locator('.giltracer-Table-action').click();
  await expect(range).not.toHaveText(whole ?? '');
  const details = page.locator('.giltracer-WaitPanel');
  const side = (title: string): Locator =>
    details
      .locator('.giltracer-Details-part')
      .filter({ hasText: title })
      .locator('li');
  await expect(side('Waited at').first()).toHaveText(
    new RegExp(COUNTS.map(place => `^${literal(place)} in count$`).join('|'))
  );
  const held = side('Made it wait longest at');
  await expect(held.filter({ hasText: `${KEEPS} in search` })).toHaveCount(1);
  await expect(wait).toContainText('keeper');
});

test('waits alone show the line too, and name what is not known', async ({
  page,
  tmpPath
}) => {
  const cell = KEEPER.replace('%%giltracer', '%%giltracer --mode waits');
  const cells = ['%load_ext giltracer', cell];
  await open(page, tmpPath, 'waits.ipynb', notebookOf(cells));
  await page.notebook.run();
  const lines = tableOf(page, 'Lines that made others wait');
  await expect(lines.locator('tbody th').first()).toHaveText(
    `${KEEPS} in search`,
    { timeout: 20000 }
  );
  await expect(lines).toContainText(/Held the GIL.*Released: Not known/);
  const threads = tableOf(page, 'Threads');
  await expect(threads).toContainText(/Has GIL, No GIL.*: Not known/);
  await expect(threads.locator('thead')).not.toContainText('Has GIL');
  const facts = page.locator('.giltracer-Header-facts');
  await expect(facts).toContainText('waits: uprobes');
});

test('a sampled cell shows the same, with its errors', async ({
  page,
  tmpPath
}) => {
  const cell = KEEPER.replace('%%giltracer', '%%giltracer --mode sample');
  const cells = ['%load_ext giltracer', cell];
  await open(page, tmpPath, 'sample.ipynb', notebookOf(cells));
  await page.notebook.run();
  const lines = tableOf(page, 'Lines that made others wait');
  await expect(lines.locator('tbody th').first()).toHaveText(
    `${KEEPS} in search`,
    { timeout: 20000 }
  );
  await expect(lines.locator('tbody tr').first()).toContainText('±');
  const threads = tableOf(page, 'Threads');
  await expect(threads).toContainText('keeper');
  await expect(threads).toContainText('±');
  // What no reading can know is absent, not 0.
  await expect(threads.locator('thead')).not.toContainText('Waits');
  const facts = page.locator('.giltracer-Header-facts');
  await expect(facts).toContainText('sample');
});
