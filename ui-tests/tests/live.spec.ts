/** What a page shows while a cell is traced: real kernel, real perf, real browser. */
import { expect, test } from '@jupyterlab/galata';
import type { ExposedWindow } from './live-cell';
import {
  expectLive,
  expectResults,
  liveCell,
  liveSockets,
  start,
  stop
} from './live-cell';
import { notebookOf, open, savedAs } from './notebook-page';

test('lanes move while a cell runs, from probes and from samples', async ({
  page,
  tmpPath
}) => {
  const { made: sockets } = liveSockets(page);
  const cells = [
    '%load_ext giltracer',
    liveCell('', 'stop-1'),
    liveCell('--mode sample', 'stop-2')
  ];
  await open(page, tmpPath, 'live.ipynb', notebookOf(cells));
  await start(page);
  await expectLive(page);
  await expect(page.locator('.giltracer-Live-holder')).toHaveText(
    / in count holds the GIL for /,
    { timeout: 3000 }
  );
  await stop(page, tmpPath, 'stop-1');
  await expectResults(page, 1);
  await expectLive(page);
  const facts = page.locator('.giltracer-Live .giltracer-Header-facts');
  await expect(facts).toContainText('readings/s');
  await stop(page, tmpPath, 'stop-2');
  await expectResults(page, 2);
  // One for the kernel, whatever number of runs.
  expect(new Set(sockets).size).toBe(1);
});

test('another browser is live, and a page reloaded in mid-cell gets the result', async ({
  browser,
  page,
  tmpPath
}) => {
  const cells = ['%load_ext giltracer', liveCell('', 'stop')];
  await open(page, tmpPath, 'reload.ipynb', notebookOf(cells));
  await start(page);
  await expectLive(page);
  await page.notebook.save();
  const other = await browser.newContext({
    baseURL: process.env.TARGET_URL
  });
  const second = await other.newPage();
  await second.goto(`/lab/workspaces/second/tree/${tmpPath}/reload.ipynb`);
  // Galata's own reload waits until the kernel is idle.
  await Promise.all([
    page.waitForEvent('load'),
    page.evaluate(() => {
      location.reload();
    })
  ]);
  await Promise.all([expectLive(page), expectLive(second)]);
  await stop(page, tmpPath, 'stop');
  await Promise.all([expectResults(page, 1), expectResults(second, 1)]);
  await other.close();

  // What a page has from the run store becomes the notebook's: saved with it, and there without kernel and store.
  const unsaved = await page.evaluate(async () => {
    const { context } = (window as unknown as ExposedWindow).jupyterapp.shell
      .currentWidget;
    const { dirty } = context.model;
    await context.save();
    return dirty;
  });
  expect(unsaved).toBe(true);
  const saved = JSON.parse(await savedAs(tmpPath, 'reload.ipynb')) as {
    cells: { outputs: { data: Record<string, unknown> }[] }[];
  };
  const [{ data }] = saved.cells[1].outputs;
  expect(data).toMatchObject({
    'application/vnd.giltracer.v1+json': { run: { state: 'done' } }
  });
  expect(String(data['text/html'])).toContain('counter-1');
  expect(String(data['text/plain'])).toContain('counter-1');
});

test('an untrusted notebook makes no connection', async ({ page, tmpPath }) => {
  const { made: sockets } = liveSockets(page);
  const cells = ['%load_ext giltracer', liveCell('', 'stop')];
  await open(page, tmpPath, 'running.ipynb', notebookOf(cells));
  await start(page);
  await expectLive(page);
  await page.notebook.save();
  const { kernel, saved } = await page.evaluate(() => {
    const { currentWidget } = (window as unknown as ExposedWindow).jupyterapp
      .shell;
    return {
      kernel: currentWidget.sessionContext.session?.kernel.id ?? '',
      saved: JSON.stringify(currentWidget.context.model.toJSON())
    };
  });
  await page.notebook.close(false);
  sockets.length = 0;
  const openOn = async (name: string, content: string): Promise<void> => {
    await open(page, tmpPath, name, content);
    await page.evaluate(
      id =>
        (
          window as unknown as ExposedWindow
        ).jupyterapp.shell.currentWidget.sessionContext.changeKernel({ id }),
      kernel
    );
  };
  // Changed by someone else than this server: its signature no longer fits.
  await openOn('changed.ipynb', saved.replace('def count', 'def  count'));
  const status = page.locator('.giltracer-Live-status:visible');
  await expect(status).toHaveText(/Tracing…/);
  await page.waitForTimeout(1500);
  expect(sockets).toEqual([]);
  // The same notebook, as it was saved, is live on the same kernel.
  await openOn('same.ipynb', saved);
  await expect.poll(() => sockets.length, { timeout: 5000 }).toBe(1);
});

test('a kernel restarted in mid-cell leaves the result so far', async ({
  page,
  tmpPath
}) => {
  const cells = ['%load_ext giltracer', liveCell('', 'stop')];
  await open(page, tmpPath, 'restart.ipynb', notebookOf(cells));
  await start(page);
  await expectLive(page);
  await page.evaluate(() =>
    (
      window as unknown as ExposedWindow
    ).jupyterapp.shell.currentWidget.sessionContext.restartKernel()
  );
  // Partial, unless the interrupt with which Jupyter begins a restart was in time to end the cell.
  await expectResults(page, 1);
});
