/**
 * Bundles the bridge into files that Node runs without node_modules, and puts beside them what they
 * need: the disassembler's wasm and the licences of everything that was bundled.
 *
 * CommonJS, because iced-x86 loads its wasm with `path.join(__dirname, 'iced_x86_bg.wasm')`: in a
 * bundle `__dirname` is the bundle's own folder in CommonJS and does not exist in an ES module.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledPackages, licenceText } from './bundled-licences.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** The bridge, and the readers of stacks and of rounds, which run in threads of their own. */
const entryPoints = {
  bridge: path.join(root, 'lib/bridge/main.js'),
  'stack-sampler': path.join(root, 'lib/bridge/memory/stack-sampler-worker.js'),
  'round-sampler': path.join(root, 'lib/bridge/memory/round-sampler-worker.js')
};
const folder = path.join(root, 'python_shim/giltracer/_bundle');

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const { version } = JSON.parse(
  await readFile(path.join(root, 'package.json'), 'utf8')
);
const { metafile } = await build({
  entryPoints,
  outdir: folder,
  outExtension: { '.js': '.cjs' },
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // The oldest Node that the shim accepts (DESIGN.md section 8).
  target: 'node20.19',
  define: { GILTRACER_VERSION: JSON.stringify(version) },
  // Function names in stack traces, and a diffable bundle, are worth more than its size.
  minify: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning'
});

const require = createRequire(import.meta.url);
await copyFile(
  path.join(path.dirname(require.resolve('iced-x86')), 'iced_x86_bg.wasm'),
  path.join(folder, 'iced_x86_bg.wasm')
);

const packages = await bundledPackages(root, Object.keys(metafile.inputs));
await writeFile(
  path.join(folder, 'THIRD-PARTY-LICENSES.txt'),
  licenceText(packages)
);

for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  console.log(`${path.basename(file)}: ${Math.round(bytes / 1024)} KiB`);
}
console.log(`packages: ${packages.map(p => p.name).join(', ') || 'none'}`);
