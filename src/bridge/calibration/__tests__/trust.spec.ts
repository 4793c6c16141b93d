import { RecordKind, type RecordBatch } from '../../../core/perfdata/records';
import { distrust, TrustTest, type TrustReport } from '../trust';

const SITES = ['request', 'wake', 'drop', 'yield', 'yield_end'] as const;
type Site = (typeof SITES)[number];

const events = SITES.map(site => ({
  name: `giltracer:${site}_1`,
  fields:
    site === 'request'
      ? ['tstate']
      : site === 'wake'
        ? ['locked', 'last_holder']
        : []
}));

/** A batch of [thread, site, first field, second field]. */
function batch(
  rows: readonly (readonly [number, Site, number?, number?])[]
): RecordBatch {
  const column = (pick: (row: (typeof rows)[number]) => number): Float64Array =>
    Float64Array.from(rows, pick);
  const tids = Int32Array.from(rows, row => row[0]);
  return {
    length: rows.length,
    kind: new Uint8Array(rows.length).fill(RecordKind.Sample),
    event: Uint8Array.from(rows, row => SITES.indexOf(row[1])),
    time: column(() => 0),
    pid: tids,
    tid: tids,
    cpu: new Int16Array(rows.length),
    args: [
      column(row => row[2] ?? 0),
      column(row => row[3] ?? 0),
      column(() => 0),
      column(() => 0)
    ]
  };
}

function report(rows: Parameters<typeof batch>[0]): TrustReport {
  const test = new TrustTest(events);
  test.consume(batch(rows));
  return test.report();
}

/** Two threads that fight once; thread states 100 and 200. */
const FIGHT: Parameters<typeof batch>[0] = [
  [1, 'request', 100],
  [2, 'request', 200],
  [2, 'wake', 1, 100],
  [1, 'drop'],
  [1, 'yield'],
  [2, 'wake', 0, 100],
  [1, 'yield_end'],
  [2, 'drop'],
  [1, 'request', 100],
  [1, 'drop']
];

describe('the trust test', () => {
  it('trusts takes and drops that alternate', () => {
    expect(distrust(report(FIGHT), 3, 0)).toBeUndefined();
  });

  it('sees a drop that has no probe', () => {
    const missing = FIGHT.filter((_, row) => row !== 3);
    expect(distrust(report(missing), 2, 0)).toContain(
      'do not alternate (1 times in 3)'
    );
  });

  it('sees a site that is hit where nothing is dropped', () => {
    const doubled = FIGHT.flatMap(row =>
      row[1] === 'drop' ? [row, row] : [row]
    );
    expect(distrust(report(doubled), 3, 0)).toContain(
      'do not alternate (3 times in 3)'
    );
  });

  it('sees a wrong address of the GIL', () => {
    const wrong = FIGHT.map(row =>
      row[1] === 'wake' ? ([row[0], row[1], row[2], 0xdead] as const) : row
    );
    expect(distrust(report(wrong), 3, 0)).toContain(
      '2 of 2 wakes named an unknown holder'
    );
  });

  it('wants to have seen what the program is known to do', () => {
    expect(distrust(report(FIGHT), 4, 0)).toContain('3 takes and 3 drops');
    expect(
      distrust(report(FIGHT.filter(row => row[1] !== 'wake')), 3, 0)
    ).toContain('no wait');
    expect(distrust(report(FIGHT), 3, 7)).toContain('7 records were lost');
  });
});
