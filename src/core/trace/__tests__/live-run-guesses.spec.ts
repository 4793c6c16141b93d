/** What live frames tell of what is not settled yet. */
import { RecordKind } from '../../perfdata/records';
import {
  batches,
  STORE_IPS,
  WORDS,
  type Row
} from '../../threads/__tests__/batches';
import { PID } from '../../threads/__tests__/simulator';
import { ThreadState } from '../../threads/states';
import { LiveCursor } from '../live-cursor';
import { LiveReader } from './live-reader';
import { FIGURES, LIMITS, recordedRun, RUN } from './recorded-run';

const MS = 1_000_000;

it('shows the best guess, and tells again what turns out otherwise', () => {
  const { analysis, run } = recordedRun('full', 0, 3);
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const tell = (time: number): void => {
    run.look(time * MS);
    reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
  };
  const all = (thread: number, bucket: number): ThreadState | undefined => {
    const found = reader.bucket(thread, bucket)?.indexOf(255) ?? -1;
    return found < 0 ? undefined : (found as ThreadState);
  };
  const consume = (
    ...rows: [number, number, Row['site'], number[]?][]
  ): void => {
    for (const batch of batches(
      rows.map(([time, tid, site, args = []]) => ({
        kind: RecordKind.Sample,
        time: time * MS,
        pid: PID,
        tid: PID + tid,
        cpu: tid,
        site,
        args
      }))
    )) {
      analysis.consume(batch);
    }
  };
  // Nothing is known of who never had an event.
  tell(200);
  expect(all(2, 5)).toBe(ThreadState.Unknown);

  // It asks, and no other has it: so it has it. Who made no event can't have had it before.
  consume([201, 0, 'request', [0x500]], [209, 0, 'drop']);
  consume([301, 0, 'request', [0x500]]);
  tell(400);
  expect(all(2, 5)).toBe(ThreadState.Running);
  expect(all(0, 35)).toBe(ThreadState.RunningGil);
  expect(reader.last?.holders).toEqual([{ thread: 0, since_ns: 301 * MS }]);

  // Another asks: it waits, but for how long still is not known; then it is known not to have had it.
  consume([410, 1, 'request', [0x501]]);
  tell(500);
  expect(all(1, 45)).toBe(ThreadState.WaitingGil);
  expect(all(0, 45)).toBe(ThreadState.RunningGil);
  consume([510, 1, 'wake', [1, 0x500, 0, 0, 0, 0x501]]);
  tell(600);
  expect(reader.last?.longest_wait).toMatchObject({
    thread: 1,
    start_ns: 410 * MS,
    duration_ns: 190 * MS,
    open: true,
    holder: 0
  });
  consume([610, 0, 'drop'], [610, 1, 'wake', [0, 0x500, 0, 0, 0, 0x501]]);
  tell(700);
  expect(all(0, 65)).toBe(ThreadState.Running);
  expect(all(1, 65)).toBe(ThreadState.RunningGil);
  const wait = { thread: 1, duration_ns: 200 * MS, open: false };
  expect(reader.last?.longest_wait).toMatchObject(wait);
  consume([705, 1, 'drop']);
  tell(710);
  expect(reader.last?.longest_wait).toMatchObject(wait);
  expect(reader.last?.holders).toEqual([]);
});

it("takes back a hold that was another thread's", () => {
  const { analysis, run } = recordedRun('full', 0, 2);
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const row = { kind: RecordKind.Sample, pid: PID, cpu: 0 };
  const consume = (...rows: Row[]): void => {
    for (const batch of batches(rows)) {
      analysis.consume(batch);
    }
  };
  const tell = (time: number): void => {
    run.look(time * MS);
    reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
  };
  // The other one has had the GIL since before the recording: nothing tells.
  const request = { ...row, tid: PID, site: 'request' as const };
  consume({ ...request, time: 5 * MS, args: [0x500] });
  tell(200);
  expect(reader.bucket(0, 5)?.[ThreadState.RunningGil]).toBe(255);
  // Now it does.
  const drop = { ...row, tid: PID + 1, site: 'drop' as const };
  consume({ ...drop, time: 210 * MS });
  const wake = { ...row, tid: PID, site: 'wake' as const };
  consume({ ...wake, time: 211 * MS, args: [0, 0, 0, 0, 0, 0x500] });
  tell(250);
  expect(reader.bucket(0, 5)?.[ThreadState.WaitingGil]).toBe(255);
  expect(reader.bucket(1, 5)?.[ThreadState.RunningGil]).toBe(255);
});

