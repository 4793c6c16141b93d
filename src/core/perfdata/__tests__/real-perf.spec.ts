/**
 * The reader against the real perf: recordings are made here, and each record must be what `perf
 * script` prints of the same bytes, in the same order.
 */
import { collect, cut, outcome, type Collected, type Row } from './collect';
import {
  defineProbe,
  perfScript,
  record,
  removeProbe,
  startWorkload,
  type Workload
} from './real-recording';

jest.setTimeout(60000);

const COMMON = [
  '-k',
  'CLOCK_MONOTONIC',
  '-m',
  '4M',
  '--sample-identifier',
  '--switch-events',
  '--no-bpf-event',
  '--no-buildid'
];

/** Bits of prev_state as sched_switch prints them (include/linux/sched.h). */
const TASK_STATES: Record<string, number> = {
  R: 0,
  S: 1,
  D: 2,
  T: 4,
  t: 8,
  X: 16,
  Z: 32,
  P: 64,
  I: 128,
  '+': 256
};

/** Fields of the probes by a part of their names. */
const PROBE_FIELDS: Record<string, string[]> = {
  save_a: ['stack', 's64', 'u32', 's32'],
  save_b: ['u8', 's8', 'u16', 's16'],
  gc_end: ['s32'],
  gc: ['s64', 'u32']
};

const workloads: Workload[] = [];

/** A workload that does not outlive its test. */
async function start(turns: number): Promise<Workload> {
  const workload = await startWorkload(turns);
  workloads.push(workload);
  return workload;
}

afterEach(() => {
  workloads.splice(0).forEach(({ process }) => process.kill());
});

describe('a process', () => {
  it('with uprobes and scheduler events equals perf script', async () => {
    const workload = await start(2000);
    const probes = ['a', 'b'].map(
      name => `perfdatatest/save_${name}_${process.pid}`
    );
    const fetches = [
      'stack=%sp:u64 s64=%ax:s64 u32=%si:u32 s32=%dx:s32',
      'u8=%si:u8 s8=%si:s8 u16=%dx:u16 s16=%dx:s16'
    ];
    const defined: string[] = [];
    try {
      for (const [index, probe] of probes.entries()) {
        defineProbe(probe, workload, fetches[index]);
        defined.push(probe);
      }
      const chunks = await record(workload, [
        ...COMMON,
        '--sample-cpu',
        '--synth=task',
        '-p',
        String(workload.process.pid),
        ...[
          ...probes.map(probe => probe.replace('/', ':')),
          'sched:sched_waking',
          'raw_syscalls:sys_enter'
        ].flatMap(event => ['-e', event])
      ]);
      const collected = collect(chunks);
      expectSameAsPerf(collected, Buffer.concat(chunks));
      expect(collected.reader.events.map(({ fields }) => fields)).toEqual([
        ['stack', 's64', 'u32', 's32'],
        ['u8', 's8', 'u16', 's16'],
        ['pid', 'prio', 'target_cpu'],
        ['id']
      ]);
      const { samplesByEvent, error, lost } = collected.summary;
      expect([error, lost]).toEqual([undefined, 0]);
      // Three times three threads of 2000 turns each: each calls it once or more.
      expect(samplesByEvent[0]).toBeGreaterThanOrEqual(18000);
      expect(samplesByEvent[1]).toBe(samplesByEvent[0]);
      expect(samplesByEvent[2]).toBeGreaterThan(100);
      expect(kinds(collected)).toEqual([
        'Comm',
        'Exit',
        'Fork',
        'Sample',
        'SwitchIn',
        'SwitchOut',
        ...(kinds(collected).includes('SwitchOutPreempted')
          ? ['SwitchOutPreempted']
          : [])
      ]);
      const stream = Buffer.concat(chunks);
      const whole = outcome(collected);
      expect(outcome(collect([stream]))).toEqual(whole);
      expect(outcome(collect(cut(stream, () => 61)))).toEqual(whole);
    } finally {
      defined.forEach(removeProbe);
    }
  });

  it('with the events of a full recording equals perf script', async () => {
    const workload = await start(2000);
    const [entry, end] = ['gc', 'gc_end'].map(
      name => `perfdatatest/${name}_${process.pid}`
    );
    const defined: string[] = [];
    try {
      defineProbe(entry, workload, 's64=%ax:s64 u32=%si:u32');
      defined.push(entry);
      defineProbe(end, workload, 's32=$retval:s32', 'r');
      defined.push(end);
      const chunks = await record(workload, [
        ...COMMON,
        '--sample-cpu',
        '--synth=no',
        '-p',
        String(workload.process.pid),
        ...[
          entry.replace('/', ':'),
          end.replace('/', ':'),
          'sched:sched_waking',
          'cpu-clock/period=50000,name=clock/',
          'task-clock'
        ].flatMap(event => ['-e', event])
      ]);
      const stream = Buffer.concat(chunks);
      const collected = collect(chunks);
      expectSameAsPerf(collected, stream);
      expect(
        collected.reader.events.map(({ name, fields }) => [name, fields])
      ).toEqual([
        [entry.replace('/', ':'), ['s64', 'u32']],
        [end.replace('/', ':'), ['s32']],
        ['sched:sched_waking', ['pid', 'prio', 'target_cpu']],
        ['clock', ['ip']],
        ['task-clock', ['ip']]
      ]);
      const clock = collected.rows.filter(({ event }) => event === 'clock');
      expect(clock.length).toBeGreaterThan(20);
      const { lines } = perfScript(stream, 'time,event,ip');
      expect(clock.map(({ time, args }) => [BigInt(time), args[0]])).toEqual(
        lines.flatMap(line => {
          const [, seconds, ns, event, ip] =
            /^\s*(\d+)\.(\d{9}):\s+(\S+):\s+([0-9a-f]+)/.exec(line) ?? [];
          return event === 'clock'
            ? [[BigInt(seconds + ns), Number(`0x${ip}`)]]
            : [];
        })
      );
      const { samplesByEvent, error, lost } = collected.summary;
      expect([error, lost]).toEqual([undefined, 0]);
      expect(samplesByEvent[1]).toBe(samplesByEvent[0]);
    } finally {
      defined.forEach(removeProbe);
    }
  });

  it('with one event and nothing more asked for equals perf script', async () => {
    const workload = await start(200);
    const chunks = await record(workload, [
      '-k',
      'CLOCK_MONOTONIC',
      '-p',
      String(workload.process.pid),
      '-e',
      'sched:sched_waking'
    ]);
    const collected = collect(chunks);
    expectSameAsPerf(collected, Buffer.concat(chunks));
    expect(collected.summary.samplesByEvent[0]).toBeGreaterThan(10);
  });

  it('with call chains equals perf script', async () => {
    const workload = await start(200);
    const chunks = await record(workload, [
      ...COMMON,
      '-g',
      '-p',
      String(workload.process.pid),
      '-e',
      'raw_syscalls:sys_enter'
    ]);
    const collected = collect(chunks);
    expectSameAsPerf(collected, Buffer.concat(chunks));
    expect(collected.summary.samplesByEvent[0]).toBeGreaterThan(1000);
  });
});

