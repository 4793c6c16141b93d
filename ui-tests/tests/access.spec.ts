/**
 * A traced cell for those who can't see it, or use no mouse: checked by axe in both themes, and walked through
 * with the keyboard alone.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import { VIEW, violations } from './axe';
import { CELL, expectResult, notebookOf, open } from './notebook-page';

/** The number of cells: the notebook's command mode has keys that change it. */
function cells(page: IJupyterLabPageFixture): Promise<number> {
  return page.locator('.jp-Notebook .jp-Cell').count();
}

test('a result passes axe and is used without a mouse', async ({
  page,
  tmpPath
}) => {
  const name = 'access.ipynb';
  await open(page, tmpPath, name, notebookOf(['%load_ext giltracer', CELL]));
  await page.notebook.run();
  await expectResult(page);
  const view = page.locator(VIEW);
  // Everything that can be unfolded is.
  const folded = view.locator('.giltracer-Section-fold[aria-expanded="false"]');
  while ((await folded.count()) > 0) {
    await folded.first().click();
  }

  // A row of the longest waits: Tab, arrows, Enter.
  const before = await cells(page);
  const waits = view.getByRole('group', {
    name: 'Longest waits for the GIL',
    exact: true
  });
  const rows = waits.first().locator('tbody tr');
  await waits.first().locator('.giltracer-Section-fold').focus();
  for (let stop = 0; stop < 6; stop++) {
    await page.keyboard.press('Tab');
    if (await rows.first().evaluate(row => row === document.activeElement)) {
      break;
    }
  }
  await expect(rows.first()).toBeFocused();
  if ((await rows.count()) > 1) {
    await page.keyboard.press('ArrowDown');
    await expect(rows.nth(1)).toBeFocused();
    await page.keyboard.press('ArrowUp');
  }
  await page.keyboard.press('Enter');
  await expect(rows.first()).toHaveAttribute('aria-current', 'true');
  const panel = view.getByRole('region', { name: 'The picked wait' });
  await expect(panel).toBeVisible();
  expect.soft(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();

  // Keys that mean something to a notebook mean nothing to it here.
  for (const key of ['a', 'b', 'd', 'd', 'x', 'j', 'm', 'ArrowUp']) {
    await page.keyboard.press(key);
  }
  expect(await cells(page)).toBe(before);
  await page.keyboard.press('Enter');
  await expect(waits.first().locator('thead [aria-sort]')).toHaveCount(1);

  // A copy has the full numbers.
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await rows.first().focus();
  await page.keyboard.press('Control+c');
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toMatch(/^Waited \(ns\)\t.*\n\d+\t/);

  await page.theme.setDarkTheme();
  await expect(page.locator('body[data-jp-theme-light="false"]')).toHaveCount(
    1
  );
  expect.soft(await violations(page)).toEqual([]);
});
