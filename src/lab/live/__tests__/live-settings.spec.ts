import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import { LiveSettings } from '../live-settings';
import schema from '../../../../schema/settings/live.json';

class FakeSettings {
  readonly changed = new Signal<this, void>(this);
  composite: Record<string, unknown> = {};

  set(composite: Record<string, unknown>): void {
    this.composite = composite;
    this.changed.emit();
  }
}

function registryOf(load: () => Promise<unknown>): ISettingRegistry {
  return { load } as unknown as ISettingRegistry;
}

it('follows what the user sets', async () => {
  const fake = new FakeSettings();
  const settings = new LiveSettings(registryOf(() => Promise.resolve(fake)));
  expect([settings.span, settings.opensPanel]).toEqual([10, false]);
  fake.composite = { span: 2, openPanel: true };
  await Promise.resolve();
  await Promise.resolve();
  expect([settings.span, settings.opensPanel]).toEqual([2, true]);
  fake.set({ span: 7, openPanel: 'yes' });
  expect([settings.span, settings.opensPanel]).toEqual([10, false]);
});

it('is as if nothing were set where there are no settings', async () => {
  const { span, openPanel } = schema.properties;
  for (const registry of [
    null,
    registryOf(() => Promise.reject(new Error('no schema')))
  ]) {
    const settings = new LiveSettings(registry);
    await Promise.resolve();
    expect(settings.span).toBe(span.default);
    expect(settings.opensPanel).toBe(openPanel.default);
  }
});
