/** Recordings made by the real perf, for tests. They need root and tracefs. */
import {
  execFileSync,
  spawn,
  spawnSync,
  type ChildProcess
} from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

/**
 * Threads that sleep, wake each other and call PyEval_SaveThread (in os.stat). It says where that
 * function lies in which file, then waits for a line.
 */
const WORKLOAD = `
import ctypes, json, os, sys, threading, time
address = ctypes.cast(ctypes.pythonapi.PyEval_SaveThread, ctypes.c_void_p).value
for line in open('/proc/self/maps'):
    fields = line.split()
    low, high = (int(part, 16) for part in fields[0].split('-'))
    if low <= address < high:
        print(json.dumps({'path': fields[5], 'offset': address - low + int(fields[2], 16)}), flush=True)
sys.stdin.readline()
def work():
    for turn in range(int(sys.argv[1])):
        os.stat('/')
        if turn % 50 == 0:
            time.sleep(0.0005)
for _ in range(3):
    threads = [threading.Thread(target=work) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
`;

export interface Workload {
  process: ChildProcess;
  /** File that holds PyEval_SaveThread, and where in it. */
  path: string;
  offset: number;
}

/** Starts the workload; it does its work once \`start\` is called. */
export async function startWorkload(turns: number): Promise<Workload> {
  // The interpreter itself: a shim on PATH would be traced too.
  const python = execFileSync(
    'python3',
    ['-c', 'import sys; print(sys.executable)'],
    { encoding: 'utf8' }
  ).trim();
  const child = spawn(python, ['-c', WORKLOAD, String(turns)], {
    stdio: ['pipe', 'pipe', 'inherit']
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const place = JSON.parse(line.toString()) as { path: string; offset: number };
  return { process: child, ...place };
}

/**
 * Records with `perf record -o - ARGS` while the workload does its work, and returns the stream as it
 * came in.
 * @param options.stall whether nothing is read while the workload works, so that perf has to lose
 * records
 * @param options.output the file to record into instead
 */
export async function record(
  workload: Workload,
  args: string[],
  { stall = false, output = '-' } = {}
): Promise<Buffer[]> {
  const perf = spawn(
    'perf',
    ['record', '-o', output, '--control', 'fd:3,4', ...args],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] }
  );
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  perf.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  perf.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
  const closed = once(perf, 'close');
  const control = perf.stdio[3] as Writable;
  const answers = perf.stdio[4] as Readable;
  control.on('error', () => undefined);
  control.write('ping\n');
  await Promise.race([once(answers, 'data'), closed]);
  const ended = once(workload.process, 'exit');
  if (stall) {
    perf.stdout?.pause();
  }
  workload.process.stdin?.write('go\n');
  await ended;
  perf.stdout?.resume();
  control.write('stop\n');
  const [code] = await closed;
  if (code !== 0) {
    throw new Error(
      `perf ended with ${code}: ${Buffer.concat(errors).toString()}`
    );
  }
  return chunks;
}

const TRACEFS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].find(
  place => existsSync(`${place}/uprobe_events`)
);

/**
 * Defines a uprobe, by append only: opening it otherwise would remove the probes of others.
 * @param kind p at the function's entry, r at its return
 */
export function defineProbe(
  name: string,
  workload: Workload,
  fetch: string,
  kind: 'p' | 'r' = 'p'
): void {
  command(
    `${kind}:${name} ${workload.path}:0x${workload.offset.toString(16)} ${fetch}`
  );
}

/** Removes an own uprobe. */
export function removeProbe(name: string): void {
  command(`-:${name}`);
}

function command(line: string): void {
  appendFileSync(`${TRACEFS}/uprobe_events`, `${line}\n`, { flag: 'a' });
}

/**
 * The recording as `perf script` prints it, a line an event, and how many events it found late.
 * @param fields what to print, as its option -F takes it
 * @param file where to put the recording: files can't be read from a pipe
 * @throws if perf script fails.
 */
export function perfScript(
  stream: Uint8Array,
  fields = 'comm,pid,tid,cpu,time,event,trace',
  file?: string
): {
  lines: string[];
  late: number;
} {
  if (file !== undefined) {
    writeFileSync(file, stream);
  }
  const { status, stdout, stderr } = spawnSync(
    'perf',
    [
      'script',
      '-i',
      file ?? '-',
      '--ns',
      '--hide-call-graph',
      '--show-task-events',
      '--show-switch-events',
      '--show-lost-events',
      '-F',
      fields
    ],
    {
      input: file === undefined ? stream : '',
      encoding: 'utf8',
      maxBuffer: 2 ** 30
    }
  );
  if (file !== undefined) {
    rmSync(file);
  }
  if (status !== 0) {
    throw new Error(`perf script ended with ${status}: ${stderr}`);
  }
  return {
    lines: stdout.split('\n').filter(line => line !== ''),
    late: Number(/(\d+) out of order events/.exec(stderr)?.[1] ?? 0)
  };
}
