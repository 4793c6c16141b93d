/** A notebook with a traced cell of two threads, and what its page shows of the result. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

/** Two threads, `first` and `second`, that both want the GIL. */
export const CELL = `%%giltracer -n "two threads"
import threading

def count(n):
    while n:
        n -= 1

threads = [
    threading.Thread(target=count, args=(3_000_000,), name=name)
    for name in ('first', 'second')
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()`;

/** The result's parts on the page. */
export function result(page: IJupyterLabPageFixture): {
  lanes: Locator;
  region: Locator;
  range: Locator;
  table: Locator;
} {
  const lanes = page.locator('.jp-OutputArea .giltracer-Lanes');
  return {
    lanes,
    region: lanes.locator('.giltracer-Lanes-region'),
    range: lanes.locator('.giltracer-Lanes-range'),
    table: page.locator('.jp-OutputArea table').filter({ hasText: 'first' })
  };
}

/** Number of colours on the lane of a thread: an empty canvas has one. */
async function coloursOf(
  page: IJupyterLabPageFixture,
  thread: string
): Promise<number> {
  return laneCanvas(page, thread).evaluate(node => {
    const canvas = node as HTMLCanvasElement;
    const pixels = canvas
      .getContext('2d')
      ?.getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(pixels?.buffer ?? new ArrayBuffer(0))).size;
  });
}

function laneCanvas(page: IJupyterLabPageFixture, thread: string): Locator {
  return result(page)
    .lanes.locator('.giltracer-Lane')
    .filter({ hasText: thread })
    .locator('canvas');
}

/** Lanes and table are there, with both threads, and something is drawn. */
export async function expectResult(
  page: IJupyterLabPageFixture
): Promise<void> {
  const { lanes, table } = result(page);
  await expect(lanes).toHaveCount(1, { timeout: 20000 });
  await lanes.scrollIntoViewIfNeeded();
  for (const thread of ['first', 'second']) {
    await expect(laneCanvas(page, thread)).toBeVisible();
    await expect(table.first()).toContainText(thread);
    await expect
      .poll(() => coloursOf(page, thread), { timeout: 5000 })
      .toBeGreaterThan(2);
  }
}

/** A new notebook file with these code cells. */
export function notebookOf(
  sources: string[],
  kernel = { display_name: 'Python 3', name: 'python3' }
): string {
  return JSON.stringify({
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      execution_count: null,
      id: `cell-${index}`,
      metadata: {},
      outputs: [],
      source
    })),
    metadata: {
      kernelspec: kernel,
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  });
}

/** Write a notebook file to the server's folder and open it. */
export async function open(
  page: IJupyterLabPageFixture,
  tmpPath: string,
  name: string,
  content: string
): Promise<void> {
  await page.contents.uploadContent(content, 'text', `${tmpPath}/${name}`);
  await page.notebook.openByPath(`${tmpPath}/${name}`);
  await page.notebook.activate(name);
}

/** What a notebook was saved as. */
export function savedAs(tmpPath: string, name: string): Promise<string> {
  const folder = process.env.GILTRACER_UI_FOLDER ?? '';
  return readFile(path.join(folder, 'root', tmpPath, name), 'utf8');
}
