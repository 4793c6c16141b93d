import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  MimeModel,
  RenderMimeRegistry,
  standardRendererFactories
} from '@jupyterlab/rendermime';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { BUNDLE_MIME_TYPE } from '../../core/trace/bundle';
import plugins from '..';
import { rendererPlugin } from '../plugins/renderer';
import type { IRunStore, StoreAnswer } from '../renderer/run-store';
import type { RunFollower } from '../live/run-follower';
import { RunStore } from '../renderer/run-store';
import { ASK_STORE_AFTER_MS, RunRenderer } from '../renderer/run-renderer';
import { sampleBundle, samplePlaceholder } from './sample-bundle';

const settings = ServerConnection.makeSettings({
  baseUrl: 'http://localhost:8888/user/me/'
});

/** A page without notebooks. */
const NOTHING_LIVE: RunFollower.IServices = {
  kernels: {
    watch: () => {
      throw new Error('not in the page');
    }
  },
  connections: { acquire: () => undefined }
};

// jsdom prints an error for each canvas without a context.
beforeEach(() => {
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

function model(json: unknown, trusted: boolean): MimeModel {
  return new MimeModel({
    trusted,
    data: {
      [BUNDLE_MIME_TYPE]: json as ReadonlyPartialJSONValue,
      'text/html': '<p>static</p>'
    }
  });
}

describe('the plugin', () => {
  function activated(): RenderMimeRegistry {
    const registry = new RenderMimeRegistry({
      initialFactories: standardRendererFactories
    });
    const app = {
      serviceManager: { serverSettings: settings }
    } as unknown as JupyterFrontEnd;
    void rendererPlugin.activate(
      app,
      registry,
      NOTHING_LIVE.connections,
      null,
      null,
      null
    );
    return registry;
  }

  it('is listed, with an id and a description', () => {
    expect(plugins).toContain(rendererPlugin);
    expect(rendererPlugin.id).toBe('giltracer:renderer');
    expect(rendererPlugin.description).toBeTruthy();
  });

  it.each([true, false])(
    'is preferred to the html of a result, trusted: %s',
    async trusted => {
      const registry = activated();
      const output = model(sampleBundle(), trusted);
      const type = registry.preferredMimeType(
        output.data,
        trusted ? 'any' : 'ensure'
      );
      expect(type).toBe(BUNDLE_MIME_TYPE);
      const renderer = registry.createRenderer(BUNDLE_MIME_TYPE);
      await renderer.renderModel(output);
      expect(renderer.node.textContent).toContain('a run');
      expect(renderer.node.querySelector('table')).not.toBeNull();
      renderer.dispose();
    }
  );
});

describe('RunRenderer', () => {
  const trans = nullTranslator.load('giltracer');

  /** A store that gives `answers` one after the other, and the ids it was asked for. */
  function fakeStore(...answers: StoreAnswer[]) {
    const asked: string[] = [];
    const store: IRunStore = {
      load: runId => {
        asked.push(runId);
        return Promise.resolve(answers.shift() ?? { kind: 'absent' });
      }
    };
    return { asked, store };
  }

  function renderer(
    store: IRunStore,
    themeChanged?: Signal<object, void>
  ): RunRenderer {
    return new RunRenderer({
      trans,
      store,
      live: NOTHING_LIVE,
      mimeType: BUNDLE_MIME_TYPE,
      themeChanged
    });
  }

  async function pass(ms: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }

  it('renders again without leaving anything behind', async () => {
    const widget = renderer(fakeStore().store);
    await widget.renderModel(model(samplePlaceholder(), true));
    await widget.renderModel(model(sampleBundle('first'), true));
    const once = widget.node.querySelectorAll('*').length;
    await widget.renderModel(model(sampleBundle('second'), true));
    expect(widget.node.querySelectorAll('*')).toHaveLength(once);
    expect(widget.node.textContent).toContain('second');
    expect(widget.node.textContent).not.toContain('first');
    widget.dispose();
  });

  it.each([
    [null],
    [42],
    ['text'],
    [{}],
    [{ ...samplePlaceholder(), run: 7 }],
    [{ ...sampleBundle(), overview: { buckets: -1 } }],
    [{ ...sampleBundle(), threads: 'many' }]
  ])('says in one line why %j can’t be shown', async json => {
    const widget = renderer(fakeStore().store);
    await widget.renderModel(model(json, false));
    const { textContent } = widget.node;
    expect(textContent).toMatch(/^This giltracer result can’t be shown: ./);
    expect(textContent).not.toContain('\n');
    widget.dispose();
  });

  it('follows the theme until it is disposed', async () => {
    const sender = {};
    const themeChanged = new Signal<object, void>(sender);
    const widget = renderer(fakeStore().store, themeChanged);
    await widget.renderModel(model(sampleBundle(), true));
    Widget.attach(widget, document.body);
    const canvas = widget.node.querySelector('.giltracer-Badge');
    themeChanged.emit();
    // The badges are made anew with the new colours.
    expect(widget.node.querySelector('.giltracer-Badge')).not.toBe(canvas);
    widget.dispose();
    expect(() => themeChanged.emit()).not.toThrow();
    expect(widget.isDisposed).toBe(true);
    expect(document.querySelector('.giltracer-RunRenderer')).toBeNull();
  });

  describe('while the run is said to be running', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });

    it('asks the store once, and shows what it has', async () => {
      const { asked, store } = fakeStore({
        kind: 'found',
        json: sampleBundle('from the store')
      });
      const widget = renderer(store);
      await widget.renderModel(model(samplePlaceholder(), true));
      await pass(ASK_STORE_AFTER_MS - 1);
      expect(asked).toEqual([]);
      await pass(1);
      expect(asked).toEqual(['run-1']);
      expect(widget.node.textContent).toContain('from the store');
      widget.dispose();
    });

    it('says so if there is none, and asks again only when it is told', async () => {
      const { asked, store } = fakeStore(
        { kind: 'absent' },
        { kind: 'failed', message: '500 broken' },
        { kind: 'found', json: sampleBundle('late') }
      );
      const widget = renderer(store);
      await widget.renderModel(model(samplePlaceholder(), true));
      await pass(60_000);
      expect(asked).toHaveLength(1);
      expect(widget.node.textContent).toContain(
        'No result so far: this run has not ended, or its result is no longer stored.'
      );
      await widget.renderModel(model(samplePlaceholder(), true));
      await pass(60_000);
      expect(asked).toHaveLength(1);
      widget.dispose();
    });

    it('looks again on request', async () => {
      const { asked, store } = fakeStore(
        { kind: 'failed', message: '500 broken' },
        { kind: 'found', json: sampleBundle('late') }
      );
      const widget = renderer(store);
      await widget.renderModel(model(samplePlaceholder(), true));
      await pass(ASK_STORE_AFTER_MS);
      expect(widget.node.textContent).toContain('500 broken');
      widget.node.querySelector('button')?.click();
      await pass(1);
      expect(asked).toHaveLength(2);
      expect(widget.node.textContent).toContain('late');
      widget.dispose();
    });

    it('does not ask for a notebook that is not trusted', async () => {
      const { asked, store } = fakeStore();
      const widget = renderer(store);
      await widget.renderModel(model(samplePlaceholder(), false));
      await pass(60_000);
      expect(asked).toEqual([]);
      widget.dispose();
    });

    it('does not ask once the result is there, or the output is gone', async () => {
      const { asked, store } = fakeStore();
      const shown = renderer(store);
      await shown.renderModel(model(samplePlaceholder(), true));
      await shown.renderModel(model(sampleBundle(), true));
      const gone = renderer(store);
      await gone.renderModel(model(samplePlaceholder(), true));
      gone.dispose();
      await pass(60_000);
      expect(asked).toEqual([]);
      shown.dispose();
    });

    it('drops an answer that comes after the result', async () => {
      let answer: (value: StoreAnswer) => void = () => undefined;
      const widget = renderer({
        load: () => new Promise(resolve => (answer = resolve))
      });
      await widget.renderModel(model(samplePlaceholder(), true));
      await pass(ASK_STORE_AFTER_MS);
      await widget.renderModel(model(sampleBundle('from the kernel'), true));
      answer({ kind: 'found', json: sampleBundle('from the store') });
      await pass(1);
      expect(widget.node.textContent).toContain('from the kernel');
      widget.dispose();
    });
  });
});

