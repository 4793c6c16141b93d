/**
 * A server whose environment has no giltracer, and a kernel that has it: other_environment.py. Its results are static
 * until `giltracer lab` has linked the extension and the page is loaded anew.
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jupyterlab/galata';
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

test('a saved result becomes interactive after `giltracer lab` and a reload', async ({
  page,
  tmpPath
}) => {
  const kernel = { display_name: 'With giltracer', name: 'with-giltracer' };
  const cells = ['%load_ext giltracer', CELL];
  await open(page, tmpPath, 'other.ipynb', notebookOf(cells, kernel));
  await page.notebook.run();
  const output = page.locator('.jp-OutputArea');
  await expect(output.last()).toContainText('second', { timeout: 20000 });
  await expect(output.last()).toContainText('giltracer lab');
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
  } finally {
    expect(linkExtension('--undo')).toContain('is removed');
  }
});
