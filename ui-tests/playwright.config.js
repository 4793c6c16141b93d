/**
 * JupyterLab's browser tests on the system's Chromium: Playwright's own build is not downloaded.
 *
 * PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH names the browser. The server gets a free port and folders of
 * its own, so that it neither meets another Jupyter nor touches its user's settings and files.
 */
const { execFileSync } = require('node:child_process');
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const base = require('@jupyterlab/galata/lib/playwright-config');

const FREE_PORT = `
  const server = require('node:net').createServer();
  server.listen(0, '127.0.0.1', () => {
    console.log(server.address().port);
    server.close();
  });`;

/** Where a hub would put a user's server. */
const PREFIX = '/user/somebody/';

const freePort = () =>
  execFileSync(process.execPath, ['-e', FREE_PORT]).toString().trim();

// Playwright's workers read this file again and inherit the environment: chosen once.
process.env.GILTRACER_UI_PORT ??= freePort();
process.env.GILTRACER_UI_OTHER_PORT ??= freePort();
process.env.GILTRACER_UI_PREFIX_PORT ??= freePort();
process.env.GILTRACER_UI_FOLDER ??= mkdtempSync(
  path.join(tmpdir(), 'giltracer-ui-')
);
process.env.TARGET_URL = `http://127.0.0.1:${process.env.GILTRACER_UI_PORT}`;
process.env.GILTRACER_UI_PREFIX_URL = `http://127.0.0.1:${process.env.GILTRACER_UI_PREFIX_PORT}${PREFIX}`;
process.env.GILTRACER_UI_OTHER_URL = `http://127.0.0.1:${process.env.GILTRACER_UI_OTHER_PORT}`;

const folder = process.env.GILTRACER_UI_FOLDER;
process.env.GILTRACER_UI_OTHER_DATA = path.join(folder, 'other', 'data');

/** A server with folders of its own. */
function server(command, port, place, prefix = '/') {
  return {
    command,
    url: `http://127.0.0.1:${port}${prefix}lab`,
    timeout: 120000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10000 },
    env: {
      GILTRACER_UI_PORT: port,
      GILTRACER_UI_PREFIX: prefix,
      JUPYTER_CONFIG_DIR: path.join(place, 'config'),
      JUPYTER_DATA_DIR: path.join(place, 'data'),
      JUPYTER_RUNTIME_DIR: path.join(place, 'runtime'),
      JUPYTERLAB_GALATA_ROOT_DIR: path.join(place, 'root'),
      TMPDIR: folder
    }
  };
}

const executablePath = process.env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH;

module.exports = {
  ...base,
  testDir: 'tests',
  globalTeardown: require.resolve('./remove-folder.js'),
  reporter: [['list']],
  // One kernel at a time: two traced ones would wait for each other's processor, not for the GIL.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  use: {
    ...base.use,
    baseURL: process.env.TARGET_URL,
    // Playwright's videos need its own ffmpeg.
    video: 'off',
    trace: 'off',
    ...(executablePath && { launchOptions: { executablePath } })
  },
  webServer: [
    server('jlpm start', process.env.GILTRACER_UI_PORT, folder),
    server(
      'jlpm start:other',
      process.env.GILTRACER_UI_OTHER_PORT,
      path.join(folder, 'other')
    ),
    server(
      'jlpm start',
      process.env.GILTRACER_UI_PREFIX_PORT,
      path.join(folder, 'prefix'),
      PREFIX
    )
  ]
};
