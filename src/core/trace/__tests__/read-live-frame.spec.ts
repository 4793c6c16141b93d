import fc from 'fast-check';
import { deflateSync } from 'fflate';

import { ThreadState } from '../../threads/states';
import { LIVE_SHARE_BYTES, type LiveFrame } from '../live-frame';
import { encodeBase64, packBytes } from '../packed-bytes';
import { LiveFrameError, readLiveFrame } from '../read-live-frame';

const SEED = Date.now() & 0x7fffffff;
beforeAll(() => console.info(`read-live-frame.spec: fast-check seed ${SEED}`));

function goodFrame(): LiveFrame {
  const line = { file: 'In [3]', line: 5, function: 'crunch', cell: 'c1' };
  return {
    format: 'giltracer-live',
    version: 1,
    run: {
      id: 'run-1',
      name: '',
      state: 'running',
      kernel_id: 'k-1',
      started_at: '2026-01-01T00:00:00Z'
    },
    mode: 'full',
    scheduler_states: true,
    frame: 3,
    until_ns: 25_000_000,
    bucket_ns: 10_000_000,
    states: ['waiting-gil', 'running-gil'],
    threads: [
      {
        index: 0,
        pid: 10,
        tid: 10,
        name: 'MainThread',
        main: true,
        native: false,
        begin_ns: 0
      },
      {
        index: 1,
        pid: 10,
        tid: 11,
        name: '<img src=x onerror=alert(1)>',
        main: false,
        native: true,
        begin_ns: 5,
        end_ns: 20
      }
    ],
    shares: [
      {
        thread: 0,
        first: 1,
        count: 2,
        shares: packBytes(Uint8Array.of(5, 250, 0, 0))
      }
    ],
    holders: [{ thread: 0, since_ns: 24_000_000, line }],
    longest_wait: {
      thread: 1,
      start_ns: 7,
      duration_ns: 9,
      open: true,
      holder: 0,
      line,
      holder_line: line
    },
    events: 1000,
    events_per_second: 40_000.5,
    lost: 2,
    overhead_percent: 1.5,
    reader_cpu_percent: 20.1
  };
}

function expectRefused(json: unknown, reason?: RegExp): void {
  const before = process.memoryUsage().arrayBuffers;
  const began = performance.now();
  let error: unknown;
  try {
    readLiveFrame(json);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(LiveFrameError);
  const { message } = error as LiveFrameError;
  expect(message).not.toContain('\n');
  if (reason) {
    expect(message).toMatch(reason);
  }
  expect(performance.now() - began).toBeLessThan(1000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 << 20);
}

describe('readLiveFrame', () => {
  it('gives back all fields, the shares unpacked', () => {
    const frame = goodFrame();
    const { format, version, states, shares, ...rest } = frame;
    expect([format, version, states.length, shares.length]).toEqual([
      'giltracer-live',
      1,
      2,
      1
    ]);
    expect(readLiveFrame(JSON.parse(JSON.stringify(frame)))).toEqual({
      ...rest,
      states: [ThreadState.WaitingGil, ThreadState.RunningGil],
      shares: [
        {
          thread: 0,
          first: 1,
          count: 2,
          shares: Uint8Array.of(5, 250, 0, 0)
        }
      ]
    });
  });

  it('takes a frame without what the rung does not know', () => {
    const frame: Partial<LiveFrame> = goodFrame();
    delete frame.holders;
    delete frame.longest_wait;
    delete frame.overhead_percent;
    delete frame.reader_cpu_percent;
    const view = readLiveFrame({ ...frame, later: [1] });
    expect(view.holders).toBeUndefined();
    expect('longest_wait' in view).toBe(false);
    expect('later' in view).toBe(false);
  });

  it('asks for an update if the frame is newer', () => {
    expectRefused({ ...goodFrame(), version: 2 }, /Update giltracer/);
  });

  it('refuses shares that lie about themselves', () => {
    const { shares } = goodFrame();
    const [entry] = shares;
    const withEntry = (change: object): unknown => ({
      ...goodFrame(),
      shares: [{ ...entry, ...change }]
    });
    expectRefused(withEntry({ count: 1 }), /shares\[0\]/);
    expectRefused(withEntry({ count: 3 }), /wrong length/);
    expectRefused(withEntry({ count: 1e9 }), /count/);
    expectRefused(withEntry({ first: 1e15 }), /first/);
    expectRefused(withEntry({ thread: 65_536 }), /thread/);
    expectRefused(
      withEntry({ shares: packBytes(Uint8Array.of(5, 251, 0, 0)) }),
      /wrong sum/
    );
    const bomb = encodeBase64(deflateSync(new Uint8Array(1 << 28)));
    expectRefused(withEntry({ shares: bomb }));
    const many = Math.ceil(LIVE_SHARE_BYTES / 4) + 1;
    expectRefused({
      ...goodFrame(),
      shares: Array.from({ length: many }, () => entry)
    });
  });

  it('refuses or reads whatever stands in any field', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
    const hostile = [
      '<script>alert(1)</script>',
      'x'.repeat(200_000),
      1e308,
      -1,
      -0.5,
      NaN,
      Infinity,
      null,
      [],
      {},
      [null],
      deep,
      { __proto__: { thread: 0 } },
      { toString: 'x', length: 1e9 }
    ];
    const paths: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      paths.push(path);
      if (typeof value === 'object' && value !== null) {
        for (const [key, entry] of Object.entries(value)) {
          walk(entry, [...path, key]);
        }
      }
    };
    walk(goodFrame(), []);
    let refused = 0;
    for (const path of paths) {
      for (const value of hostile) {
        const frame = replaced(goodFrame(), path, value);
        try {
          readLiveFrame(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(LiveFrameError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(paths.length * 8);
  });

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), json => {
        expectRefused(json);
      }),
      { seed: SEED, numRuns: 200 }
    );
  });
});

function replaced(
  value: unknown,
  [key, ...rest]: readonly (string | number)[],
  by: unknown
): unknown {
  if (key === undefined) {
    return by;
  }
  const entries = Object.entries(value as object).map(
    ([name, entry]: [string, unknown]) =>
      [name, name === String(key) ? replaced(entry, rest, by) : entry] as const
  );
  return Array.isArray(value)
    ? entries.map(([, entry]) => entry)
    : Object.fromEntries(entries);
}
