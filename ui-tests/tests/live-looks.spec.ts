/** The live view for those who see it otherwise: by a screen reader, enlarged, in forced colours, without motion, on paper. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect, test } from '@jupyterlab/galata';
import { expectLive, liveCell, start, stop } from './live-cell';
import { notebookOf, open } from './notebook-page';
import { VIEW, violations } from './axe';

/** Words that are cut off or lie on others, and what sticks out of the view. */
function misplaced(page: IJupyterLabPageFixture): Promise<string[]> {
  return page.locator(VIEW).evaluate(view => {
    const faults: string[] = [];
    const frame = view.getBoundingClientRect();
    const boxes = [
      ...view.querySelectorAll<HTMLElement>(
        'p, button, canvas, .giltracer-Lane-name, .giltracer-Badge'
      )
    ].filter(node => node.offsetParent !== null);
    const texts = boxes.filter(({ textContent }) => textContent !== '');
    const words = (node: Element): string =>
      `${node.className} "${(node.textContent ?? '').slice(0, 40)}"`;
    for (const node of boxes) {
      const box = node.getBoundingClientRect();
      if (box.left < frame.left - 1 || box.right > frame.right + 1) {
        faults.push(`sticks out: ${words(node)}`);
      }
      // What ends in an ellipsis is whole in its title, or in that of what is around it.
      if (
        node.scrollWidth > node.clientWidth + 1 &&
        node.clientWidth > 0 &&
        node.closest('[title]:not([title=""])') === null
      ) {
        faults.push(`cut off: ${words(node)}`);
      }
    }
    texts.forEach((one, index) => {
      const a = one.getBoundingClientRect();
      for (const other of texts.slice(index + 1)) {
        const b = other.getBoundingClientRect();
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (
          across > 1 &&
          down > 1 &&
          !one.contains(other) &&
          !other.contains(one)
        ) {
          faults.push(`overlap: ${words(one)} and ${words(other)}`);
        }
      }
    });
    return faults;
  });
}

/** How many columns of the time axis have something dark in them: its numbers, and its few lines. */
function darkColumns(page: IJupyterLabPageFixture): Promise<number> {
  return page
    .locator(`${VIEW} canvas`)
    .first()
    .evaluate(node => {
      const { width, height } = node as HTMLCanvasElement;
      const { data } = (node as HTMLCanvasElement)
        .getContext('2d')
        ?.getImageData(0, 0, width, height) ?? { data: [] };
      const dark = new Set<number>();
      for (let at = 0; at < data.length; at += 4) {
        if (
          data[at + 3] > 128 &&
          data[at] + data[at + 1] + data[at + 2] < 200
        ) {
          dark.add((at / 4) % width);
        }
      }
      return dark.size;
    });
}

/** How often the picture changes in two seconds. */
function changes(page: IJupyterLabPageFixture): Promise<number> {
  return page.locator(`${VIEW} .giltracer-mod-gil canvas`).evaluate(
    node =>
      new Promise<number>(resolve => {
        const seen = new Set<string>();
        const timer = setInterval(
          () => seen.add((node as HTMLCanvasElement).toDataURL()),
          50
        );
        setTimeout(() => {
          clearInterval(timer);
          resolve(seen.size - 1);
        }, 2000);
      })
  );
}

test('a live view can be read in any theme, size and colours, without motion and on paper', async ({
  page,
  tmpPath
}) => {
  const cells = ['%load_ext giltracer', liveCell('', 'stop')];
  await open(page, tmpPath, 'looks.ipynb', notebookOf(cells));
  await page.sidebar.close();
  await start(page);
  await expectLive(page);
  expect.soft(await violations(page)).toEqual([]);
  expect.soft(await misplaced(page)).toEqual([]);
  await page.theme.setDarkTheme();
  expect.soft(await violations(page)).toEqual([]);

  // 200 %: half as many CSS pixels on the same screen.
  const { width = 1280, height = 720 } = page.viewportSize() ?? {};
  await page.setViewportSize({ width: width / 2, height: height / 2 });
  await expectLive(page);
  expect.soft(await misplaced(page)).toEqual([]);
  await page.setViewportSize({ width, height });

  // Chromium's own forced colours are dark on light.
  await page.emulateMedia({ forcedColors: 'active' });
  await expect.poll(() => darkColumns(page)).toBeGreaterThan(30);
  await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce' });
  await expectLive(page);
  expect.soft(await changes(page)).toBeLessThanOrEqual(3);
  await page.emulateMedia({ reducedMotion: null, media: 'print' });
  expect.soft(await misplaced(page)).toEqual([]);
  await page.emulateMedia({ media: null });
  await stop(page, tmpPath, 'stop');
});
