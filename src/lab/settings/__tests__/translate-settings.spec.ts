import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  nullTranslator,
  TranslationManager,
  TranslatorConnector
} from '@jupyterlab/translation';
import { translateSettings } from '../translate-settings';

const ROOT = path.resolve(__dirname, '../../../..');

function json(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as Record<
    string,
    unknown
  >;
}

type Language = Awaited<ReturnType<TranslatorConnector['fetch']>>;

let trans: TranslationBundle;

/** As JupyterLab loads our catalogue. */
beforeAll(async () => {
  const file = 'python_shim/giltracer/locale/de_DE/LC_MESSAGES/giltracer.json';
  const catalogues = { data: { giltracer: json(file) } };
  jest
    .spyOn(TranslatorConnector.prototype, 'fetch')
    .mockResolvedValue(catalogues as unknown as Language);
  const manager = new TranslationManager();
  await manager.fetch('de_DE');
  trans = manager.load('giltracer');
});

/** What the registry makes of a plugin's schema. */
function fetched(name: string, language: TranslationBundle): unknown {
  let schema: unknown;
  const registry = {
    transform: (
      id: string,
      { fetch }: { fetch: (plugin: unknown) => { schema: unknown } }
    ) => {
      const plugin = { id, schema: json(`schema/settings/${name}.json`) };
      ({ schema } = fetch(plugin));
    }
  } as unknown as ISettingRegistry;
  translateSettings(registry, `giltracer:${name}`, language);
  return schema;
}

describe.each(['commands', 'gutter', 'live'])('the settings of %s', name => {
  it('are found by the words that the command to open them searches for', () => {
    expect(fetched(name, trans)).toMatchObject({
      title: expect.stringContaining(trans._p('schema', 'GIL tracer')) as string
    });
  });

  it('are as they were without a language', () => {
    const same = fetched(name, nullTranslator.load('giltracer'));
    expect(same).toEqual(json(`schema/settings/${name}.json`));
  });
});

it('finds words, and those for one and for many', () => {
  expect(trans.__('Trace This Cell')).toBe('Diese Zelle aufzeichnen');
  expect(trans._n('%2 run', '%2 runs', 1, '1')).toBe('1 Lauf');
  expect(trans._n('%2 run', '%2 runs', 7, '7')).toBe('7 Läufe');
});

it('translates what readers see, and nothing else', () => {
  expect(fetched('commands', trans)).toMatchObject({
    title: 'GIL-Tracer',
    'jupyter.lab.setting-icon': 'giltracer:tracer',
    'jupyter.lab.setting-icon-label': 'GIL-Tracer',
    'jupyter.lab.toolbars': { Cell: [{ command: 'giltracer:trace-cell' }] },
    properties: {
      mode: {
        title: 'Art der Aufzeichnung',
        type: 'string',
        oneOf: expect.arrayContaining([
          { const: 'auto', title: 'auto: die beste, die hier möglich ist' }
        ]) as unknown,
        default: 'auto'
      }
    }
  });
});
