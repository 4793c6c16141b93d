import { RecordKind, type RecordBatch } from '../../../core/perfdata/records';
import { candidateProbes, WaitVariableSearch } from '../wait-variables';

const GIL = 0x5000;
const STATES = [0x7000, 0x8000];
const WAKE = {
  fileOffset: 0x10,
  address: 0x10,
  instruction: 'jcc',
  body: 'take_gil'
} as const;

/** One record with its fields. */
function sample(event: number, tid: number, values: number[]): RecordBatch {
  return {
    length: 1,
    kind: Uint8Array.of(RecordKind.Sample),
    event: Uint8Array.of(event),
    time: Float64Array.of(0),
    pid: Int32Array.of(1),
    tid: Int32Array.of(tid),
    cpu: Int16Array.of(0),
    args: values.map(value => Float64Array.of(value))
  };
}

describe('WaitVariableSearch', () => {
  const probes = candidateProbes([WAKE]);
  const events = [
    { name: 'giltracer:request_1', fields: ['tstate'] },
    ...probes.map(({ name, fetch }) => ({
      name: `giltracer:${name}_1`,
      fields: fetch.split(' ').map(field => field.split('=')[0])
    }))
  ];
  /** Where each candidate stands: its register or stack slot → event and field. */
  const fetches = probes.map(({ fetch }) =>
    fetch.split(' ').map(field => field.split(/[=:]/)[1])
  );

  /** Wakes of two threads; `value` says what a candidate holds. */
  function search(
    value: (candidate: string, state: number, wake: number) => number,
    wakes = 6
  ): WaitVariableSearch {
    const found = new WaitVariableSearch(events, GIL);
    STATES.forEach((state, tid) => found.consume(sample(0, tid, [state])));
    for (let wake = 0; wake < wakes; wake++) {
      const tid = wake % 2;
      fetches.forEach((candidates, group) =>
        found.consume(
          sample(
            group + 1,
            tid,
            candidates.map(name => value(name, STATES[tid], wake))
          )
        )
      );
    }
    return found;
  }

  it('asks for registers and stack slots that fit into records', () => {
    expect(fetches.flat()).toEqual(
      expect.arrayContaining(['%bx', '%r15', '$stack0', '$stack21'])
    );
    expect(fetches.every(group => group.length <= 8)).toBe(true);
    expect(probes.every(({ offsets }) => offsets[0] === 0x10)).toBe(true);
  });

  it('finds where the thread state and the GIL are kept', () => {
    const found = search((name, state) =>
      name === '$stack3' ? state : name === '%r15' ? GIL : 1
    );
    expect(found.found([WAKE])).toEqual([
      { threadState: '$stack3', gil: '%r15' }
    ]);
  });

  it('takes nothing that was wrong once', () => {
    const found = search((name, state, wake) =>
      name === '%bx' && wake !== 4 ? state : 1
    );
    expect(found.found([WAKE])).toEqual([{}]);
  });

  it('takes nothing that only one thread supports', () => {
    const found = search(name => (name === '%bx' ? STATES[0] : 1));
    expect(found.found([WAKE])).toEqual([{}]);
  });

  it('takes nothing after a few wakes only', () => {
    const found = search((_, state) => state, 3);
    expect(found.found([WAKE])).toEqual([{}]);
  });
});
