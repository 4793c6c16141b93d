const { rmSync } = require('node:fs');

/** Removes the folder that playwright.config.js made for the server. */
module.exports = () => {
  const folder = process.env.GILTRACER_UI_FOLDER;
  if (folder) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};
