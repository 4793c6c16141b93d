/** The panel beside a notebook: real kernel, real perf, real run store, and no mouse. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, galata, test } from '@jupyterlab/galata';
import { notebookOf, open } from './notebook-page';

/** Two threads that both want the GIL until a file `stop` lies beside the notebook: as slow as the machine is. */
const CELL = `%%giltracer -n "two loops"
import os, threading, time

running = [True]

def count():
    while running:
        pass

threads = [threading.Thread(target=count) for _ in range(2)]
for thread in threads:
    thread.start()
until = time.monotonic() + 60
while not os.path.exists('stop') and time.monotonic() < until:
    time.sleep(0.05)
running.clear()
for thread in threads:
    thread.join()`;

/** Goes on until a file `other` lies beside the notebook. */
const OTHER = `%%giltracer -n "elsewhere"
import os, time
until = time.monotonic() + 60
while not os.path.exists('other') and time.monotonic() < until:
    time.sleep(0.05)`;

interface ExposedWindow {
  jupyterapp: {
    commands: { execute(id: string, args?: object): Promise<unknown> };
  };
}

function execute(
  page: IJupyterLabPageFixture,
  id: string,
  args = {}
): Promise<void> {
  return page.evaluate(
    ([command, given]) => {
      const { commands } = (window as unknown as ExposedWindow).jupyterapp;
      void commands.execute(command, given);
    },
    [id, args] as const
  );
}

/** What axe has found in the panel, in short. */
async function violations(page: IJupyterLabPageFixture): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .include('.giltracer-Sidebar')
    .analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)
  );
}

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    'giltracer:live': { span: 2, openPanel: true }
  }
});

test('the panel shows the run as it goes on, and keeps it in a history', async ({
  page,
  tmpPath
}) => {
  const sockets = new Set<string>();
  page.on('websocket', socket => {
    if (socket.url().includes('/giltracer/live/')) {
      sockets.add(socket.url());
    }
  });
  const panel = page.locator('.giltracer-Sidebar');
  const runs = panel.getByRole('option');
  await open(
    page,
    tmpPath,
    'sidebar.ipynb',
    notebookOf(['%load_ext giltracer', CELL])
  );
  // Collapsed, it asks for nothing.
  await expect(panel).toBeHidden();
  expect(sockets.size).toBe(0);
  await execute(page, 'giltracer:show-panel');
  await expect(panel).toContainText('No cell is being traced');
  await expect(panel).not.toContainText('Loading');
  const before = await runs.count();

  await execute(page, 'notebook:run-all-cells');
  const picture = () =>
    panel
      .locator('.giltracer-Live .giltracer-mod-gil canvas')
      .evaluate(node => (node as HTMLCanvasElement).toDataURL());
  await expect(panel.locator('.giltracer-Live-connection')).toHaveText('live', {
    timeout: 20000
  });
  await expect(
    panel.locator('.giltracer-Live button[aria-pressed="true"]')
  ).toHaveText('2 s');
  await panel.locator('.giltracer-mod-gil canvas').scrollIntoViewIfNeeded();
  const first = await picture();
  await expect.poll(picture, { timeout: 3000 }).not.toBe(first);

  await page.contents.uploadContent('', 'text', `${tmpPath}/stop`);
  // Its end is told, and the newest run of the history is this one.
  const result = panel.locator('.giltracer-Sidebar-result');
  await expect(result).toContainText('Last run, two loops: ', {
    timeout: 15000
  });
  await expect(runs).toHaveCount(before + 1);
  const run = runs.first();
  await expect(run).toContainText('two loops');
  await expect(run).toContainText(/full: uprobes/);
  const verdict = await run.locator('.giltracer-History-verdict').innerText();
  expect(verdict).not.toBe('');
  await expect(result).toContainText(verdict);
  // It is what stands on top of the result in the notebook.
  await expect(page.locator('.jp-OutputArea .giltracer-RunView')).toContainText(
    verdict
  );
  // The panel and the output share a connection.
  expect(sockets.size).toBe(1);
  expect.soft(await violations(page)).toEqual([]);
  await page.theme.setDarkTheme();
  expect.soft(await violations(page)).toEqual([]);

  // Without a mouse: F2 renames, Enter opens, Delete deletes after a question.
  await run.focus();
  await page.keyboard.press('F2');
  const dialog = page.locator('.jp-Dialog');
  await dialog.locator('input').fill('my loops');
  await page.keyboard.press('Enter');
  await expect(run).toContainText('my loops');
  await expect(run).toBeFocused();
  await page.keyboard.press('Enter');
  const opened = page.locator('.giltracer-RunDocument');
  await expect(opened.locator('.giltracer-Lane').first()).toBeVisible();
  await expect(opened).toContainText('my loops');
  await expect(
    page.getByRole('main').getByRole('tab', { name: 'my loops' })
  ).toBeVisible();
  const line = opened.locator('.giltracer-FullTrace');
  await line.getByRole('button').first().click();
  await expect(line).toContainText('exact at any zoom', { timeout: 10000 });
  await run.focus();
  await page.keyboard.press('Delete');
  await expect(dialog).toContainText('It can’t be undone');
  await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
  await expect(runs).toHaveCount(before);
  await expect(panel).not.toContainText('my loops');

  // It opens with the next run, as the settings say, and tells of its end although another notebook is in front by then.
  await page.sidebar.close('right');
  await expect(panel).toBeHidden();
  await open(page, tmpPath, 'other.ipynb', notebookOf([OTHER]));
  await execute(page, 'notebook:run-all-cells');
  await expect(panel).toBeVisible();
  expect(await panel.evaluate(node => node.matches(':focus-within'))).toBe(
    false
  );
  await page.notebook.activate('sidebar.ipynb');
  await expect(panel).toContainText('No cell is being traced');
  await page.contents.uploadContent('', 'text', `${tmpPath}/other`);
  await expect(runs).toHaveCount(before + 1, { timeout: 20000 });
  await expect(run).toContainText('elsewhere');
});