it('the wait of a thread that yields is over when it has a CPU again', () => {
  const { analysis, run } = recordedRun('watch', 0, 2);
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const row = { pid: PID, cpu: 0, kind: RecordKind.Sample };
  const rows: Row[] = [
    {
      ...row,
      time: 10 * MS,
      tid: PID,
      site: 'gil_word',
      args: [STORE_IPS.take]
    },
    {
      ...row,
      time: 50 * MS,
      tid: PID,
      site: 'gil_word',
      args: [STORE_IPS.drop]
    },
    {
      ...row,
      time: 50 * MS,
      tid: PID,
      site: 'yield_word',
      args: [STORE_IPS.join]
    },
    { ...row, time: 50 * MS, tid: PID, kind: RecordKind.SwitchOut },
    {
      ...row,
      time: 80 * MS,
      tid: PID + 1,
      site: 'gil_word',
      args: [STORE_IPS.take]
    },
    { ...row, time: 90 * MS, tid: PID, kind: RecordKind.SwitchIn },
    { ...row, time: 200 * MS, tid: PID + 1, kind: RecordKind.SwitchOut }
  ];
  for (const batch of batches(rows)) {
    analysis.consume(batch);
  }
  run.look(200 * MS);
  reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
  expect(reader.bucket(0, 8)?.[ThreadState.WaitingGil]).toBe(255);
  expect(reader.bucket(0, 9)?.[ThreadState.Running]).toBe(255);
  expect(reader.last?.longest_wait).toMatchObject({
    thread: 0,
    start_ns: 50 * MS,
    duration_ns: 40 * MS,
    open: false
  });
});

it('tells a sleep again that turns out to have been a wait, where only takes and drops are watched', () => {
  const { analysis, run } = recordedRun('watch', 0, 2, {
    locked: WORDS.locked
  });
  const reader = new LiveReader();
  const cursor = new LiveCursor();
  const row = { pid: PID, cpu: 0, kind: RecordKind.Sample };
  const write = (time: number, tid: number, what: 'take' | 'drop'): Row => ({
    ...row,
    time: time * MS,
    tid: PID + tid,
    site: 'gil_word',
    args: [STORE_IPS[what]]
  });
  const consume = (...rows: Row[]): void => {
    for (const batch of batches(rows)) {
      analysis.consume(batch);
    }
    run.look(rows[rows.length - 1].time);
    reader.take(run.frame(RUN, FIGURES, cursor, LIMITS));
  };
  consume(write(1, 1, 'take'), write(2, 1, 'drop'), write(5, 0, 'take'));
  // From 10 ms on it wakes each switch interval, and finds the GIL locked.
  for (let round = 10; round < 210; round += 5) {
    const sleep = { ...row, tid: PID + 1 };
    consume(
      { ...sleep, kind: RecordKind.SwitchOut, time: round * MS },
      { ...sleep, kind: RecordKind.SwitchIn, time: (round + 4.999) * MS }
    );
  }
  expect(reader.bucket(1, 3)?.[ThreadState.OffCpu]).toBe(255);
  // The frame comes when it has taken the GIL and dropped it again.
  consume(
    write(209.98, 0, 'drop'),
    write(210, 1, 'take'),
    write(215, 1, 'drop')
  );
  for (let bucket = 1; bucket < 21; bucket++) {
    expect(reader.bucket(1, bucket)?.[ThreadState.WaitingGil]).toBe(255);
  }
});