describe('the whole machine', () => {
  it('equals perf script', async () => {
    const workload = await start(1000);
    const chunks = await record(workload, [
      ...COMMON,
      '-a',
      '-e',
      'sched:sched_switch',
      '-e',
      'sched:sched_waking'
    ]);
    const collected = collect(chunks);
    expectSameAsPerf(collected, Buffer.concat(chunks));
    const { samplesByEvent, recordsByType } = collected.summary;
    expect(samplesByEvent[0]).toBeGreaterThan(100);
    // SWITCH_CPU_WIDE
    expect(recordsByType.get(15)).toBeGreaterThan(100);
  });
});

describe('losses', () => {
  it('are what the kernel counted, told of as perf script does', async () => {
    const workload = await start(3000);
    const chunks = await record(
      workload,
      [
        '-k',
        'CLOCK_MONOTONIC',
        '--sample-identifier',
        '-m',
        '1',
        // Not -a: perf would trace its own writes, never sleep and so never read its control pipe.
        '-p',
        String(workload.process.pid),
        '-e',
        'raw_syscalls:sys_enter'
      ],
      { stall: true }
    );
    const stream = Buffer.concat(chunks);
    const collected = collect(chunks);
    expectSameAsPerf(collected, stream);
    const counted = sumOfLostSamples(stream);
    expect(counted).toBeGreaterThan(1000);
    expect(collected.summary.lost).toBe(counted);
    const told = collected.rows
      .filter(({ kind }) => kind === 'Lost')
      .reduce((sum, { args }) => sum + args[0], 0);
    expect(told).toBe(counted);
  });
});

/** Total of the LOST_SAMPLES records, which perf script 6.1 does not print. */
function sumOfLostSamples(stream: Buffer): number {
  let sum = 0;
  for (let at = 16; at < stream.length;) {
    const type = stream.readUInt32LE(at);
    sum += type === 13 ? stream.readUInt32LE(at + 8) : 0;
    at += stream.readUInt16LE(at + 6);
    // The formats stand behind their record.
    at += type === 66 ? stream.readUInt32LE(at - 8) : 0;
  }
  return sum;
}

function kinds({ rows }: Collected): string[] {
  return [...new Set(rows.map(({ kind }) => kind))].sort();
}

/** Compares all records, one text line each, and shows the first place where they differ. */
function expectSameAsPerf(collected: Collected, stream: Uint8Array): void {
  const perf = perfScript(stream);
  const expected = perf.lines.map(describeLine);
  const actual = collected.rows
    // Those at the end that no LOST record told of.
    .filter(({ kind, tid }) => kind !== 'Lost' || tid !== -1)
    .map((row, index) =>
      describeRow(row, collected, (expected[index] ?? '').startsWith('no time'))
    );
  expect(expected.length).toBeGreaterThan(0);
  const differs = actual.findIndex((text, at) => text !== expected[at]);
  if (differs >= 0) {
    const near = (list: string[]): string[] =>
      list.slice(Math.max(0, differs - 2), differs + 3);
    expect(near(actual)).toEqual(near(expected));
  }
  expect(actual.length).toBe(expected.length);
  expect(collected.summary.late).toBe(perf.late);
}

