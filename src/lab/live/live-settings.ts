/** What the user wants of the live view: the properties of schema/settings/live.json. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { LiveSpan } from '../../viewer/live/live-controls';
import { DEFAULT_LIVE_SPAN, LIVE_SPANS } from '../../viewer/live/live-controls';

/** The plugin whose settings they are. */
export const LIVE_PLUGIN = 'giltracer:live';

export class LiveSettings {
  /** @param registry without it, and until they are loaded, all is as if nothing were set */
  constructor(registry: ISettingRegistry | null) {
    void this._follow(registry);
  }

  /** How many seconds of the past are shown first. */
  get span(): LiveSpan {
    return this._span;
  }

  /** Whether the panel opens by itself when a traced cell starts. */
  get opensPanel(): boolean {
    return this._opensPanel;
  }

  private async _follow(registry: ISettingRegistry | null): Promise<void> {
    try {
      const settings = await registry?.load(LIVE_PLUGIN);
      const read = (): void => {
        const { span, openPanel } = settings?.composite ?? {};
        this._span =
          LIVE_SPANS.find(each => each === span) ?? DEFAULT_LIVE_SPAN;
        this._opensPanel = openPanel === true;
      };
      settings?.changed.connect(read, this);
      read();
    } catch {
      // Without a schema on the server there are no settings.
    }
  }

  private _span: LiveSpan = DEFAULT_LIVE_SPAN;
  private _opensPanel = false;
}
