/**
 * The settings pages in the user's language. The server translates schemas itself, but by the catalogues of JupyterLab's language
 * packs alone (jupyterlab_server 2.28: TranslationBundle.update_locale), and ours comes with this extension.
 */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

/**
 * The texts that readers see, by where they stand in a schema, and their contexts: those of the server's DEFAULT_SCHEMA_SELECTORS
 * (translation_utils.py), as in scripts/messages.mjs.
 */
const CONTEXTS: readonly (readonly [RegExp, string])[] = [
  [/^\/(title|description)$/, 'schema'],
  [/^\/properties\/.*\/(title|description)$/, 'settings'],
  [/^\/jupyter\.lab\.setting-icon-label$/, 'settings']
];

/**
 * Translate a plugin's schema before it is used. A schema with `"jupyter.lab.transform": true` waits for this.
 *
 * @param registry null where there are no settings
 */
export function translateSettings(
  registry: ISettingRegistry | null,
  pluginId: string,
  trans: TranslationBundle
): void {
  registry?.transform(pluginId, {
    fetch: plugin => ({
      ...plugin,
      schema: translated(plugin.schema, '', trans) as ISettingRegistry.ISchema
    })
  });
}

/** A copy. @param place of the value in its schema: its keys, each behind a slash */
function translated(
  value: unknown,
  place: string,
  trans: TranslationBundle
): unknown {
  if (typeof value === 'string') {
    const found = CONTEXTS.find(([where]) => where.test(place));
    // eslint-disable-next-line jupyter/no-dynamic-translation -- scripts/messages.mjs reads the schemas.
    return found === undefined ? value : trans._p(found[1], value);
  }
  if (Array.isArray(value)) {
    return value.map((each: unknown, index) =>
      translated(each, `${place}/${index}`, trans)
    );
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, each]: [string, unknown]) => [
          key,
          translated(each, `${place}/${key}`, trans)
        ])
      )
    : value;
}
