/** Notebook 7, behind a prefix as hubs have it: the same views from the same extension. */
/* eslint-disable jupyter/galata-prefer-notebook-cell-helper, jupyter/galata-prefer-menu-helper -- Galata's page is that of JupyterLab. */
import { expect, test } from '@playwright/test';
import { notebookOf } from './notebook-page';

/** As playwright.config.js starts it; ends with a slash. */
const SERVER = process.env.GILTRACER_UI_PREFIX_URL ?? '';

const CELL = `%%giltracer --save prefix.giltrace
import threading, time

def count(end):
    while time.monotonic() < end:
        pass

end = time.monotonic() + 4
threads = [
    threading.Thread(target=count, args=(end,), name=name)
    for name in ('first', 'second')
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()`;

test('a run is live in Notebook 7 under a prefix, and its trace opens there', async ({
  page,
  request
}) => {
  const content: unknown = JSON.parse(
    notebookOf(['%load_ext giltracer', CELL])
  );
  const put = await request.put(`${SERVER}api/contents/prefix.ipynb`, {
    data: { type: 'notebook', format: 'json', content }
  });
  expect(put.ok()).toBe(true);
  await page.goto(`${SERVER}notebooks/prefix.ipynb`);
  await page.locator('.jp-Notebook .jp-Cell').first().click();
  await expect
    .poll(
      async () => {
        const kernels = await request.get(`${SERVER}api/kernels`);
        const [kernel] = (await kernels.json()) as {
          execution_state?: string;
        }[];
        return kernel?.execution_state;
      },
      { timeout: 15000 }
    )
    .toBe('idle');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.press('Shift+Enter');

  const connection = page.locator('.giltracer-Live-connection');
  await expect(connection).toHaveText('live', { timeout: 15000 });
  const lanes = page.locator('.jp-OutputArea .giltracer-Lanes');
  await expect(lanes).toHaveCount(1, { timeout: 20000 });
  await lanes.scrollIntoViewIfNeeded();
  const line = page.locator('.jp-OutputArea .giltracer-FullTrace');
  await line.getByRole('button').first().click();
  await expect(line).toContainText('exact at any zoom', { timeout: 15000 });

  // The panel's runs open below the notebook: there is no place beside it.
  await page.getByRole('menuitem', { name: 'View' }).click();
  await page.getByText('Right Sidebar').hover();
  await page.getByRole('menuitem', { name: 'Show GIL tracer' }).click();
  const panel = page.locator('.giltracer-Sidebar');
  await panel.getByRole('option').first().dblclick();
  const below = page.locator('.giltracer-RunDocument');
  await expect(below.locator('.giltracer-Lane').first()).toBeVisible({
    timeout: 10000
  });
  expect((await below.boundingBox())?.height).toBeGreaterThan(200);

  // The settings are on Notebook 7's page of files.
  const popup = page.waitForEvent('popup');
  await panel.getByRole('button', { name: 'GIL Tracer Settings' }).click();
  await expect((await popup).locator('.jp-SettingsPanel')).toContainText(
    'GIL tracer: live view',
    { timeout: 15000 }
  );

  await page.goto(`${SERVER}edit/prefix.giltrace`);
  const opened = page.locator('.giltracer-TraceDocument');
  await expect(opened.locator('.giltracer-Lane').first()).toBeVisible({
    timeout: 15000
  });
  await expect(opened).toContainText('second');
});
