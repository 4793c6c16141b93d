import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeTable } from '../../../core/cpython/code-table';
import type { PythonSession } from '../../../core/cpython/__tests__/interpreters';
import type { StackReadings } from '../../../core/threads/stack-readings';
import { NativeNames } from '../../target/native-names';
import { ProcessMemory } from '../process-memory';
import type { StackSampler } from '../stack-sampler';
import { codeOf, startSession } from './live-session';

/** Mean time between two readings that is asked for. */
const PERIOD = 1_000_000;

/** How long a test waits for readings: they come within milliseconds, but a busy machine takes its time. */
const PATIENCE = 15_000;

/** [file, line, function], innermost first. */
type Frames = [string, number, string][];

interface Standing {
  tid: number;
  tstate: number;
  frames: Frames;
}

/**
 * Threads that stand still, or run; each tells its thread state, and Python tells its frames. They are started without
 * \`threading\`, so that their outermost frame is their own.
 */
const PREPARE = `
import os
told, go = {}, _thread.allocate_lock()
go.acquire()
def tell(name):
    told[name] = [threading.get_native_id(), api.PyThreadState_Get(), _thread.get_ident()]
def block(name):
    tell(name)
    go.acquire()
def spin(name):
    tell(name)
    while True: pass
def keep(name):
    tell(name)
    ctypes.PyDLL(None).usleep(1_500_000)  # keeps the GIL
def stack(frame):
    found = []
    while frame is not None:
        code = frame.f_code
        found.append([code.co_filename, frame.f_lineno, getattr(code, 'co_qualname', code.co_name)])
        frame = frame.f_back
    return found
def compiled(file, text):
    space = dict(globals())
    exec(compile(text, file, 'exec'), space)
    return space
def begin(function, *names):
    for name in names:
        _thread.start_new_thread(function, (name,))
        while name not in told: time.sleep(0.001)
    time.sleep(0.05)
def standing(name):
    tid, tstate, ident = told[name]
    return {'tid': tid, 'tstate': tstate, 'frames': stack(sys._current_frames()[ident])}
`;

