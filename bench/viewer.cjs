/**
 * Measures the viewer in a real Chromium and prints JSON: `node viewer.cjs PAGE.js STYLE.css…`. The browser is the one that
 * PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH names, else the system's `chromium`.
 */
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { chromium } = require(
  path.join(__dirname, '..', 'ui-tests', 'node_modules', 'playwright-core')
);

const percentile = (values, part) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
};
const round = value => Math.round(value * 100) / 100;

async function heapBytes(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

async function main([script, ...styles]) {
  const executablePath =
    process.env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH ??
    execFileSync('which', ['chromium']).toString().trim();
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox']
  });
  try {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 900 }
    });
    await page.setContent('<!doctype html><body></body>');
    for (const file of styles) {
      await page.addStyleTag({ path: file });
    }
    await page.addScriptTag({ path: script });
    const few = await page.evaluate(() => globalThis.bench.firstPaint(16));
    const many = await page.evaluate(() => globalThis.bench.firstPaint(512));
    const before = await heapBytes(page);
    const canvases = await page.evaluate(() => globalThis.bench.twenty());
    const after = await heapBytes(page);
    const { gaps, rangeMs } = await page.evaluate(() =>
      globalThis.bench.gaps()
    );
    process.stdout.write(
      `${JSON.stringify(
        {
          first_paint_ms: few.map(round),
          first_paint_512_threads_ms: many.map(round),
          first_paint_p50_ms: round(percentile(few, 0.5)),
          first_paint_512_threads_p50_ms: round(percentile(many, 0.5)),
          twenty_results_bytes: after - before + canvases,
          twenty_results_canvas_bytes: canvases,
          frame_gap_p50_ms: round(percentile(gaps, 0.5)),
          frame_gap_p95_ms: round(percentile(gaps, 0.95)),
          frame_gap_max_ms: round(Math.max(...gaps)),
          frames: gaps.length,
          range_figures_ms: rangeMs.map(round)
        },
        undefined,
        1
      )}\n`
    );
  } finally {
    await browser.close();
  }
}

void main(process.argv.slice(2));
