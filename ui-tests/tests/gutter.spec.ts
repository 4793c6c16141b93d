/** Marks beside the lines of traced cells: real kernel, real trace, real editor. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { notebookOf, open } from './notebook-page';

/** What the loops do is in a cell of its own, below a blank line. */
const WORK = `
import threading

def count(n):
    while n:
        n -= 1
`;
const LOOPS = `%%giltracer -n "two loops"
threads = [
    threading.Thread(target=count, args=(2_000_000,))
    for _ in range(2)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()`;

/** The lines of a cell that are marked as they are, and those that are marked as changed since. */
async function markedLines(
  cell: Locator
): Promise<{ fresh: string[]; stale: string[] }> {
  const marked = { fresh: [] as string[], stale: [] as string[] };
  const lines = await cell.locator('.cm-line').evaluateAll(nodes =>
    nodes.map(node => {
      const { top, bottom } = node.getBoundingClientRect();
      const marks = node
        .closest('.cm-editor')
        ?.querySelectorAll('.giltracer-Mark');
      const mark = [...(marks ?? [])].find(each => {
        const box = each.getBoundingClientRect();
        const middle = (box.top + box.bottom) / 2;
        return middle > top && middle < bottom;
      });
      return {
        text: node.textContent.trim(),
        mark: mark?.className ?? ''
      };
    })
  );
  for (const { text, mark } of lines) {
    if (mark !== '') {
      marked[mark.includes('mod-stale') ? 'stale' : 'fresh'].push(text);
    }
  }
  return marked;
}

/** Count the marks of a cell with each picture. @returns how few they were from now on */
async function fewestMarks(cell: Locator): Promise<() => Promise<number>> {
  const seen = await cell.evaluateHandle(node => {
    const least = { marks: Infinity };
    const look = (): void => {
      const { length } = node.querySelectorAll('.giltracer-Mark');
      least.marks = Math.min(least.marks, length);
      requestAnimationFrame(look);
    };
    look();
    return least;
  });
  return () => seen.evaluate(({ marks }) => marks);
}

/** Change the setting of the marks as the settings editor does. */
async function setShown(
  page: IJupyterLabPageFixture,
  shown: boolean
): Promise<void> {
  await page.evaluate(async value => {
    const registry = await window.galata.getPlugin(
      '@jupyterlab/apputils-extension:settings'
    );
    await registry?.set('giltracer:gutter', 'show', value);
  }, shown);
}

test('lines that made others wait are marked, for eyes, ears and keys', async ({
  page,
  tmpPath
}) => {
  const cells = ['%load_ext giltracer', WORK, LOOPS];
  await open(page, tmpPath, 'gutter.ipynb', notebookOf(cells));
  await page.notebook.run();
  const work = page.locator('.jp-Notebook .jp-CodeCell').nth(1);
  const marks = page.locator('.giltracer-Mark');
  const workMarks = work.locator('.giltracer-Mark');
  await expect(workMarks.first()).toBeVisible({ timeout: 20000 });

  // The loops once more: what is known stays until there is more.
  const fewest = await fewestMarks(work);
  await page.notebook.runCell(2);
  await expect(page.locator('.jp-InputPrompt').nth(2)).toHaveText('[4]:');
  expect(await fewest()).toBeGreaterThan(0);
  const { fresh, stale } = await markedLines(work);
  expect(['while n:', 'n -= 1']).toEqual(expect.arrayContaining(fresh));
  expect(stale).toEqual([]);
  const count = fresh.length;

  // Eyes: a box with all figures, and the way to the result and back.
  await workMarks.last().hover();
  const box = page.locator('.giltracer-MarkBox');
  await expect(box).toContainText('Made others wait');
  await expect(box).toContainText('“two loops”');
  await expect(box).not.toContainText('changed');
  await workMarks.last().click();
  const row = page.locator('.giltracer-RunView tr[aria-current="true"]');
  await expect(row.first()).toBeFocused();
  await expect(row.first()).toContainText(/In \[2\]:[56]/);
  await page.keyboard.press('Escape');
  await expect(work.locator('.cm-content')).toBeFocused();

  // Keys and ears: the next marked line, from a line without one.
  await work.locator('.cm-line').nth(1).click();
  const spoken = page.locator('body > .giltracer-mod-spoken');
  await page.keyboard.press('F8');
  await expect(spoken).toContainText(/^Line [56]\. Made others wait: \d/);
  await expect(box).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(box).toBeHidden();
  await page.keyboard.press('Alt+F8');
  await expect(spoken).toContainText(/^Line [56]\. Made others wait: \d/);
  const { violations } = await new AxeBuilder({ page })
    .include('.giltracer-Gutter')
    .include('.giltracer-MarkBox')
    .analyze();
  expect.soft(violations.map(({ id }) => id)).toEqual([]);
  await page.screenshot({ path: 'test-results/gutter-light.png' });

  // A change: lines above do not matter, the line itself does, and what was undone is none.
  await page.keyboard.press('End');
  await page.keyboard.type(' ');
  await expect.poll(async () => (await markedLines(work)).stale.length).toBe(1);
  await page.keyboard.press('Backspace');
  await expect
    .poll(async () => (await markedLines(work)).fresh.length)
    .toBe(count);
  await work.locator('.cm-line').nth(1).click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  expect((await markedLines(work)).fresh).toEqual(fresh);

  await page.theme.setDarkTheme();
  await setShown(page, false);
  await expect(marks).toHaveCount(0);
  await setShown(page, true);
  await expect(workMarks).toHaveCount(count);

  // What was changed before the notebook is opened again is known, too.
  await work.locator('.cm-line', { hasText: 'n -= 1' }).click();
  await page.keyboard.press('End');
  await page.keyboard.type(' # down');
  await page.notebook.save();
  await page.screenshot({ path: 'test-results/gutter-dark.png' });
  // Lab opens the notebook again by itself; galata would wait for the launcher.
  const options = { waitForIsReady: false, waitUntil: 'load' as const };
  await page.reload(options);
  await expect(workMarks).toHaveCount(count, { timeout: 15000 });
  expect((await markedLines(work)).stale).toEqual(['n -= 1 # down']);
});
