import { UNNAMED_TASK } from '../../threads/result';
import { TaskReader } from '../asyncio-tasks';
import { CodeTable } from '../code-table';
import { StackReader } from '../stack-reader';
import { PythonSession, interpreters, layoutOf } from './interpreters';

/** Names of the tasks of a stack, by the function of their coroutine; innermost first. */
type Tasks = [func: string, name: string][];

// Threads with an event loop each, which stand in a call; and the tasks that Python says they run.
const SCENES = `
import asyncio
locks, scenes, current = [], [], {}

def block():
    lock = _thread.allocate_lock()
    lock.acquire()
    locks.append(lock)
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    coroutine = task and task.get_coro()
    current[threading.get_ident()] = task and [
        getattr(coroutine, '__qualname__' if sys.version_info >= (3, 11) else '__name__'), task.get_name()]
    ready.release()
    lock.acquire()

def scene(known):
    def add(function):
        scenes.append((function, known))
    return add

async def stand():
    block()

async def deep(n):
    if n:
        return await deep(n - 1)
    async for _ in pause():
        block()

async def pause():
    await asyncio.sleep(0.001)
    yield 1

async def named(name, coroutine):
    await asyncio.get_running_loop().create_task(coroutine, name=name)

@scene(True)
def first_step():
    asyncio.run(named('fetch-3', stand()))

@scene(True)
def woken():
    asyncio.run(named('\\u0438\\u043c\\u044f \\U0001d4b3', deep(3)))

@scene(True)
def without_name():
    asyncio.run(named(None, stand()))

@scene(True)
def run_itself():
    asyncio.run(deep(0))

@scene(True)
def renamed():
    async def rename():
        asyncio.current_task().set_name('x' * 70)
        asyncio.current_task().set_name('l\\xe4ter')
        block()
    asyncio.run(rename())

@scene(True)
def named_by_number():
    asyncio.run(named(12345678901234567890, deep(1)))

@scene(True)
def gathered():
    async def gather():
        await asyncio.gather(asyncio.sleep(1), named('one of them', deep(2)))
    asyncio.run(gather())

@scene(True)
def of_a_class():
    class Task(asyncio.Task):
        pass
    loop = asyncio.new_event_loop()
    loop.run_until_complete(Task(stand(), loop=loop, name='own class'))

@scene(False)
def callback():
    loop = asyncio.new_event_loop()
    loop.call_soon(block)
    loop.run_forever()

@scene(False)
def timed_callback():
    loop = asyncio.new_event_loop()
    loop.call_later(0.001, deep, 3)
    loop.call_later(0.001, lambda x: block(), 'fetch-3')
    loop.run_forever()

@scene(False)
def task_of_python():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.tasks._PyTask(stand(), loop=loop, name='slow'))

@scene(False)
def no_loop():
    block()

ready = threading.Semaphore(0)
threads = [threading.Thread(target=function, daemon=True) for function, _ in scenes]
for thread in threads:
    thread.start()
for thread in threads:
    ready.acquire()
time.sleep(0.1)
answer = [[function.__name__, thread.ident, current[thread.ident] if known else None]
    for (function, known), thread in zip(scenes, threads)]
`;

// One thread in whose loop tasks come and go, each named as the function of its coroutine.
const BUSY = `
import asyncio
def spin():
    return sum(range(4000))
async def pause():
    spin()
    await asyncio.sleep(0)
functions = []
for number in range(6):
    exec(f'async def work_{number}():\\n for _ in range({number}):\\n  spin()\\n  await pause()\\n spin()')
    functions.append(globals()[f'work_{number}'])
async def busy():
    loop = asyncio.get_running_loop()
    while True:
        for count in (1, 1, 1, 3, 6):
            await asyncio.gather(*[loop.create_task(f(), name=f.__name__) for f in functions[-count:]])
        for f in functions:
            await loop.create_task(f(), name=f.__name__)
sys.setswitchinterval(1e-3)
thread = threading.Thread(target=lambda: asyncio.run(busy()), daemon=True)
thread.start()
answer = thread.ident
`;

