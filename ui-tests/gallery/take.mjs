/**
 * Takes the pictures of the gallery (`cases.mjs`) in a real JupyterLab and a real browser: `make gallery`.
 * Usage: node ui-tests/gallery/take.mjs [NAME…]
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CASES } from './cases.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../..');
const { chromium } = createRequire(path.join(root, 'ui-tests/package.json'))(
  '@playwright/test'
);
const folder = mkdtempSync(path.join(tmpdir(), 'giltracer-gallery-'));
const notebooks = path.join(folder, 'notebooks');
const shots = path.join(here, 'shots');
const demo = 'gil-demo.ipynb';

/** Heights of pictures, in CSS pixels: what a person sees without scrolling, and a little more. */
const HEIGHT = 1000;

async function freePort() {
  const server = createServer();
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}

function writeNotebooks() {
  mkdirSync(notebooks);
  const script = path.join(folder, 'write-gallery.cjs');
  const source = 'src/core/trace/__tests__/write-gallery.ts';
  execFileSync(
    path.join(root, 'node_modules/.bin/esbuild'),
    [source, '--bundle', '--platform=node', `--outfile=${script}`],
    { cwd: root, stdio: ['ignore', 'ignore', 'ignore'] }
  );
  execFileSync(process.execPath, [script, notebooks]);
  copyFileSync(path.join(root, 'demo', demo), path.join(notebooks, demo));
  for (const { name, cells } of CASES) {
    if (cells !== undefined) {
      const notebook = {
        cells: cells.map((source, index) => ({
          cell_type: 'code',
          execution_count: null,
          id: `cell-${index}`,
          metadata: {},
          outputs: [],
          source
        })),
        metadata: {
          kernelspec: { display_name: 'Python 3', name: 'python3' },
          language_info: { name: 'python' }
        },
        nbformat: 4,
        nbformat_minor: 5
      };
      const file = path.join(notebooks, `${name}.ipynb`);
      writeFileSync(file, JSON.stringify(notebook));
    }
  }
}

/** JupyterLab is not to ask whether it may show news. */
function writeSettings() {
  const place = path.join(
    folder,
    'config/lab/user-settings/@jupyterlab/apputils-extension'
  );
  mkdirSync(place, { recursive: true });
  const file = path.join(place, 'notification.jupyterlab-settings');
  writeFileSync(file, JSON.stringify({ fetchNews: 'false' }));
}

/** A JupyterLab with folders of its own. */
async function startServer(port) {
  const server = spawn(
    'jupyter',
    [
      'lab',
      '--no-browser',
      '--allow-root',
      `--port=${port}`,
      `--ServerApp.root_dir=${notebooks}`,
      '--IdentityProvider.token=',
      '--LabApp.expose_app_in_browser=True',
      '--Application.log_level=ERROR'
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        JUPYTER_CONFIG_DIR: path.join(folder, 'config'),
        JUPYTER_DATA_DIR: path.join(folder, 'data'),
        JUPYTER_RUNTIME_DIR: path.join(folder, 'runtime')
      }
    }
  );
  for (let left = 240; left > 0; left--) {
    try {
      await fetch(`http://127.0.0.1:${port}/api`);
      return server;
    } catch {
      await pause(250);
    }
  }
  server.kill();
  throw new Error('JupyterLab did not start');
}

/** Before the kernel is known, running a cell would ask which one. */
function kernelReady(page) {
  return page.evaluate(async () => {
    const { sessionContext } = globalThis.jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    await sessionContext.session.kernel.info;
  });
}

/** As a newcomer does: from the first cell on, one after the other. */
async function runByKeys(page, count) {
  await kernelReady(page);
  await page.locator('.jp-Notebook .jp-Cell').first().click();
  for (let done = 0; done < count; done++) {
    await page.keyboard.press('Shift+Enter');
    await pause(300);
  }
}

/** Fails unless all of an element is within the window, and nothing lies above it. */
async function expectSeen(page, selector) {
  const seen = await page.locator(selector).evaluate(node => {
    const { top, bottom, left, right } = node.getBoundingClientRect();
    const corners = [
      [left + 1, top + 1],
      [right - 1, bottom - 1]
    ];
    return corners.every(([x, y]) =>
      node.contains(globalThis.document.elementFromPoint(x, y))
    );
  });
  if (!seen) {
    throw new Error(`${selector} is not on the screen as a whole`);
  }
}

async function take(page, url, { name, notebook, theme, ...rest }) {
  const { width, height = HEIGHT, cells, liveAfter, seen } = rest;
  await page.setViewportSize({ width, height });
  const place = rest.demo
    ? `lab/tree/${demo}`
    : `doc/tree/${notebook ?? name}.ipynb`;
  await page.goto(`${url}/${place}?reset`);
  await page.waitForSelector('.jp-Notebook .jp-Cell');
  await page.evaluate(
    chosen =>
      globalThis.jupyterapp.commands.execute('apputils:change-theme', {
        theme: chosen
      }),
    theme === 'dark' ? 'JupyterLab Dark' : 'JupyterLab Light'
  );
  if (cells !== undefined) {
    await kernelReady(page);
    await page.evaluate(() => {
      void globalThis.jupyterapp.commands.execute('notebook:run-all-cells');
    });
  }
  if (rest.demo) {
    await runByKeys(page, rest.demo);
  }
  const view = page.locator('.giltracer-RunView');
  await view.waitFor({ timeout: 60_000 });
  if (liveAfter !== undefined) {
    await pause(liveAfter);
  } else if (cells !== undefined || rest.demo) {
    await page
      .locator('.giltracer-Lanes canvas')
      .first()
      .waitFor({ timeout: 60_000 });
  }
  if (!rest.demo) {
    await view.evaluate(node => node.scrollIntoView({ block: 'start' }));
  }
  await pause(1000);
  if (seen !== undefined) {
    await expectSeen(page, seen);
  }
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

const wanted = process.argv.slice(2);
const executablePath =
  process.env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH ?? '/usr/bin/chromium';
mkdirSync(shots, { recursive: true });
writeNotebooks();
writeSettings();
const port = await freePort();
const server = await startServer(port);
const browser = await chromium.launch({ executablePath });
let failed = 0;
try {
  for (const each of CASES) {
    if (wanted.length === 0 || wanted.includes(each.name)) {
      const page = await browser.newPage();
      page.on('pageerror', error => {
        failed++;
        process.stderr.write(`${each.name}: ${error.message}\n`);
      });
      try {
        await take(page, `http://127.0.0.1:${port}`, each);
      } catch (error) {
        failed++;
        process.stderr.write(`${each.name}: ${error.message}\n`);
        await page.screenshot({ path: path.join(shots, `${each.name}.png`) });
      }
      await page.close();
      process.stdout.write(`${each.name}\n`);
    }
  }
} finally {
  await browser.close();
  server.kill();
  await new Promise(resolve => server.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
