/** Collects the licences of the npm packages whose files a bundler took in. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * The innermost package folder of a path inside node_modules, for example
 * `node_modules/@scope/name`; undefined for a file of the project itself.
 *
 * @param {string} file path as esbuild's metafile gives it, with forward slashes
 * @returns {string | undefined}
 */
export function packageFolder(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

/**
 * The packages that `files` belong to, ordered by name, each with the text of its licence files.
 *
 * @param {string} root folder that the files' paths are relative to
 * @param {readonly string[]} files
 * @returns {Promise<{ name: string; version: string; licence: string; texts: string[] }[]>}
 * @throws if a package ships no licence text: then a person must look.
 */
export async function bundledPackages(root, files) {
  const folders = new Set(
    files.map(packageFolder).filter(f => f !== undefined)
  );
  const packages = [];
  for (const folder of folders) {
    const directory = path.resolve(root, folder);
    const manifest = JSON.parse(
      await readFile(path.join(directory, 'package.json'), 'utf8')
    );
    const names = (await readdir(directory)).filter(name =>
      /^(licen[cs]e|copying|notice)/i.test(name)
    );
    if (names.length === 0) {
      throw new Error(
        `${manifest.name} ${manifest.version} ships no licence file; find out its terms before it is bundled`
      );
    }
    packages.push({
      name: manifest.name,
      version: manifest.version,
      licence: manifest.license ?? 'see below',
      texts: await Promise.all(
        names.sort().map(name => readFile(path.join(directory, name), 'utf8'))
      )
    });
  }
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * One text with all licences.
 *
 * @param {Awaited<ReturnType<typeof bundledPackages>>} packages
 */
export function licenceText(packages) {
  const rule = '-'.repeat(72);
  const parts = packages.map(({ name, version, licence, texts }) =>
    [
      rule,
      `${name} ${version} (${licence})`,
      rule,
      '',
      texts.map(text => text.trim()).join('\n\n')
    ].join('\n')
  );
  return ['bridge.cjs contains code of the packages below.', ...parts, ''].join(
    '\n\n'
  );
}
