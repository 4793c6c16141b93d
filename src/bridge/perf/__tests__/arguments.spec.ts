import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  MAX_IDS,
  needsSystemWide,
  recordArguments,
  ringKib
} from '../arguments';
import { findPerf } from '../find-perf';

const plan = {
  pid: 42,
  threads: 3,
  cpus: 2,
  events: ['giltracer:request_7', 'giltracer:drop_7'],
  schedulerStates: true,
  ringKib: 512
};

describe('recordArguments', () => {
  it('attaches to the process and names each event', () => {
    const text = recordArguments(plan).join(' ');
    expect(text).toContain('-p 42 ');
    expect(text).toContain('-k CLOCK_MONOTONIC');
    expect(text).toContain('--switch-events');
    expect(text).toMatch(/-e giltracer:request_7 -e giltracer:drop_7$/);
  });

  it('puts a filter behind its event', () => {
    const filters = { 'giltracer:request_7': 'a > 1' };
    const args = recordArguments({ ...plan, filters });
    expect(args.slice(-6)).toEqual([
      '-e',
      'giltracer:request_7',
      '--filter',
      'a > 1',
      '-e',
      'giltracer:drop_7'
    ]);
  });

  it('leaves context switches out on request', () => {
    expect(recordArguments({ ...plan, schedulerStates: false })).not.toContain(
      '--switch-events'
    );
  });

  it('records the whole system where a pipe could not carry the ids', () => {
    // research/perf-and-viewers.md: 4300 threads x 2 CPUs made perf end with status 249;
    // 128 CPUs allow 63 threads.
    expect(needsSystemWide({ ...plan, threads: 4300, cpus: 2 })).toBe(true);
    expect(needsSystemWide({ ...plan, threads: 63, cpus: 128 })).toBe(false);
    expect(needsSystemWide({ ...plan, threads: 64, cpus: 128 })).toBe(true);
    expect(MAX_IDS * 8 + 192 + 8).toBeLessThanOrEqual(65535);
    expect(recordArguments({ ...plan, threads: 9000 })).toContain('-a');
  });

  it.each([
    [1, 32768],
    [2, 32768],
    [8, 8192],
    [16, 4096],
    [96, 512],
    [512, 512]
  ])('gives each of %i CPUs %i KiB', (cpus, kib) => {
    expect(ringKib(cpus)).toBe(kib);
  });
});

describe('findPerf', () => {
  it('takes the first executable perf on PATH', () => {
    const folder = mkdtempSync(join(tmpdir(), 'giltracer-test-'));
    const plain = join(folder, 'perf');
    try {
      writeFileSync(plain, '', { mode: 0o644 });
      expect(() => findPerf(folder)).toThrow('apt install linux-perf');
      rmSync(plain);
      writeFileSync(plain, '', { mode: 0o755 });
      expect(findPerf(`/nowhere:${folder}:/usr/bin`)).toBe(plain);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
