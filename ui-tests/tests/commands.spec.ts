/** The commands, with a real kernel: the button that traces a cell, the settings, the doctor's page, the example. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import { notebookOf, open } from './notebook-page';

const SOURCE = `import threading
def count(n):
    while n:
        n -= 1
threads = [threading.Thread(target=count, args=(500_000,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()`;

async function violations(page: IJupyterLabPageFixture): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .include('.giltracer-Doctor')
    .analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)
  );
}

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    'giltracer:commands': { mode: 'sample' }
  }
});

test('a cell is traced by its button, the doctor reports, the example is inserted', async ({
  page,
  tmpPath
}) => {
  await open(page, tmpPath, 'commands.ipynb', notebookOf([SOURCE]));
  const cell = page.locator('.jp-Notebook .jp-CodeCell').first();
  const line = cell.locator('.cm-line').first();
  await page.notebook.enterCellEditingMode(0);

  // The button writes what the settings say; the next key runs the cell, in a kernel that did not load anything.
  const trace = page.locator(
    '.jp-cell-toolbar [data-command="giltracer:trace-cell"]'
  );
  await trace.click();
  await expect(line).toHaveText('%%giltracer --mode sample');
  await expect(trace).toHaveAttribute('aria-pressed', 'true');
  await expect(cell).toBeFocused();
  await page.keyboard.press('Control+Enter');

  // Meanwhile the doctor waits for the kernel.
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('giltracer:open-doctor');
  });
  const doctor = page.locator('.giltracer-Doctor');
  await expect(doctor.getByRole('status').first()).toHaveText(/was examined/, {
    timeout: 30000
  });
  const ways = doctor.getByRole('table').first();
  for (const way of ['full', 'waits', 'futex', 'watch', 'sample']) {
    await expect(
      ways.getByRole('rowheader', { name: way, exact: true })
    ).toBeVisible();
  }
  expect.soft(await violations(page)).toEqual([]);
  await page.theme.setDarkTheme();
  expect.soft(await violations(page)).toEqual([]);
  await page.theme.setLightTheme();

  // Nothing of it came into the notebook; the keyboard takes the magic away and undo brings it back.
  await page.notebook.activate('commands.ipynb');
  await expect(page.locator('.jp-OutputArea .giltracer-Lanes')).toHaveCount(1, {
    timeout: 20000
  });
  await expect(cell.locator('.jp-InputPrompt')).toHaveText('[1]:');
  await page.notebook.enterCellEditingMode(0);
  await page.keyboard.press('Control+Alt+g');
  await expect(line).toHaveText('import threading');
  await page.keyboard.press('Control+z');
  await expect(line).toHaveText('%%giltracer --mode sample');

  await page.menu.clickMenuItem('Help>Insert a GIL Example');
  await expect(page.locator('.jp-Notebook .jp-Cell')).toHaveCount(4);
  await page.keyboard.press('z');
  await expect(page.locator('.jp-Notebook .jp-Cell')).toHaveCount(1);
});
