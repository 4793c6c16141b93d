/**
 * The configured linter, as `jlpm eslint` runs it, must refuse an import against the direction and
 * accept one along it. Run by `node --test`.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const root = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../..'
);
// Only our own rule: the typed ones would need the sample to be part of the TypeScript project.
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { project: null } } },
  ruleFilter: ({ ruleId }) => ruleId === 'giltracer/boundaries'
});

async function messages(file, code) {
  const [result] = await eslint.lintText(code, {
    filePath: path.join(root, file)
  });
  return result.messages.map(({ message }) => message);
}

const REFUSED = [
  ['src/core/trace/x.ts', "import '../../bridge/serve';", 'src/bridge'],
  ['src/core/units.ts', "import type { A } from './viewer/format';", null],
  ['src/core/x.ts', "import type { A } from '../viewer/format';", 'src/viewer'],
  ['src/core/x.ts', "import { readFileSync } from 'node:fs';", 'Node'],
  ['src/core/x.ts', "import { readFileSync } from 'fs';", 'Node'],
  ['src/core/x.ts', "export * from '@lumino/widgets';", 'Jupyter'],
  ['src/core/x.ts', "const a = import('../lab');", 'src/lab'],
  ['src/core/x.ts', "type A = import('../lab').A;", 'src/lab'],
  ['src/bridge/x.ts', "import '../viewer/canvas';", 'src/viewer'],
  ['src/bridge/x.ts', "import '@jupyterlab/services';", 'Jupyter'],
  ['src/bridge/x.ts', "import '../report';", 'src/report'],
  ['src/bridge/main.ts', "import './report';", null],
  ['src/bridge/x.ts', "import '../core/units'; import 'node:fs';", null],
  ['src/viewer/x.ts', "import '../lab/plugins/renderer';", 'src/lab'],
  ['src/viewer/x.ts', "import '@jupyterlab/apputils';", 'Jupyter'],
  ['src/viewer/x.ts', "import '../core/units'; import 'fflate';", null],
  ['src/lab/x.ts', "import '../bridge/serve';", 'src/bridge'],
  ['src/lab/x.ts', "import '../viewer/x'; import '@lumino/widgets';", null],
  ['src/extra/x.ts', "import '../core/units';", 'src/extra'],
  ['src/core/__tests__/x.spec.ts', "import 'node:fs';", null]
];

for (const [file, code, refused] of REFUSED) {
  test(`${file}: ${code}`, async () => {
    const found = await messages(file, code);
    if (refused === null) {
      assert.deepEqual(found, []);
    } else {
      assert.equal(found.length, 1);
      assert.match(found[0], new RegExp(refused));
    }
  });
}
