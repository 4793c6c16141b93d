/** A small valid bundle, packed by hand as schema/formats describes it. */
import { deflateSync } from 'fflate';
import type { Bundle, Placeholder } from '../../core/trace/bundle';

function packed(bytes: readonly number[]): string {
  return Buffer.from(deflateSync(Uint8Array.from(bytes))).toString('base64');
}

/** One thread that holds the GIL for the first half of 20 ms. */
export function sampleBundle(name = 'a run'): Bundle {
  return {
    format: 'giltracer-bundle',
    version: 1,
    run: {
      id: 'run-1',
      name,
      state: 'done',
      started_at: '2026-01-02T03:04:05+00:00'
    },
    capture: {
      mode: 'full',
      python: '3.11.7',
      free_threaded: false,
      gil_enabled: true,
      scheduler_states: true,
      events: 10,
      lost: 0,
      duration_ns: 20_000_000,
      environment: {}
    },
    threads: [
      {
        tid: 100,
        pid: 100,
        name: 'MainThread',
        main: true,
        native: false,
        duration_ns: 20_000_000,
        states_ns: { 'running-gil': 10_000_000, 'off-cpu': 10_000_000 },
        has_gil_percent: 50,
        gil_wait_percent: 0,
        no_gil_percent: 50
      }
    ],
    blame: [],
    waits: [],
    lines: [],
    ignored: [],
    locks: [],
    overview: {
      bucket_ns: 10_000_000,
      buckets: 2,
      states: ['running-gil', 'off-cpu'],
      lanes: [[0]],
      shares: packed([255, 0, 0, 255])
    },
    windows: [],
    reductions: []
  };
}

/** What stands in the output while the cell runs. */
export function samplePlaceholder(): Placeholder {
  return {
    format: 'giltracer-bundle',
    version: 1,
    run: {
      id: 'run-1',
      name: 'a run',
      state: 'running',
      started_at: '2026-01-02T03:04:05+00:00'
    }
  };
}