const LINE =
  /^\s*.*?\s+(-?\d+)\/(-?\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}):\s+(.*?)\s*$/;

/** A line of perf script as `TIME CPU WHAT`. */
function describeLine(line: string): string {
  const match = LINE.exec(line);
  if (match === null) {
    throw new Error(`perf script printed: ${line}`);
  }
  const [, pid, tid, cpu, seconds, nanoseconds, rest] = match;
  const time = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  const place = time === 0n ? 'no time' : `${time} cpu ${Number(cpu)}`;
  return `${place} ${describeText(rest, `${pid}/${tid}`)}`;
}

/** What perf prints behind the time. */
function describeText(text: string, thread: string): string {
  const [, kind, body] = /^PERF_RECORD_(\w+)(.*)$/.exec(text) ?? [];
  const numbers = (body ?? '').match(/\d+/g) ?? [];
  switch (kind) {
    case undefined:
      return `${thread} ${describeSample(text)}`;
    case 'SWITCH':
    case 'SWITCH_CPU_WIDE':
      return `${thread} ${
        body.includes('preempt')
          ? 'SwitchOutPreempted'
          : body.includes('OUT')
            ? 'SwitchOut'
            : 'SwitchIn'
      }`;
    case 'FORK':
      return `${numbers[0]}/${numbers[1]} Fork ${numbers[2]} ${numbers[3]}`;
    case 'EXIT':
      return `${numbers[0]}/${numbers[1]} Exit`;
    case 'LOST':
      return `${thread} Lost ${numbers[0]}`;
    case 'COMM': {
      const [, exec, name, pid, tid] =
        /^( exec)?: (.*):(\d+)\/(\d+)$/.exec(body) ?? [];
      return `${pid}/${tid} Comm ${name} ${exec === undefined ? 0 : 1}`;
    }
    default:
      throw new Error(`perf script printed: ${text}`);
  }
}

/** `SYSTEM:NAME: TEXT` as the name and the numbers that the reader gives. */
function describeSample(text: string): string {
  const [, event, body] = /^([^\s:]+(?::[^\s:]+)?):\s*(.*)$/.exec(text) ?? [];
  if (!event?.includes(':')) {
    return event;
  }
  const value = (name: string): number => {
    const [, found] = new RegExp(` ${name}=(-?\\w+)`).exec(` ${body}`) ?? [];
    return Number(found);
  };
  let values: number[];
  if (event === 'raw_syscalls:sys_enter') {
    values = [Number(/^NR (-?\d+)/.exec(body)?.[1])];
  } else if (event === 'sched:sched_waking') {
    // The comm before may hold anything: the last one counts.
    const [, pid, prio, cpu] =
      / pid=(\d+) prio=(\d+) target_cpu=(\d+)$/.exec(body) ?? [];
    values = [pid, prio, cpu].map(Number);
  } else if (event === 'sched:sched_switch') {
    const [, pid, prio, states, next, nextPrio] =
      / prev_pid=(\d+) prev_prio=(\d+) prev_state=(\S+) ==> .* next_pid=(\d+) next_prio=(\d+)$/.exec(
        body
      ) ?? [];
    const state = [...(states ?? '').replaceAll('|', '')].reduce(
      (sum, letter) => sum + TASK_STATES[letter],
      0
    );
    values = [
      ...[pid, prio].map(Number),
      state,
      ...[next, nextPrio].map(Number)
    ];
  } else {
    const [, names] = Object.entries(PROBE_FIELDS).find(([part]) =>
      event.includes(part)
    ) ?? ['', []];
    // libtraceevent prints small signed fields without their sign (tep_read_number).
    const narrow: Record<string, number> = { s8: 24, s16: 16 };
    values = names.map(name =>
      name in narrow
        ? (value(name) << narrow[name]) >> narrow[name]
        : value(name)
    );
  }
  return `${event} ${values.join(' ')}`;
}

/** A row in the same words. */
function describeRow(
  row: Row,
  { reader }: Collected,
  timeless: boolean
): string {
  const { kind, time, pid, tid, cpu, args } = row;
  const place = timeless ? 'no time' : `${time} cpu ${cpu}`;
  let what: string = kind;
  if (kind === 'Sample') {
    const event = reader.events.find(({ name }) => name === row.event);
    const used = args.slice(0, event?.fields.length);
    // Of other events perf script prints no fields here.
    what = row.event?.includes(':')
      ? `${row.event} ${used.join(' ')}`
      : `${row.event}`;
  } else if (kind === 'Fork') {
    what += ` ${args[0]} ${args[1]}`;
  } else if (kind === 'Lost') {
    what += ` ${args[0]}`;
  } else if (kind === 'Comm') {
    what += ` ${reader.strings[args[0]]} ${args[1]}`;
  }
  return `${place} ${pid}/${tid} ${what}`;
}
