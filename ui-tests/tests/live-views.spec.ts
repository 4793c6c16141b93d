/** Views of runs that go on, wherever a page puts them: out of sight, twice, beside another kernel's, without their kernel. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import type { ExposedWindow } from './live-cell';
import {
  expectLive,
  expectMoving,
  liveCell,
  liveSockets,
  start,
  stop
} from './live-cell';
import { notebookOf, open } from './notebook-page';

/** Cells before the traced one: more than a screen. */
const FILLERS = Array.from({ length: 25 }, (_, index) =>
  Array.from({ length: 8 }, (_line, line) => `# ${index}.${line}`).join('\n')
);
/** How JupyterLab may leave out what is far from the screen, beside its default. */
const MODES = ['full', 'defer'];
const LAST = FILLERS.length + 1;

/** What went wrong in the page. */
function faults(page: IJupyterLabPageFixture): string[] {
  const told: string[] = [];
  page.on('pageerror', error => told.push(String(error)));
  page.on('console', message => {
    // A result that is not there yet is a 404 of the run store, which browsers report.
    const { url } = message.location();
    if (message.type() === 'error' && !url.includes('/giltracer/runs/')) {
      told.push(`${url}: ${message.text()}`);
    }
  });
  return told;
}

/** Have the notebook show only what is near the screen, in one of JupyterLab's ways. */
async function setWindowing(
  page: IJupyterLabPageFixture,
  mode: string
): Promise<void> {
  await page.evaluate(windowingMode => {
    const { content } = (window as unknown as ExposedWindow).jupyterapp.shell
      .currentWidget;
    content.notebookConfig = { ...content.notebookConfig, windowingMode };
  }, mode);
}

/** Make a cell the active one and bring it to the screen. */
async function goTo(
  page: IJupyterLabPageFixture,
  index: number
): Promise<void> {
  await page.evaluate(async cell => {
    const { content } = (window as unknown as ExposedWindow).jupyterapp.shell
      .currentWidget;
    content.activeCellIndex = cell;
    await content.scrollToItem(cell, 'start');
  }, index);
}

test('a run far down is live and stays, scrolled away and back, and in a second view', async ({
  page,
  tmpPath
}) => {
  const told = faults(page);
  const sockets = liveSockets(page);
  const cells = ['%load_ext giltracer', ...FILLERS, liveCell('', 'stop-1')];
  await open(page, tmpPath, 'long.ipynb', notebookOf(cells));
  const notebook = page.locator('.jp-Notebook');
  const view = notebook.locator('.giltracer-Live');
  const lanes = notebook.locator('.giltracer-Lanes');
  const awayAndBack = async (shown: Locator): Promise<void> => {
    await goTo(page, 0);
    await expect(shown).not.toBeInViewport();
    await page.waitForTimeout(300);
    await goTo(page, LAST);
    await shown.scrollIntoViewIfNeeded();
    await expect(shown).toBeInViewport();
  };

  await start(page);
  for (const mode of MODES) {
    await setWindowing(page, mode);
    await goTo(page, LAST);
    await expectLive(page, view);
    await awayAndBack(view);
    await expectLive(page, view);
  }
  await page.evaluate(async () => {
    const { commands } = (window as unknown as ExposedWindow).jupyterapp;
    await commands.execute('notebook:create-output-view');
  });
  const second = page.locator('.jp-LinkedOutputView');
  await expectLive(page, second.locator('.giltracer-Live'));
  await expectMoving(view);
  expect(sockets.most).toBe(1);
  await stop(page, tmpPath, 'stop-1');
  await expect(lanes).toHaveCount(1, { timeout: 15000 });
  await expect(second.locator('.giltracer-Lanes')).toHaveCount(1);
  expect(sockets.open).toBe(0);

  // Neither what is visible nor what is picked is the other view's, and a scroll changes neither.
  const range = lanes.locator('.giltracer-Lanes-range');
  const whole = (await range.textContent()) ?? '';
  const chain = '.giltracer-Chain rect.giltracer-mod-waiter';
  await lanes.locator('.giltracer-Lanes-region').focus();
  await page.keyboard.press('[');
  await page.keyboard.press('w');
  await expect(lanes.locator(chain)).toHaveCount(1);
  const zoomed = (await range.textContent()) ?? '';
  expect(zoomed).not.toBe(whole);
  for (const mode of MODES) {
    await setWindowing(page, mode);
    await awayAndBack(lanes);
    await expect(range).toHaveText(zoomed);
    await expect(lanes.locator(chain)).toHaveCount(1);
  }
  await expect(second.locator(chain)).toHaveCount(0);
  await expect(second.locator('.giltracer-Lanes-range')).toHaveText(whole);

  expect(told).toEqual([]);
});

/** The process of a kernel, as its cell has written it down. */
async function kernelPid(tmpPath: string, name: string): Promise<number> {
  const folder = process.env.GILTRACER_UI_FOLDER ?? '';
  const file = path.join(folder, 'root', tmpPath, `pid-${name}`);
  const pid = Number(await readFile(file, 'utf8'));
  expect(pid).toBeGreaterThan(1);
  return pid;
}

test('two kernels have a run each, and the death of one leaves its part of the result', async ({
  page,
  tmpPath
}) => {
  const told = faults(page);
  const sockets = liveSockets(page);
  const panels: Locator[] = [];
  for (const name of ['left', 'right']) {
    const cells = ['%load_ext giltracer', liveCell('', `stop-${name}`, name)];
    const path = `${tmpPath}/${name}.ipynb`;
    await page.contents.uploadContent(notebookOf(cells), 'text', path);
    await page.evaluate(async file => {
      const { commands } = (window as unknown as ExposedWindow).jupyterapp;
      await commands.execute('docmanager:open', {
        path: file,
        factory: 'Notebook',
        options: { mode: file.includes('left') ? 'tab-after' : 'split-right' }
      });
    }, path);
    const panel = page.locator('.jp-NotebookPanel').nth(panels.length);
    await expect(panel).toBeVisible();
    await page.waitForFunction(
      () =>
        (window as unknown as ExposedWindow).jupyterapp.shell.currentWidget
          .sessionContext.session?.kernel
    );
    await start(page);
    panels.push(panel);
  }
  const [left, right] = panels;
  const views = panels.map(panel => panel.locator('.giltracer-Live'));
  await Promise.all(views.map(view => expectLive(page, view)));
  expect(sockets.open).toBe(2);
  const [lanesLeft, lanesRight] = views.map(view =>
    view.locator('.giltracer-LiveLanes')
  );
  await expect(lanesLeft).toContainText('left-1');
  await expect(lanesLeft).not.toContainText('right-');
  await expect(lanesRight).toContainText('right-1');
  await expect(lanesRight).not.toContainText('left-');

  process.kill(await kernelPid(tmpPath, 'right'), 'SIGKILL');
  await expect(right.locator('.giltracer-Lanes')).toHaveCount(1, {
    timeout: 15000
  });
  const header = right.locator('.giltracer-Header');
  await expect(header).toContainText('partial');
  await expect(header).toContainText(
    'the program ended before the run was stopped'
  );
  await expectMoving(views[0]);
  await stop(page, tmpPath, 'stop-left');
  await expect(left.locator('.giltracer-Lanes')).toHaveCount(1, {
    timeout: 15000
  });
  await expect(left.locator('.giltracer-Lanes')).toContainText('left-1');
  expect(told).toEqual([]);
});