describe.each(interpreters())('Python $version', interpreter => {
  let session: PythonSession;
  let stacks: StackReader;
  let tasks: TaskReader;
  let codes: CodeTable;
  beforeAll(async () => {
    session = await PythonSession.start(interpreter);
    const { program, layout } = session;
    stacks = new StackReader(program.readInto, layout, program.runtime);
    codes = new CodeTable(program.readInto, layout);
    tasks = new TaskReader(program.readInto, layout);
  });
  afterAll(() => session.stop());

  const stateOf = (ident: number): number => {
    const [state] = stacks
      .threadStates()
      .filter(({ threadId }) => threadId === ident);
    return state.threadState;
  };

  /** As the reader of stacks does it: a code object is met after its stack was read. */
  function tasksOf(threadState: number): Tasks | undefined {
    const count = stacks.read(threadState);
    if (!tasks.validate(stacks, count)) {
      return undefined;
    }
    const found: Tasks = [];
    for (let at = 0; at < count; at++) {
      const code = stacks.codes[at];
      const line = codes.lineOf(code, stacks.instructions[at]);
      if (line >= 0) {
        tasks.meet(code, codes.lines[line]);
        const task = tasks.taskAt(at, codes.lines[line]);
        if (task?.task !== undefined) {
          found.push([task.func, task.task]);
        }
      }
    }
    return found;
  }

  it('names the tasks that Python names', async () => {
    const scenes =
      await session.ask<[string, number, Tasks[0] | null][]>(SCENES);
    expect(scenes.filter(([, , task]) => task).length).toBeGreaterThan(7);
    for (const [scene, ident, task] of scenes) {
      const state = stateOf(ident);
      tasksOf(state);
      const found = tasksOf(state);
      const expected =
        task === null
          ? []
          : [[task[0], task[1].replace(/^Task-\d+$/, UNNAMED_TASK)]];
      expect([scene, found]).toEqual([scene, expected]);
      expect(stacks.validate()).toBe(true);
    }
  });

  it('names them while they come and go', async () => {
    const state = stateOf(await session.ask<number>(BUSY));
    const wrong: Tasks = [];
    const names = new Set<string>();
    let right = 0;
    for (let round = 0; round < 20_000; round++) {
      if (round > 4000 && right > 100 && names.size > 3) {
        break;
      }
      if (round % 20 === 0) {
        // Let it run on, where this machine has few processors.
        await new Promise(resolve => setTimeout(resolve, 2));
      }
      for (const [func, name] of tasksOf(state) ?? []) {
        if (name === func) {
          right++;
          names.add(name);
        } else if (func !== 'busy' || name !== UNNAMED_TASK) {
          wrong.push([func, name]);
        }
      }
    }
    // A reader that loses its CPU twice in one reading may find two steps in the same frame.
    expect(wrong.length).toBeLessThanOrEqual(right / 100);
    expect(right).toBeGreaterThan(100);
    expect(names.size).toBeGreaterThan(3);
  });
});

describe('hostile memory', () => {
  it('gives no task', async () => {
    const layouts = await Promise.all(interpreters().map(layoutOf));
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed;
    };
    const base = 0x10000;
    for (const layout of layouts) {
      let reads = 0;
      let round = 0;
      const tasks = new TaskReader((_, buffer, length) => {
        reads++;
        const view = new DataView(buffer.buffer);
        for (let at = 0; at + 8 <= length; at += 8) {
          // Every word leads to one of a few places, and some are none.
          view.setUint32(at, base + 8 * (random() % (1 + round)), true);
          view.setUint32(at + 4, random() % 20 === 0 ? random() : 0, true);
        }
        return round % 10 === 9 && random() % 4 === 0 ? 0 : length;
      }, layout);
      for (; round < 200; round++) {
        reads = 0;
        const stacks = new StackReader(() => 0, layout);
        const record = { file: 'asyncio/events.py', line: 1, func: '_run' };
        for (let at = 0; at < 20; at++) {
          stacks.codes[at] = at % 3;
          stacks.frames[at] = base + 8 * at;
        }
        tasks.meet(0, record);
        tasks.meet(1, { ...record, file: 'events.py' });
        expect(tasks.validate(stacks, 20)).toBe(false);
        for (let at = 0; at < 20; at++) {
          expect(tasks.taskAt(at, record)).toBeUndefined();
        }
        expect(reads).toBeGreaterThan(0);
        expect(reads).toBeLessThan(200);
      }
    }
  });
});
