import { ServerConnection } from '@jupyterlab/services';
import { HistoryClient, NoHistoryError } from '../history-client';

const settings = ServerConnection.makeSettings({
  baseUrl: 'http://localhost:8888/user/me/'
});

/** What is asked of the server, which answers this. */
function server(
  status: number,
  json?: unknown,
  headers: Record<string, string> = {}
) {
  const asked: { url: string; method: string; body?: unknown }[] = [];
  jest
    .spyOn(ServerConnection, 'makeRequest')
    .mockImplementation((url, { method = 'GET', body }) => {
      asked.push({
        url,
        method,
        ...(typeof body === 'string' && { body: JSON.parse(body) })
      });
      const text = json === undefined ? null : JSON.stringify(json);
      return Promise.resolve({
        status,
        statusText: 'as it is',
        ok: status < 300,
        headers: new Headers(headers),
        url,
        json: () => Promise.resolve(text === null ? null : JSON.parse(text)),
        text: () => Promise.resolve(text ?? '')
      } as Response);
    });
  return { asked, client: new HistoryClient(settings) };
}

afterEach(() => jest.restoreAllMocks());

it('asks for pages, and reads what the server tells of a run', async () => {
  const { asked, client } = server(200, {
    runs: [
      {
        id: 'b',
        bytes: 10,
        writing: true,
        name: 'two loops',
        label: 'In [3]',
        state: 'partial',
        started_at: '2026-01-02T03:04:05Z',
        message: 'cut',
        mode: 'full',
        python: '3.11.7',
        duration_ns: 5,
        verdict: 'Fine.'
      }
    ],
    next: 'b',
    count: 7,
    bytes: 70,
    most_bytes: 100
  });
  expect(await client.page('c')).toEqual({
    runs: [
      {
        id: 'b',
        bytes: 10,
        writing: true,
        name: 'two loops',
        label: 'In [3]',
        state: 'partial',
        startedAt: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
        message: 'cut',
        mode: 'full',
        python: '3.11.7',
        durationNs: 5,
        verdict: 'Fine.'
      }
    ],
    next: 'b',
    count: 7,
    bytes: 70,
    mostBytes: 100
  });
  await client.page();
  const url = 'http://localhost:8888/user/me/giltracer/runs';
  expect(asked.map(each => each.url)).toEqual([
    `${url}?limit=200&before=c`,
    `${url}?limit=200`
  ]);
});

it('asks whether there is anything new since a page', async () => {
  const page = server(200, { runs: [], count: 0 }, { ETag: '"7"' });
  expect((await page.client.page()).stamp).toBe('"7"');
  const same = server(304);
  expect(await same.client.isNews('"7"')).toBe(false);
  const { mock } = jest.mocked(ServerConnection.makeRequest);
  const [, init] = mock.lastCall ?? [];
  expect(new Headers(init?.headers).get('If-None-Match')).toBe('"7"');
  expect(same.asked[0].url).toMatch(/\?limit=200&no_track_activity=1$/);
  expect(await server(200, {}).client.isNews('"7"')).toBe(true);
  await expect(
    server(500, { message: 'no' }).client.isNews('"7"')
  ).rejects.toThrow('no');
});

it('takes nothing of a wrong type', async () => {
  const { client } = server(200, {
    runs: [
      {
        id: 'a',
        bytes: -1,
        writing: 'yes',
        name: { toString: 'x' },
        state: 'strange',
        started_at: 'no date',
        duration_ns: '5',
        verdict: 7,
        label: ['x'],
        mode: null
      },
      { name: 'no id' },
      null,
      'x'
    ],
    next: 3,
    count: null
  });
  expect(await client.page()).toEqual({
    runs: [{ id: 'a', bytes: 0, writing: false, name: '' }],
    count: 4,
    mostBytes: 0
  });
});

it.each([[[]], [null], [{ runs: ['only ids'.length] }], [{ runs: {} }]])(
  'shows no run for %j',
  async json => {
    const { client } = server(200, json);
    const runs = client.page().then(page => page.runs);
    await expect(runs.catch(() => [])).resolves.toEqual([]);
  }
);

it('knows a server without a history', async () => {
  await expect(server(404).client.page()).rejects.toBeInstanceOf(
    NoHistoryError
  );
});

it('tells the reason that the server gives', async () => {
  const { client } = server(403, { message: 'you may not read kernels' });
  await expect(client.page()).rejects.toThrow('you may not read kernels');
});

it('renames, and deletes what may have gone already', async () => {
  const renaming = server(200, { id: 'a/b', name: 'new' });
  expect(await renaming.client.rename('a/b', 'new')).toMatchObject({
    name: 'new'
  });
  await server(404).client.delete('a');
  const deleting = server(204);
  await deleting.client.delete('a');
  const url = 'http://localhost:8888/user/me/giltracer/runs';
  expect([...renaming.asked, ...deleting.asked]).toEqual([
    { url: `${url}/a%2Fb`, method: 'PATCH', body: { name: 'new' } },
    { url: `${url}/a`, method: 'DELETE' }
  ]);
  const refusing = server(409, { message: 'this run is still being written' });
  await expect(refusing.client.delete('a')).rejects.toThrow('being written');
});
