/** A run whose bundle can't hold every interval: its trace is loaded from where it lies, and opens as a file. */
import { expect, test } from '@jupyterlab/galata';
import { notebookOf, open, result } from './notebook-page';

/** Some hundred thousand intervals: each call gives the GIL up and wants it back. */
const BUSY = `%%giltracer --save busy.giltrace
import os, threading

def stats(n):
    for _ in range(n):
        os.stat('/')

threads = [
    threading.Thread(target=stats, args=(40_000,), name=name)
    for name in ('first', 'second')
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()`;

test('zooming past the bundle loads the trace in a worker, and the file opens by double click', async ({
  page,
  tmpPath
}) => {
  const workers: string[] = [];
  page.on('worker', worker => workers.push(worker.url()));
  await open(
    page,
    tmpPath,
    'busy.ipynb',
    notebookOf(['%load_ext giltracer', BUSY])
  );
  await page.notebook.run();
  const { lanes, region, range } = result(page);
  await expect(lanes).toHaveCount(1, { timeout: 20000 });
  await lanes.scrollIntoViewIfNeeded();

  const line = page.locator('.jp-OutputArea .giltracer-FullTrace');
  await expect(line).toContainText('Load the full trace');
  await region.focus();
  for (let step = 0; step < 10; step++) {
    await page.keyboard.press('w');
  }
  await expect(line).toContainText('exact at any zoom', { timeout: 15000 });
  await expect(range).not.toContainText('averages');
  expect(workers.some(url => url.includes('/giltracer/static/'))).toBe(true);

  // A range of the run: its tables are counted from the trace, lines and all.
  const tables = page.locator('.jp-OutputArea .giltracer-RunView-tables');
  const lines = tables.locator('table').filter({ hasText: 'Made' }).first();
  const before = await lines.textContent();
  await region.focus();
  for (let step = 0; step < 3; step++) {
    await page.keyboard.press('Shift+ArrowRight');
  }
  await expect(tables.locator('.giltracer-RangeCaption')).toBeVisible();
  await expect(lines).toContainText('In [2]');
  await expect(lines).not.toHaveText(before ?? '');

  await page.filebrowser.open(`${tmpPath}/busy.giltrace`);
  const opened = page.locator('.giltracer-TraceDocument');
  await expect(opened.locator('.giltracer-Lane').first()).toBeVisible({
    timeout: 15000
  });
  await expect(opened).toContainText('second');
  // Whoever has the file may try changes, too.
  await opened
    .getByRole('combobox', { name: 'Try a change' })
    .selectOption('switch-interval');
  await opened.getByRole('button', { name: 'Try' }).click();
  await expect(opened.locator('.giltracer-WhatIf')).toContainText(
    /If the switch interval were 2 ms.*( to |can’t be told)/
  );

  await page.contents.uploadContent(
    'PK no zip',
    'text',
    `${tmpPath}/bad.giltrace`
  );
  await page.filebrowser.refresh();
  await page.filebrowser.open(`${tmpPath}/bad.giltrace`);
  await expect(
    page.locator('.giltracer-TraceDocument:visible .giltracer-Notice')
  ).toContainText('not a giltracer trace that can be read');
});
