/**
 * Two other readers, record by record: Microsoft's tracepoint_perf (all samples with their fields, from
 * stream and file) and linux-perf-data (all of the kernel's records, from a file: it can't read streams
 * with tracepoints). `rust-oracle/` is the small program around them.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerfFileReader } from '../file-reader';
import { collect, type Collected, type Row } from './collect';
import {
  defineProbe,
  record,
  removeProbe,
  startWorkload
} from './real-recording';
import { formsOf, type Forms } from './recording-forms';

jest.setTimeout(180000);

const SOURCE = join(__dirname, 'rust-oracle');
const TARGET = join(__dirname, '../../../../build/rust-oracle');
const program = build();

const file = join(tmpdir(), `giltracer-oracle-${process.pid}.data`);
let forms: Forms;

/** Builds the program, which takes about 10 s the first time; undefined without cargo or registry. */
function build(): string | undefined {
  try {
    execFileSync(
      'cargo',
      ['build', '--quiet', '--locked', '--target-dir', TARGET],
      { cwd: SOURCE, stdio: ['ignore', 'inherit', 'inherit'] }
    );
    return join(TARGET, 'debug', 'rust-oracle');
  } catch (error) {
    if (process.env.CI === 'true') {
      throw error;
    }
    console.warn(`rust-oracle.spec can't run here: ${String(error)}`);
    return undefined;
  }
}

(program === undefined ? describe.skip : describe)('the other readers', () => {
  beforeAll(async () => {
    const workload = await startWorkload(1500);
    const probe = `perfdatatest/oracle_${process.pid}`;
    defineProbe(
      probe,
      workload,
      'u64=%sp:u64 s64=%ax:s64 u32=%si:u32 s32=%dx:s32 u16=%si:u16 s16=%dx:s16 u8=%si:u8 s8=%dx:s8'
    );
    try {
      await record(
        workload,
        [
          '-z',
          '-k',
          'CLOCK_MONOTONIC',
          '--sample-identifier',
          '--sample-cpu',
          '--switch-events',
          '--no-bpf-event',
          '--no-buildid',
          '-m',
          '4M',
          '-p',
          String(workload.process.pid),
          ...[
            probe.replace('/', ':'),
            'sched:sched_waking',
            'sched:sched_switch',
            'raw_syscalls:sys_enter',
            'cpu-clock/period=100000,name=cpu-clock/'
          ].flatMap(event => ['-e', event])
        ],
        { output: file }
      );
      forms = formsOf(readFileSync(file));
    } finally {
      workload.process.kill();
      removeProbe(probe);
      rmSync(file, { force: true });
    }
  });

  it('tracepoint_perf reads the same samples from a stream', () => {
    const collected = collect([forms.stream]);
    expect(collected.summary.samplesByEvent.every(count => count > 20)).toBe(
      true
    );
    expectSame(
      byTime(ask('tracepoint_perf', forms.stream).map(ownFields)),
      byTime(samples(collected))
    );
  });

  it('tracepoint_perf reads the same samples from a file', () => {
    expectSame(
      byTime(ask('tracepoint_perf', forms.file).map(ownFields)),
      byTime(samples(collectFile()))
    );
  });

  it('linux-perf-data reads the same records from a file', () => {
    const lines = ask('linux-perf-data', forms.file)
      // Those that perf made up itself: where they go is each reader's choice.
      .filter(line => !line.startsWith('0 '))
      .map(roundedIp);
    const collected = collectFile();
    const synthesized =
      ask('linux-perf-data', forms.file).length - lines.length;
    expectSame(lines, collected.rows.slice(synthesized).map(describeRecord));

    function describeRecord(row: Row): string {
      const { kind, time, pid, tid, cpu, args } = row;
      const place = `${time} ${pid} ${tid} ${cpu} ${kind}`;
      switch (kind) {
        case 'Sample':
          // Its instruction pointer is not ours to know, but for the clock.
          return `${place} ${row.event} ${row.event === 'cpu-clock' ? args[0] : '-'}`;
        case 'Fork':
          return `${place} ${args[0]} ${args[1]}`;
        case 'Comm':
          return `${place} ${collected.reader.strings[args[0]]} ${args[1]}`;
        case 'Lost':
          return `${place} ${args[0]}`;
        default:
          return place;
      }
    }
  });
});

function collectFile(): Collected {
  return collect([forms.file], {}, options => new PerfFileReader(options));
}

/** What the program prints of a recording. */
function ask(reader: string, bytes: Uint8Array): string[] {
  writeFileSync(file, bytes);
  try {
    return execFileSync(program ?? '', [reader, file], {
      encoding: 'utf8',
      maxBuffer: 2 ** 30
    })
      .trimEnd()
      .split('\n');
  } finally {
    rmSync(file);
  }
}

/** All samples in the words of the program. */
function samples({ rows, reader }: Collected): string[] {
  return rows
    .filter(({ kind }) => kind === 'Sample')
    .map(({ event, time, pid, tid, cpu, args }) => {
      const fields =
        reader.events.find(({ name }) => name === event)?.fields ?? [];
      return [
        time,
        pid,
        tid,
        cpu,
        event,
        ...fields.map((field, index) => `${field}=${args[index]}`)
      ].join(' ');
    });
}

/**
 * Lines by their time. tracepoint_perf sorts each round for itself, so a record that a later round
 * brings stays behind; that our order is right is tested against perf script.
 */
function byTime(lines: string[]): string[] {
  return lines
    .map(line => ({ line, time: Number(line.split(' ', 1)[0]) }))
    .sort((a, b) => a.time - b.time || (a.line < b.line ? -1 : 1))
    .map(({ line }) => line);
}

/** A line without the probe's own address, and with numbers as doubles have them. */
function ownFields(line: string): string {
  return line
    .split(' ')
    .filter(part => !part.startsWith('__probe_'))
    .map(part =>
      part.replace(/=(-?\d+)$/, (_, value: string) => `=${Number(value)}`)
    )
    .join(' ');
}

/** A sample's line with the instruction pointer as a double has it, or without. */
function roundedIp(line: string): string {
  return line.replace(
    /( Sample )(\S+) (\d+)$/,
    (_, kind: string, event: string, ip: string) =>
      `${kind}${event} ${event === 'cpu-clock' ? Number(ip) : '-'}`
  );
}

/** Compares line by line and shows the first place where they differ. */
function expectSame(expected: string[], actual: string[]): void {
  const differs = expected.findIndex((line, at) => line !== actual[at]);
  if (differs >= 0) {
    expect(actual.slice(Math.max(0, differs - 2), differs + 3)).toEqual(
      expected.slice(Math.max(0, differs - 2), differs + 3)
    );
  }
  expect(actual.length).toBe(expected.length);
  expect(expected.length).toBeGreaterThan(2000);
}
