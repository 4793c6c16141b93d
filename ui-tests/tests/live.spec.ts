/** What a page shows while a cell is traced: real kernel, real perf, real browser. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import { notebookOf, open } from './notebook-page';

/** Two threads that both want the GIL until a file `stop` lies beside the notebook: as slow as the machine is. */
function cell(options: string, stop: string): string {
  return `%%giltracer ${options}
import os, threading, time

running = [True]

def count():
    while running:
        pass

threads = [threading.Thread(target=count) for _ in range(2)]
for thread in threads:
    thread.start()
until = time.monotonic() + 60
while not os.path.exists('${stop}') and time.monotonic() < until:
    time.sleep(0.05)
running.clear()
for thread in threads:
    thread.join()`;
}

/** The page's own application, as `expose_app_in_browser` shows it. */
interface ExposedWindow {
  jupyterapp: {
    commands: { execute(id: string): Promise<unknown> };
    shell: {
      currentWidget: {
        sessionContext: {
          session: { kernel: { id: string } };
          changeKernel(options: { id: string }): Promise<unknown>;
          restartKernel(): Promise<unknown>;
        };
        context: { save(): Promise<void>; model: { toJSON(): unknown } };
      };
    };
  };
}

/** The picture of who holds the GIL. */
function picture(page: Page): Promise<string> {
  return page
    .locator('.giltracer-Live .giltracer-mod-gil canvas')
    .evaluate(node => (node as HTMLCanvasElement).toDataURL());
}

/** The lanes of the threads that do something are there, and the picture changes. */
async function expectLive(page: Page): Promise<void> {
  const live = page.locator('.giltracer-Live');
  await expect(live.locator('.giltracer-Live-connection')).toHaveText('live', {
    timeout: 12000
  });
  // What can't be seen is not painted.
  await live.locator('.giltracer-Lanes-region').scrollIntoViewIfNeeded();
  const numbers = live.locator('.giltracer-Badge:not(:empty)');
  await expect
    .poll(() => numbers.count(), { timeout: 5000 })
    .toBeGreaterThan(2);
  const before = await picture(page);
  await expect.poll(() => picture(page), { timeout: 3000 }).not.toBe(before);
}

async function expectResults(page: Page, count: number): Promise<void> {
  const results = page.locator('.jp-OutputArea .giltracer-Lanes');
  await expect(results).toHaveCount(count, { timeout: 15000 });
}

/** Run all cells, and don't wait for their end. */
async function start(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(() => {
    const { commands } = (window as unknown as ExposedWindow).jupyterapp;
    void commands.execute('notebook:run-all-cells');
  });
}

/** Let a cell end. */
async function stop(
  page: IJupyterLabPageFixture,
  tmpPath: string,
  name: string
): Promise<void> {
  await page.contents.uploadContent('', 'text', `${tmpPath}/${name}`);
}

/** The addresses of the live connections that a page makes. */
function liveSockets(page: Page): string[] {
  const made: string[] = [];
  page.on('websocket', socket => {
    if (socket.url().includes('/giltracer/live/')) {
      made.push(socket.url());
    }
  });
  return made;
}

test('lanes move while a cell runs, from probes and from samples', async ({
  page,
  tmpPath
}) => {
  const sockets = liveSockets(page);
  const cells = [
    '%load_ext giltracer',
    cell('', 'stop-1'),
    cell('--mode sample', 'stop-2')
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

test('a second page is live, and a page reloaded in mid-cell gets the result', async ({
  page,
  tmpPath
}) => {
  const cells = ['%load_ext giltracer', cell('', 'stop')];
  await open(page, tmpPath, 'reload.ipynb', notebookOf(cells));
  await start(page);
  await expectLive(page);
  await page.notebook.save();
  const second = await page.context().newPage();
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
  await second.close();
});

test('an untrusted notebook makes no connection', async ({ page, tmpPath }) => {
  const sockets = liveSockets(page);
  const cells = ['%load_ext giltracer', cell('', 'stop')];
  await open(page, tmpPath, 'running.ipynb', notebookOf(cells));
  await start(page);
  await expectLive(page);
  await page.notebook.save();
  const { kernel, saved } = await page.evaluate(() => {
    const { currentWidget } = (window as unknown as ExposedWindow).jupyterapp
      .shell;
    return {
      kernel: currentWidget.sessionContext.session.kernel.id,
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
  const cells = ['%load_ext giltracer', cell('', 'stop')];
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
