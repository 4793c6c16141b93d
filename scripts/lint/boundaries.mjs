/**
 * ESLint rule for the one direction in which the parts of src may depend on each other
 * (DESIGN.md section 2): core <- bridge; core <- viewer <- report, lab.
 */
import { isBuiltin } from 'node:module';
import path from 'node:path';

const JUPYTER = /^@(?:jupyter|jupyterlab|lumino)\//;

/** What each part may import beside itself and other packages. */
export const PARTS = {
  core: { parts: [], node: false, jupyter: false },
  bridge: { parts: ['core'], node: true, jupyter: false },
  viewer: { parts: ['core'], node: false, jupyter: false },
  report: { parts: ['core', 'viewer'], node: false, jupyter: false },
  lab: { parts: ['core', 'viewer'], node: false, jupyter: true }
};

/** The part of src that a file lies in, or the part itself; undefined outside src. */
function partOf(root, file) {
  const [top] = path.relative(path.join(root, 'src'), file).split(path.sep);
  return top === '' || top === '..' ? undefined : top;
}

/** Why `file` may not import `source`; undefined if it may. */
function objection(root, file, source) {
  const part = partOf(root, file);
  if (part === undefined) {
    return undefined;
  }
  const may = PARTS[part];
  if (may === undefined) {
    return `src/${part} is not a part that DESIGN.md section 2 knows.`;
  }
  if (source.startsWith('.')) {
    const target = partOf(root, path.resolve(path.dirname(file), source));
    return target === undefined || target === part || may.parts.includes(target)
      ? undefined
      : `src/${part} may not depend on src/${target}.`;
  }
  if (!may.node && isBuiltin(source)) {
    return `src/${part} may not depend on Node ('${source}').`;
  }
  if (!may.jupyter && JUPYTER.test(source)) {
    return `src/${part} may not depend on Jupyter ('${source}').`;
  }
  return undefined;
}

export const boundaries = {
  meta: {
    type: 'problem',
    docs: { description: 'The parts of src depend in one direction only' },
    schema: []
  },
  create(context) {
    const check = source => {
      if (source?.type === 'Literal' && typeof source.value === 'string') {
        const message = objection(context.cwd, context.filename, source.value);
        if (message !== undefined) {
          context.report({ node: source, message });
        }
      }
    };
    return {
      ImportDeclaration: node => check(node.source),
      ExportNamedDeclaration: node => check(node.source),
      ExportAllDeclaration: node => check(node.source),
      ImportExpression: node => check(node.source),
      TSImportType: node => check(node.argument.literal ?? node.argument),
      TSExternalModuleReference: node => check(node.expression),
      'CallExpression[callee.name="require"]': node => check(node.arguments[0])
    };
  }
};
