/** The lanes of a real run in a real JupyterLab: a wait reaches its holder, keys stay in the lanes, a range is announced. */
import { expect, test } from '@jupyterlab/galata';
import { CELL, expectResult, notebookOf, open, result } from './notebook-page';

test('a wait in the lanes leads to its holder, and keys and ranges stay in the view', async ({
  page,
  tmpPath
}) => {
  const cells = ['%load_ext giltracer', CELL];
  await open(page, tmpPath, 'lanes.ipynb', notebookOf(cells));
  await page.notebook.run();
  await expectResult(page);
  const { lanes, region, range } = result(page);
  const spoken = lanes.locator('[aria-live]');
  const whole = (await range.textContent()) ?? '';

  // To a wait by its key, then to the same one by a click on it.
  await region.focus();
  await page.keyboard.press('[');
  await expect(spoken).toHaveText(
    /waited for the GIL: .* Held by .*(first|second|MainThread)/
  );
  const frame = lanes.locator('.giltracer-Chain rect.giltracer-mod-waiter');
  await expect(frame).toHaveCount(1);
  const place = await frame.boundingBox();
  await page.keyboard.press('Escape');
  await expect(frame).toHaveCount(0);
  if (place !== null) {
    const { x, y, width, height } = place;
    await page.mouse.click(x + width / 2, y + height - 6);
  }
  await expect(frame).toHaveCount(1);
  await expect(
    lanes.locator('.giltracer-Chain rect.giltracer-mod-holder').first()
  ).toBeAttached();
  const holder = lanes.locator('.giltracer-Holders button').first();
  await expect(holder).toHaveText(/first|second|MainThread/);
  await expect(lanes.locator('.giltracer-Holders')).toContainText(
    'held the GIL for'
  );

  // x would cut the cell, and is no key of the lanes; 0 0 would restart the kernel.
  const count = await page.locator('.jp-Cell').count();
  await region.focus();
  for (const key of ['x', '0', '0', 'b']) {
    await page.keyboard.press(key);
  }
  await expect(range).toHaveText(whole);
  await expect(page.locator('.jp-Cell')).toHaveCount(count);
  await expect(page.locator('.jp-Dialog')).toHaveCount(0);

  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(lanes.locator('.giltracer-Range')).toBeVisible();
  await expect(spoken).toHaveText(/^Selected: /);
  await page.keyboard.press('Enter');
  await expect(range).not.toHaveText(whole);
  await page.keyboard.press('Escape');
  await expect(lanes.locator('.giltracer-Range')).toBeHidden();
});
