import type { StreamSummary } from '../../../core/perfdata/records';
import { streamFacts } from '../summary-facts';

function summary(more: Partial<StreamSummary> = {}): StreamSummary {
  return {
    bytes: 0,
    recordsByType: new Map([
      [9, 30],
      [14, 5]
    ]),
    samplesByEvent: [10, 20],
    lost: 0,
    late: 0,
    perfVersion: '6.1.0',
    kernelRelease: '6.18.0',
    clock: undefined,
    error: undefined,
    ...more
  };
}

it('tells of all streams of a run', () => {
  const second = summary({ perfVersion: undefined, lost: 3, late: 2 });
  expect(streamFacts([summary({ late: 1 }), second])).toEqual({
    perf: '6.1.0',
    kernel: '6.18.0',
    // Samples, and switches of tasks.
    events: 70,
    lost: 3,
    late: 3
  });
});

it('says nothing of late records where there were none, or no stream', () => {
  expect(streamFacts([summary()])).not.toHaveProperty('late');
  expect(streamFacts([])).toEqual({ events: 0, lost: 0 });
});
