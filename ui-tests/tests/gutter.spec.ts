/** Marks beside the lines of a traced cell: real kernel, real trace, real editor. */
import { expect, test } from '@jupyterlab/galata';
import { notebookOf, open } from './notebook-page';

/** What a loop does is defined in one cell, and traced in another. */
const WORK = `
import threading

def count(n):
    while n:
        n -= 1
`;
const LOOPS = `%%giltracer -n "two loops"
threads = [threading.Thread(target=count, args=(3_000_000,)) for _ in '12']
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()`;

test('marks stand beside the lines that made others wait', async ({
  page,
  tmpPath
}) => {
  await open(
    page,
    tmpPath,
    'gutter.ipynb',
    notebookOf(['%load_ext giltracer', WORK, LOOPS])
  );
  await page.notebook.run();
  const marks = page.locator('.giltracer-Mark');
  await expect(marks.first()).toBeVisible({ timeout: 20000 });
  await page.screenshot({ path: 'test-results/gutter-1.png' });
  await marks.first().hover();
  await expect(page.locator('.giltracer-MarkBox')).toBeVisible();
  await page.screenshot({ path: 'test-results/gutter-2.png' });
});
