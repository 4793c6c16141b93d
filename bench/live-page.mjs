/**
 * A page that watches traced cells live, in a real browser; driven by live.py.
 *
 *   node live-page.mjs ADDRESS NOTEBOOK latency
 *   node live-page.mjs ADDRESS NOTEBOOK on-off PAIRS
 *
 * Prints JSON. The server must expose its application (`--LabApp.expose_app_in_browser=True`).
 */
// What page.evaluate is given runs in the page.
/* global CanvasRenderingContext2D, Event, document, requestAnimationFrame */
import { createRequire } from 'node:module';

const require = createRequire(new URL('../ui-tests/', import.meta.url));
const { chromium } = require('@playwright/test');

/** The thread whose begins are looked for, as live.py names it. */
const MARKER = 'marker';

const [, , address, notebook, what, pairs = '0'] = process.argv;
const executablePath = process.env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH;
const browser = await chromium.launch({
  ...(executablePath && { executablePath })
});
try {
  // High enough for cell and output: what can't be seen is not painted.
  const viewport = { width: 1280, height: 1400 };
  const page = await browser.newPage({ viewport });
  await page.goto(`${address}/lab/tree/${notebook}?reset`);
  await page.waitForFunction(() => {
    const panel = globalThis.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && panel.sessionContext.session?.kernel;
  });
  const result =
    what === 'latency' ? await latency(page) : await onOff(page, Number(pairs));
  console.log(JSON.stringify(result));
} finally {
  await browser.close();
}

/** Run a cell of the notebook to its end. */
function run(page, index) {
  return page.evaluate(async cell => {
    const { commands, shell } = globalThis.jupyterapp;
    const { content } = shell.currentWidget;
    content.activeCellIndex = cell;
    content.deselectAll();
    await commands.execute('notebook:run-cell');
  }, index);
}

/**
 * When the marker's lane first showed each begin: milliseconds of the wall clock, taken when the browser asks for the next
 * picture, so that the one with the begin has been given out.
 */
async function latency(page) {
  await run(page, 0);
  await page.evaluate(marker => {
    const seen = (globalThis.seenBegins = []);
    const { prototype } = CanvasRenderingContext2D;
    const put = prototype.putImageData;
    let busyBefore = false;
    prototype.putImageData = function (image, ...place) {
      put.call(this, image, ...place);
      const canvas = this.canvas;
      if (
        !canvas.closest('.giltracer-Live') ||
        !canvas.getAttribute('aria-label')?.startsWith(marker)
      ) {
        return;
      }
      // Asleep fills a quarter of the height, so that what is at half of it is anything else. The newest 200 ms of 10 s.
      const { width, height } = image;
      const pixels = new Uint32Array(image.data.buffer);
      const row = Math.floor(height / 2) * width;
      let busy = false;
      for (let x = Math.floor(width * 0.98); x < width; x++) {
        busy ||= pixels[row + x] !== 0;
      }
      if (busy && !busyBefore) {
        requestAnimationFrame(() => seen.push(Date.now()));
      }
      busyBefore = busy;
    };
  }, MARKER);
  await run(page, 1);
  return page.evaluate(() => globalThis.seenBegins);
}

/** Run a cell with and without the live view in turns; the cell notes itself how long it took. */
async function onOff(page, count) {
  await run(page, 0);
  // Twice for nothing: the bridge starts with the first, and the cell finds out how much work a second is.
  await run(page, 1);
  await run(page, 1);
  const order = [];
  for (let i = 0; i < 2 * count; i++) {
    // on, off, off, on, …: neither is always the first of a pair.
    const on = i % 4 === 0 || i % 4 === 3;
    await page.evaluate(hidden => {
      Object.defineProperty(document, 'hidden', {
        configurable: true,
        get: () => hidden
      });
      document.dispatchEvent(new Event('visibilitychange'));
    }, !on);
    await run(page, 1);
    order.push(on);
  }
  return order;
}
