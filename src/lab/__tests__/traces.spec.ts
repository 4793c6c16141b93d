/** Where traces come from, how they are checked, and who loads them. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { createHash, webcrypto } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { buildDocument } from '../../core/trace/build-document';
import type { BundleView } from '../../core/trace/bundle-view';
import { traceFilePieces } from '../../core/trace/trace-file';
import { joinedPieces } from '../../core/trace/__tests__/joined-pieces';
import {
  madeContext,
  randomResult
} from '../../core/trace/__tests__/made-results';
import type { TraceAnswer, TraceProgress } from '../../viewer/trace-source';
import { isSaved, sidecarUrl } from '../trace/sidecar';
import { TraceLoader } from '../trace/trace-loader';
import { TraceSources } from '../trace/trace-sources';
import { serveTraces, type IWorkerScope } from '../trace/trace-work';
import type { LoadRequest, WorkerMessage } from '../trace/worker-messages';

const trans = nullTranslator.load('giltracer');

async function traceBytes(): Promise<Uint8Array> {
  const result = randomResult(5, 3, 500);
  const document = buildDocument(result, madeContext());
  return joinedPieces(traceFilePieces({ document, result, origin: 0n }));
}

/** As a message between threads: columns stay, methods go. jsdom has no structuredClone. */
function cloned<T>(value: T): T {
  return deserialize(serialize(value)) as T;
}

/** A worker whose other side runs here. */
class HereWorker {
  onmessage: ((event: { data: WorkerMessage }) => void) | null = null;
  onerror: (() => void) | null = null;
  terminated = false;
  asked = 0;
  constructor() {
    queueMicrotask(() => serveTraces(this._scope));
  }

  postMessage(data: LoadRequest): void {
    this.asked++;
    const moved = cloned(data);
    queueMicrotask(() =>
      this._scope.onmessage?.({ data: moved } as MessageEvent<LoadRequest>)
    );
  }

  terminate(): void {
    this.terminated = true;
  }

  private readonly _scope: IWorkerScope = {
    onmessage: null,
    postMessage: message => {
      const data = cloned(message);
      queueMicrotask(() => this.onmessage?.({ data }));
    }
  };
}

function loadedWith(
  loader: TraceLoader,
  bytes: Uint8Array,
  signal = new AbortController().signal
) {
  const parts: number[] = [];
  return loader
    .load(bytes.slice().buffer, part => parts.push(part), signal)
    .then(answer => ({ answer, parts }));
}

describe('a trace', () => {
  it('is loaded in a worker, which ends with it', async () => {
    const workers: HereWorker[] = [];
    const loader = new TraceLoader(() => {
      workers.push(new HereWorker());
      return workers[0] as unknown as Worker;
    });
    const { answer, parts } = await loadedWith(loader, await traceBytes());
    if (answer.kind !== 'loaded') {
      throw new Error(answer.kind);
    }
    const { timeline, file } = answer.trace;
    expect(timeline.threads).toHaveLength(3);
    const out = new Float64Array(16);
    timeline.threads[0].sums.timeInStates(0, file.columns.end, out);
    expect(out.reduce((sum, time) => sum + time, 0)).toBe(
      file.document.threads[0].duration_ns
    );
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
    expect(parts.length).toBeGreaterThan(3);
    expect(workers).toHaveLength(1);
    expect(workers[0]).toMatchObject({ asked: 1, terminated: true });
  });

  it('is loaded on the page where workers are forbidden, however that is told', async () => {
    const bytes = await traceBytes();
    const refusing = new TraceLoader(() => {
      throw new Error('policy');
    });
    expect((await loadedWith(refusing, bytes)).answer.kind).toBe('loaded');
    const silent = {
      terminate: jest.fn(),
      onerror: null as (() => void) | null
    };
    const failing = new TraceLoader(() => {
      setTimeout(() => silent.onerror?.());
      return silent as unknown as Worker;
    });
    expect((await loadedWith(failing, bytes)).answer.kind).toBe('loaded');
    expect(silent.terminate).toHaveBeenCalled();
  });

  it('that is damaged gives one line, from both', async () => {
    const bytes = (await traceBytes()).slice(0, 900);
    const message = expect.stringMatching(
      /^this is not a giltracer trace [^\n]*$/
    );
    for (const start of [
      () => new HereWorker() as unknown as Worker,
      () => {
        throw new Error('policy');
      }
    ]) {
      const { answer } = await loadedWith(new TraceLoader(start), bytes);
      expect(answer).toEqual({ kind: 'failed', message });
    }
  });

  it('is given up when the reader says so', async () => {
    const abort = new AbortController();
    const loader = new TraceLoader(() => {
      throw new Error('policy');
    });
    const loading = loader.load(
      (await traceBytes()).slice().buffer,
      () => abort.abort(),
      abort.signal
    );
    expect(await loading).toEqual({ kind: 'cancelled' });
  });
});

