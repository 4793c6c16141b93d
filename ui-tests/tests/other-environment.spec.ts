/**
 * A server whose environment has no giltracer, and a kernel that has it: other_environment.py. Its results are static
 * until `giltracer lab` has linked the extension and the page is loaded anew.
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jupyterlab/galata';
import type { ExposedWindow } from './live-cell';
import { expectMoving, expectResults, liveCell, stop } from './live-cell';
import { CELL, expectResult, notebookOf, open, result } from './notebook-page';

test.use({ baseURL: process.env.GILTRACER_UI_OTHER_URL });

/** Runs `giltracer lab` in the kernel's environment, as the user whom the server belongs to. */
function linkExtension(...options: string[]): string {
  return execFileSync('giltracer', ['lab', ...options], {
    env: {
      ...process.env,
      JUPYTER_DATA_DIR: process.env.GILTRACER_UI_OTHER_DATA
    }
  }).toString();
}

test('after `giltracer lab` and a reload a saved result is interactive, and a run live through the kernel', async ({
  page,
  tmpPath
}) => {
  const kernel = { display_name: 'With giltracer', name: 'with-giltracer' };
  const cells = ['%load_ext giltracer', CELL, liveCell('', 'stop')];
  await open(page, tmpPath, 'other.ipynb', notebookOf(cells, kernel));
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  const output = page.locator('.jp-OutputArea').nth(1);
  await expect(output).toContainText('second', { timeout: 20000 });
  await expect(output).toContainText('giltracer lab');
  await expect(result(page).lanes).toHaveCount(0);
  await page.notebook.save();

  expect(linkExtension()).toContain("Reload JupyterLab's page");
  try {
    // Lab opens the notebook again by itself; galata would wait for the launcher.
    const options = { waitForIsReady: false, waitUntil: 'load' as const };
    await page.reload(options);
    await expectResult(page);
    const { region, range } = result(page);
    const whole = await range.textContent();
    await region.focus();
    await page.keyboard.press('w');
    await expect(range).not.toHaveText(whole ?? '');

    // Without the server's part a run is refreshed through the kernel, and the server is not asked for it again and again.
    const refused: string[] = [];
    page.on('response', response => {
      if (response.status() === 404) {
        refused.push(response.url());
      }
    });
    // In the same notebook: Lab may come back to what it was loaded with some seconds after a reload.
    await page.evaluate(() => {
      const { commands, shell } = (window as unknown as ExposedWindow)
        .jupyterapp;
      shell.currentWidget.content.activeCellIndex = 2;
      void commands.execute('notebook:run-cell');
    });
    const view = page.locator('.giltracer-Live:visible');
    await expect(view.locator('.giltracer-Live-connection')).toContainText(
      'refreshed once a second through the kernel',
      { timeout: 15000 }
    );
    await view.locator('.giltracer-Lanes-region').scrollIntoViewIfNeeded();
    await expect(view.locator('.giltracer-LiveLanes')).toContainText(
      'counter-1',
      { timeout: 10000 }
    );
    await expectMoving(view);
    await stop(page, tmpPath, 'stop');
    await expectResults(page, 2);
    expect(
      refused.filter(url => url.includes('/giltracer/')).length
    ).toBeLessThanOrEqual(1);
  } finally {
    expect(linkExtension('--undo')).toContain('is removed');
  }
});