/** As it is bundled: the reader is a file of its own beside the one that starts it. */
let folder: string;
let Sampler: typeof StackSampler;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'giltracer-'));
  buildSync({
    entryPoints: {
      starter: join(__dirname, '../stack-sampler.ts'),
      'stack-sampler': join(__dirname, '../stack-sampler-worker.ts')
    },
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs'
  });
  const starter = jest.requireActual<{ StackSampler: typeof StackSampler }>(
    join(folder, 'starter.cjs')
  );
  Sampler = starter.StackSampler;
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('StackSampler', () => {
  let session: PythonSession;
  let memory: ProcessMemory;
  let codes: CodeTable;
  let sampler: StackSampler;
  let origin: bigint;
  beforeEach(async () => {
    session = await startSession();
    await session.ask(PREPARE);
    memory = new ProcessMemory(session.program.pid);
    codes = new CodeTable(memory.readInto, session.layout);
  });
  afterEach(async () => {
    await sampler.stop();
    memory.close();
    session.stop();
    await session.program.closed;
  });

  function begin(launcher: readonly string[] = [], depth = 64): void {
    const { runtime, gil } = codeOf(session);
    origin = process.hrtime.bigint();
    const { pid } = session.program;
    sampler = new Sampler(
      {
        pid,
        layout: session.layout,
        runtime: runtime.address,
        gil,
        origin,
        period: PERIOD,
        depth,
        others: 1
      },
      codes,
      launcher
    );
  }

  const now = (): number => Number(process.hrtime.bigint() - origin);

  /** Waits for what is to be read, then stops. */
  async function readUntil(
    enough: (readings: StackReadings) => boolean
  ): Promise<StackReadings> {
    await readWhile(() => !enough(sampler.readings));
    await sampler.stop();
    return sampler.readings;
  }

  async function readWhile(condition: () => boolean): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (condition() && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  }

  function framesOf({ stacks }: StackReadings, stack: number): Frames {
    const frames: Frames = [];
    for (let node = stack; node >= 0; node = stacks.parent[node]) {
      const { file, line, func } = codes.lines[stacks.line[node]];
      frames.push([file, line, func]);
    }
    return frames;
  }

  /** Rows of a thread. */
  function rowsOf({ samples }: StackReadings, tid: number): number[] {
    return Array.from({ length: samples.length }, (_, row) => row).filter(
      row => samples.tid[row] === tid
    );
  }

  /** The threads that were found with a thread state. */
  const statesOf = ({ states }: StackReadings, tstate: number): number[] =>
    states.filter(state => state.tstate === tstate).map(({ tid }) => tid);

  const seen = (readings: StackReadings, tids: number[], times = 3): boolean =>
    tids.every(tid => rowsOf(readings, tid).length >= times);

  it('reads each thread where it stands', async () => {
    const threads = await session.ask<Standing[]>(`
def deep(name, n=5):
    return deep(name, n - 1) if n else block(name)
begin(block, 'shallow')
begin(deep, 'deep')
begin(compiled('p\\u00e4th/\\u8def.py', 'class Thing:\\n  def method(self, name):\\n\\n    block(name)')['Thing']().method, 'thing')
answer = [standing(name) for name in ('shallow', 'deep', 'thing')]
`);
    begin();
    const tids = threads.map(({ tid }) => tid);
    const readings = await readUntil(so => seen(so, tids));
    const { samples } = readings;
    for (const { tid, tstate, frames } of threads) {
      const rows = rowsOf(readings, tid);
      expect(rows.length).toBeGreaterThanOrEqual(3);
      for (const row of rows) {
        expect(framesOf(readings, samples.stack[row])).toEqual(frames);
        expect(samples.tstate[row]).toBe(tstate);
        expect(samples.complete[row]).toBe(1);
        // It waits for a lock; the GIL is nobody's.
        expect(samples.holding[row]).toBe(0);
      }
    }
    expect(readings.samples.ofHolders).toBe(0);
    expect(readings.native).toEqual([]);
    // The code of the deepest one, which recurses: as many frames as Python has, no more.
    expect(threads[1].frames).toHaveLength(7);
  });

  it('reads no more frames than it may', async () => {
    const [{ tid, frames }] = await session.ask<Standing[]>(`
def deep(name, n=20):
    return deep(name, n - 1) if n else block(name)
begin(deep, 'deep')
answer = [standing('deep')]
`);
    begin([], 8);
    const readings = await readUntil(so => seen(so, [tid]));
    for (const row of rowsOf(readings, tid)) {
      expect(framesOf(readings, readings.samples.stack[row])).toEqual(
        frames.slice(0, 8)
      );
    }
  });

  it('reads the holder of the GIL, evenly', async () => {
    const { tid, tstate } = await session.ask<Standing>(
      `begin(spin, 'spinning'); answer = standing('spinning')`
    );
    begin();
    const readings = await readUntil(({ samples }) => samples.ofHolders >= 100);
    const { samples, period } = readings;
    expect(samples.ofHolders).toBeGreaterThanOrEqual(100);
    let before = 0;
    for (const row of rowsOf(readings, tid)) {
      expect(samples.tstate[row]).toBe(tstate);
      expect(samples.time[row]).toBeGreaterThanOrEqual(before);
      before = samples.time[row];
      const [innermost] = framesOf(readings, samples.stack[row]);
      expect(innermost[2]).toBe('spin');
    }
    expect(before).toBeLessThan(now());
    // Nobody else wants it: all but all readings of a holder are of this thread.
    const holding = rowsOf(readings, tid).filter(
      row => samples.holding[row] === 1
    );
    expect(holding.length).toBeGreaterThanOrEqual(0.9 * samples.ofHolders);
    // One each period on average, or rarer where the machine is busy.
    expect(period).toBeGreaterThan(0.7 * PERIOD);
    const first = samples.time[holding[0]];
    expect(holding.length).toBeLessThanOrEqual(
      (before - first) / (0.7 * PERIOD) + 1
    );
  });

  it('tells where in native code a holder sleeps', async () => {
    const { tid } = await session.ask<Standing>(
      `begin(block, 'before'); answer = standing('before')`
    );
    expect(tid).toBeGreaterThan(0);
    begin();
    // It asks for no answer before it is through: this one comes when the GIL is free again.
    const kept = session.ask<number>(`
begin(keep, 'keeping')
answer = told['keeping'][0]
`);
    const { native } = await readUntil(so => so.native.length >= 3);
    expect(native.length).toBeGreaterThanOrEqual(3);
    const names = new NativeNames(session.program.pid);
    const keeper = await kept;
    for (const { tid: sleeper, time, ip } of native) {
      expect(sleeper).toBe(keeper);
      expect(time).toBeLessThan(now());
      // Where the C library enters the kernel to sleep.
      const { symbol, library } = names.placeOf(ip);
      expect(library).toMatch(/\/(libc[.-]|ld-musl)/);
      expect(symbol).toMatch(/nanosleep/);
    }
  });

  it('leaves out the frames of what starts the program, and no others', async () => {
    const [called, again, nothing] = await session.ask<Standing[]>(`
starter = compiled('starter.py', 'def start(function, name): function(name)')['start']
def program(name):
    starter(block, name)
first = compiled('first.py', '''
def called(name): starter(program, name)
def again(name): program(name)
def nothing(name):
    tell(name)
    go.acquire()
''')
begin(first['called'], 'called')
begin(first['again'], 'again')
begin(first['nothing'], 'nothing')
answer = [standing(name) for name in ('called', 'again', 'nothing')]
`);
    begin(['starter.py', 'first.py']);
    const readings = await readUntil(so => seen(so, [called.tid, again.tid]));
    expect(called.frames.map(([file]) => file)).toEqual([
      '<asked>',
      'starter.py',
      '<asked>',
      'starter.py',
      'first.py'
    ]);
    for (const { tid, frames } of [called, again]) {
      const rows = rowsOf(readings, tid);
      expect(rows.length).toBeGreaterThanOrEqual(3);
      const own = frames.slice(0, 3);
      for (const row of rows) {
        expect(framesOf(readings, readings.samples.stack[row])).toEqual(own);
      }
    }
    expect(nothing.frames.map(([file]) => file)).toEqual(['first.py']);
    expect(rowsOf(readings, nothing.tid)).toEqual([]);
    // Whose its thread state is, is known all the same.
    for (const { tid, tstate } of [called, again, nothing]) {
      expect(statesOf(readings, tstate)).toEqual([tid]);
    }
  });

  it('tells when the memory of a thread state is another thread’s', async () => {
    const [first] = await session.ask<Standing[]>(`
begin(block, 'first')
answer = [standing('first')]
`);
    begin();
    await readWhile(() => statesOf(sampler.readings, first.tstate).length < 1);
    const [second] = await session.ask<Standing[]>(`
go.release()
time.sleep(0.1)
other = 0
while other < 100:
    other += 1
    begin(block, other)
    if told[other][1] == told['first'][1]: break
answer = [standing(other)]
`);
    expect(second.tstate).toBe(first.tstate);
    const both = [first.tid, second.tid];
    const readings = await readUntil(
      so => statesOf(so, first.tstate).length >= both.length
    );
    expect(statesOf(readings, first.tstate)).toEqual(both);
    for (const row of rowsOf(readings, second.tid)) {
      expect(readings.samples.tstate[row]).toBe(second.tstate);
    }
  });

  it('ends at once when the process has ended', async () => {
    begin();
    const { program } = session;
    session.stop();
    await program.closed;
    const before = Date.now();
    await sampler.stop();
    expect(Date.now() - before).toBeLessThan(5000);
  });

  it('has no readings of a process that it can’t read', async () => {
    const { runtime, gil } = codeOf(session);
    origin = process.hrtime.bigint();
    session.stop();
    await session.program.closed;
    sampler = new Sampler(
      {
        pid: session.program.pid,
        layout: session.layout,
        runtime: runtime.address,
        gil,
        origin,
        period: PERIOD,
        depth: 64,
        others: 1
      },
      codes,
      []
    );
    const { samples, period } = await readUntil(() => true);
    expect(samples.length).toBe(0);
    expect(period).toBe(0);
  });
});