describe('the path of a saved trace', () => {
  const url = (path: string): string | undefined =>
    sidecarUrl({ path, sha256: '', size: 1 });

  it('leads downward only', () => {
    expect(url('run.giltrace')).toBe('run.giltrace');
    expect(url('a b/ä#.giltrace')).toBe('a%20b/%C3%A4%23.giltrace');
    for (const path of [
      '../run.giltrace',
      'a/../../run.giltrace',
      '/run.giltrace',
      './run.giltrace',
      'https://host/run.giltrace',
      'a//run.giltrace',
      'a\\run.giltrace',
      'javascript:alert(1)',
      'notes.txt'
    ]) {
      expect(url(path)).toBeUndefined();
    }
  });
});

describe('the trace of a result', () => {
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://here/prefix/'
  });
  const asked: string[] = [];
  let stored: Record<string, Uint8Array> = {};
  let body: Uint8Array;

  beforeAll(async () => {
    body = await traceBytes();
  });
  beforeEach(() => {
    asked.length = 0;
    stored = {};
    jest
      .spyOn(ServerConnection, 'makeRequest')
      .mockImplementation((url: string) => {
        asked.push(url);
        const found = stored[url];
        return Promise.resolve({
          status: found === undefined ? 404 : 200,
          ok: found !== undefined,
          headers: new Headers({ 'Content-Length': String(found?.length) }),
          arrayBuffer: () => Promise.resolve(found.slice().buffer)
        } as unknown as Response);
      });
    Object.defineProperty(globalThis, 'crypto', {
      configurable: true,
      value: webcrypto
    });
  });

  const STORE = 'http://here/prefix/giltracer/runs/r-1/trace';
  const BESIDE = 'http://here/prefix/files/folder/run.giltrace';
  const resolver = {
    resolveUrl: (url: string) => Promise.resolve(`folder/${url}`),
    getDownloadUrl: (path: string) =>
      Promise.resolve(`http://here/prefix/files/${path}`)
  } as IRenderMime.IResolver;

  async function load(
    sidecar?: BundleView['sidecar'],
    mostBytes = 1e9,
    {
      started = '2026-01-02T03:04:05+00:00',
      abort = new AbortController()
    } = {}
  ): Promise<{ answer: TraceAnswer; phases: Set<string> }> {
    const loader = new TraceLoader(() => {
      throw new Error('no workers');
    });
    const sources = new TraceSources({ settings, loader, trans });
    const run = { id: 'r-1', started_at: started };
    const document = { capture: { duration_ns: 5e9 } };
    const view = { kind: 'result', run, document, sidecar } as unknown;
    const source = sources.sourceOf(view as BundleView, resolver);
    const phases = new Set<string>();
    const answer = await source?.load({
      mostBytes,
      progress: ({ phase }: TraceProgress) => phases.add(phase),
      signal: abort.signal
    });
    return { answer: answer ?? { kind: 'cancelled' }, phases };
  }

  const saved = (path = 'run.giltrace') => ({
    path,
    size: body.length,
    sha256: createHash('sha256').update(body).digest('hex')
  });

  it('comes from the run store', async () => {
    stored[STORE] = body;
    const { answer, phases } = await load(saved());
    expect(answer.kind).toBe('loaded');
    expect(asked).toEqual([STORE]);
    expect(phases).toContain('reading');
  });

  it('comes from beside the notebook where it is the one that was saved', async () => {
    stored[BESIDE] = body;
    expect((await load(saved())).answer.kind).toBe('loaded');
    stored[BESIDE] = body.slice();
    stored[BESIDE][100] ^= 1;
    const { answer } = await load(saved());
    expect(answer).toEqual({
      kind: 'absent',
      reason: expect.stringContaining('was changed since')
    });
  });

  it('is checked where the browser computes no sums, too', async () => {
    // As on http without localhost.
    Object.defineProperty(globalThis, 'crypto', {
      configurable: true,
      value: {}
    });
    stored[BESIDE] = body;
    expect((await load(saved())).answer.kind).toBe('loaded');
    stored[BESIDE] = body.slice();
    stored[BESIDE][100] ^= 1;
    expect((await load(saved())).answer).toEqual({
      kind: 'absent',
      reason: expect.stringContaining('was changed since')
    });
  });

  it('is summed in slices as in one', async () => {
    Object.defineProperty(globalThis, 'crypto', {
      configurable: true,
      value: {}
    });
    const large = Uint8Array.from(
      { length: 9 * 1024 ** 2 + 1 },
      (_, at) => at % 251
    );
    const sha256 = createHash('sha256').update(large).digest('hex');
    const sidecar = { path: 'run.giltrace', size: large.length, sha256 };
    const { signal } = new AbortController();
    expect(await isSaved(large.buffer, sidecar, signal)).toBe(true);
    large[large.length - 1] ^= 1;
    expect(await isSaved(large.buffer, sidecar, signal)).toBe(false);
  });

  it('is not fetched from elsewhere, nor if it is larger than was asked for', async () => {
    expect((await load(saved('../run.giltrace'))).answer.kind).toBe('absent');
    expect(asked).toEqual([STORE]);
    expect((await load(saved(), 100)).answer).toEqual({
      kind: 'large',
      bytes: body.length
    });
    stored[STORE] = body;
    expect((await load(undefined, 100)).answer.kind).toBe('large');
  });

  describe('of a run that has just ended', () => {
    const began = Date.parse('2026-01-02T03:04:10+00:00');

    /** Let time pass until it is settled: how many timers that takes depends on how soon sums are computed. */
    async function inTime<T>(promise: Promise<T>): Promise<T> {
      let settled = false;
      const done = promise.finally(() => {
        settled = true;
      });
      while (!settled) {
        await jest.advanceTimersByTimeAsync(100);
      }
      return done;
    }

    beforeEach(() => {
      jest.useFakeTimers({ now: began });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('is waited for: it is written after the result', async () => {
      const loading = load();
      await jest.advanceTimersByTimeAsync(1200);
      expect(asked).toEqual([STORE, STORE, STORE]);
      stored[STORE] = body;
      const { answer, phases } = await inTime(loading);
      expect(answer.kind).toBe('loaded');
      expect(phases).toContain('waiting');
    });

    it('is not waited for without an end', async () => {
      const { answer } = await inTime(load());
      expect(answer.kind).toBe('absent');
      expect(Date.now() - began).toBeGreaterThan(50_000);
      expect(Date.now() - began).toBeLessThan(70_000);
    });

    it('is given up when the reader says so', async () => {
      const abort = new AbortController();
      const loading = load(undefined, 1e9, { abort });
      await jest.advanceTimersByTimeAsync(100);
      abort.abort();
      const { answer } = await inTime(loading);
      expect(answer).toEqual({ kind: 'cancelled' });
      expect(asked).toEqual([STORE]);
    });

    it.each([
      ['of an old run', '2026-01-01T03:04:05+00:00'],
      ['where the clocks are far apart', '2026-01-02T04:04:05+00:00'],
      ['where nobody knows when it was', '?']
    ])('is not waited for %s', async (_, started) => {
      const { answer } = await load(undefined, 1e9, { started });
      expect(answer.kind).toBe('absent');
      expect(asked).toEqual([STORE]);
    });

    it('is not waited for where it was saved before the result', async () => {
      stored[BESIDE] = body;
      const { answer } = await inTime(load(saved()));
      expect(answer.kind).toBe('loaded');
      expect(asked).toEqual([STORE, BESIDE]);
    });
  });

  it('may be nowhere', async () => {
    expect((await load()).answer).toEqual({
      kind: 'absent',
      reason: expect.stringContaining('is not stored here')
    });
  });
});
