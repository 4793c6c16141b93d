/**
 * The messages of the user interface and their translations.
 *
 * `node scripts/messages.mjs` writes the messages of src/lab, src/viewer and schema/settings that a catalogue lacks into it,
 * untranslated (null), and takes out those that are gone; with `--check` it changes nothing and fails if there
 * is anything to do. JupyterLab serves the catalogues as they are: Jed's form, one file for each language, in
 * LC_MESSAGES of python_shim/giltracer/locale (jupyterlab_server/translation_utils.py).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const ROOT = path.resolve(import.meta.dirname, '..');
const LOCALES = path.join(ROOT, 'python_shim/giltracer/locale');
const SCHEMAS = path.join(ROOT, 'schema/settings');
/** Methods of a translator → how many forms of the message they take. */
const FORMS = new Map([
  ['__', 1],
  ['_n', 2]
]);
const PLACEHOLDER = /%\d+/g;
/** Between a message's context and its text (@jupyterlab/translation: gettext.js). */
const CONTEXT_END = '\u0004';
/** The texts of a schema that are translated → their context: as in src/lab/settings/translate-settings.ts. */
const SCHEMA_TEXTS = [
  [/^\/(title|description)$/, 'schema'],
  [/^\/properties\/.*\/(title|description)$/, 'settings'],
  [/^\/jupyter\.lab\.setting-icon-label$/, 'settings']
];

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name === '__tests__' ? [] : sources(file);
    }
    return entry.name.endsWith('.ts') ? [file] : [];
  });
}

/** The words of states, which stand in a table of the core (src/viewer/state-words.ts). */
function eachStateWord(marker) {
  const file = path.join(ROOT, 'src/core/threads/colors.ts');
  eachNode(file, node => {
    if (
      ts.isPropertyAssignment(node) &&
      ['label', 'explanation'].includes(node.name.getText()) &&
      ts.isStringLiteralLike(node.initializer)
    ) {
      marker([node.initializer.text]);
    }
  });
}

function eachNode(file, look) {
  const text = readFileSync(file, 'utf8');
  const visit = node => {
    look(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
}

/** Calls of `marker` for each message of a file: its forms, one, or two if it has a plural. */
function eachMessage(file, marker) {
  eachNode(file, node => {
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression)
    ) {
      const count = FORMS.get(node.expression.name.text);
      const forms = node.arguments.slice(0, count ?? 0);
      if (count !== undefined && forms.every(ts.isStringLiteralLike)) {
        marker(forms.map(form => form.text));
      }
    }
  });
}

/** Calls of `marker` for each text of a settings page. */
function eachSchemaText(value, marker, place = '') {
  if (typeof value === 'string') {
    const found = SCHEMA_TEXTS.find(([where]) => where.test(place));
    if (found !== undefined) {
      marker([`${found[1]}${CONTEXT_END}${value}`]);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      eachSchemaText(each, marker, `${place}/${key}`);
    }
  }
}

/** First form → all forms, in the order of the sources. */
function collectMessages(problems) {
  const messages = new Map();
  const add = forms => {
    const known = messages.get(forms[0]) ?? forms;
    if (known.length !== forms.length) {
      // JupyterLab takes a translation with as many forms as were asked for, or none (gettext.js: dcnpgettext).
      problems.push(`"${forms[0]}" is used with a plural, and without`);
    }
    messages.set(forms[0], known);
  };
  eachStateWord(add);
  for (const part of ['src/lab', 'src/viewer']) {
    for (const file of sources(path.join(ROOT, part)).sort()) {
      eachMessage(file, add);
    }
  }
  for (const file of readdirSync(SCHEMAS).sort()) {
    const text = readFileSync(path.join(SCHEMAS, file), 'utf8');
    eachSchemaText(JSON.parse(text), add);
  }
  return messages;
}

const placeholders = text =>
  [...new Set(text.match(PLACEHOLDER))].sort().join();

/** What is wrong with a translation; undefined if nothing is. */
function fault(forms, translation) {
  if (!Array.isArray(translation) || translation.some(text => !text)) {
    return 'is not translated';
  }
  if (translation.length !== forms.length) {
    return `needs ${forms.length} form(s)`;
  }
  for (const [index, text] of translation.entries()) {
    // A singular may name its count, or leave it out, as in the original.
    const wanted = placeholders(forms[index]);
    if (placeholders(text) !== wanted) {
      return `needs the placeholders ${wanted || '(none)'} in form ${index + 1}`;
    }
  }
  return undefined;
}

function main(check) {
  const problems = [];
  const messages = collectMessages(problems);
  for (const message of messages.keys()) {
    if (message.includes('%%')) {
      problems.push(`"${message}" has %%, which translators read as %`);
    }
  }
  for (const locale of readdirSync(LOCALES).sort()) {
    const file = path.join(LOCALES, locale, 'LC_MESSAGES/giltracer.json');
    const { '': header, ...known } = JSON.parse(readFileSync(file, 'utf8'));
    const kept = { '': header };
    if (header.language !== locale.replace('_', '-')) {
      // As JupyterLab asks for it (@jupyterlab/translation: manager.js): else nothing is found.
      problems.push(`${locale}: the language is ${locale.replace('_', '-')}`);
    }
    for (const [message, forms] of messages) {
      const translation = known[message] ?? forms.map(() => null);
      kept[message] = translation;
      const wrong = fault(forms, translation);
      if (wrong !== undefined) {
        problems.push(`${locale}: "${message}" ${wrong}`);
      }
    }
    const gone = Object.keys(known).filter(message => !messages.has(message));
    if (!check) {
      writeFileSync(file, JSON.stringify(kept, null, 2) + '\n');
    } else {
      problems.push(...gone.map(message => `${locale}: "${message}" is gone`));
    }
  }
  for (const problem of problems) {
    console.error(problem.replace(CONTEXT_END, ': '));
  }
  if (problems.length > 0) {
    console.error(
      `${problems.length} to do in python_shim/giltracer/locale: \`make messages\` brings them there`
    );
    process.exitCode = 1;
  }
}

main(process.argv.includes('--check'));