describe('RunStore', () => {
  function answering(response: Response | Error): {
    store: RunStore;
    urls: string[];
  } {
    const urls: string[] = [];
    jest
      .spyOn(ServerConnection, 'makeRequest')
      .mockImplementation((url: string) => {
        urls.push(url);
        return response instanceof Error
          ? Promise.reject(response)
          : Promise.resolve(response);
      });
    return { store: new RunStore(settings), urls };
  }

  function response(status: number, body: string): Response {
    return {
      ok: status === 200,
      status,
      statusText: 'why',
      json: () => Promise.resolve(JSON.parse(body) as unknown)
    } as Response;
  }

  it('asks below the server’s own address, with the id as one part', async () => {
    const { store, urls } = answering(response(200, '{"format":"x"}'));
    expect(await store.load('../a b')).toEqual({
      kind: 'found',
      json: { format: 'x' }
    });
    expect(urls).toEqual([
      'http://localhost:8888/user/me/giltracer/runs/..%2Fa%20b'
    ]);
  });

  it.each([
    [response(404, ''), { kind: 'absent' }],
    [response(500, ''), { kind: 'failed', message: '500 why' }],
    [new Error('offline'), { kind: 'failed', message: 'offline' }]
  ])('turns a refusal into an answer', async (refusal, answer) => {
    expect(await answering(refusal).store.load('run-1')).toEqual(answer);
  });

  it('takes an answer that is no JSON for a failure', async () => {
    const answer = await answering(response(200, '<html>')).store.load('run-1');
    expect(answer.kind).toBe('failed');
  });
});
