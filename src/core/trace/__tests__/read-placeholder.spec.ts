import { readBundle } from '../read-bundle';

const run = {
  id: 'run-1',
  name: '',
  state: 'running',
  started_at: '2026-01-02T03:04:05+00:00'
};

const live = {
  format: 'giltracer-live',
  version: 1,
  run,
  mode: 'sample',
  scheduler_states: false,
  frame: 3,
  until_ns: 30_000_000,
  bucket_ns: 10_000_000,
  states: ['running-gil'],
  threads: [],
  shares: [],
  events: 5,
  events_per_second: 2.5,
  lost: 0
};

function read(more: object) {
  return readBundle({ format: 'giltracer-bundle', version: 1, run, ...more });
}

describe('a run that goes on', () => {
  it('may carry its newest frame', () => {
    const view = read({ live });
    expect(view.kind).toBe('placeholder');
    expect(view.live?.until_ns).toBe(30_000_000);
    expect(read({})).not.toHaveProperty('live');
  });

  it.each([
    [null],
    ['<b>'],
    [{}],
    [{ ...live, version: 2 }],
    [{ ...live, until_ns: -1 }],
    [{ ...live, run: { ...run, id: 'another' } }]
  ])('is shown without a frame like %j', frame => {
    const view = read({ live: frame });
    expect(view.run.id).toBe('run-1');
    expect(view).not.toHaveProperty('live');
  });

  it('has none once it has failed', () => {
    const failed = { ...run, state: 'failed' };
    expect(read({ run: failed, live })).not.toHaveProperty('live');
  });
});
