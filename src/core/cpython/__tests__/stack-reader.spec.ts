import { CodeTable } from '../code-table';
import { findGil, gilOfInterpreter } from '../gil';
import { readWord } from '../memory';
import { DEEPEST_STACK, StackReader } from '../stack-reader';
import type { ThreadStateRecord } from '../stack-reader';
import { PythonSession, interpreters } from './interpreters';
import type { Interpreter } from './interpreters';

/** [file, line, function], innermost first. */
type Frames = [string, number, string][];

// Threads that stand in all sorts of frames, each blocked in C; and what Python says of them.
const SCENES = `
import functools, os
locks = []
def block():
    lock = _thread.allocate_lock()
    lock.acquire()
    locks.append(lock)
    ready.release()
    lock.acquire()

def deep(n):
    if n == 0:
        return block()
    a, b, c = n, n, n
    return deep(n - 1) + a

def generator(n):
    if n:
        yield from generator(n - 1)
    yield block()

def lazily():
    return next(x for x in generator(3))

def decorate(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

class Thing:
    def __init__(self, stop=False):
        if stop:
            block()

    @property
    def value(self):
        return [block() for _ in range(2)][0]

    @decorate
    @decorate
    def method(self, key):
        return sorted([1, 2], key=lambda x: self.value if x == key else x)

    def __getattr__(self, name):
        return (lambda:
            block()
        )()

def construct():
    for i in range(3000):
        Thing(i == 2999)

async def coroutine(n):
    if n:
        async for item in agen(n):
            await coroutine(n - 1)
    return block()

async def agen(n):
    yield n

def asynchronous():
    import asyncio
    asyncio.run(coroutine(3))

def evaluated():
    exec(compile('\\n' * 70000 + '[eval("block()") for i in (1,)]', os.path.join('d' * 2000, 'long.py'), 'exec'))

def comprehension():
    return {k: [block() for v in [k]] for k in (
        1, 2)}

def lines():
    x = [
        1,
        block(
        ),
    ]

space = {'block': block}
exec(compile('def \\u0434\\u0435\\u043b\\u043e():\\n\\n  block()', 'p\\xe4th/\\xfcn.py', 'exec'), space)
exec(compile('class \\u540d\\u524d:\\n def \\U00020000(self):\\n  \\u0434\\u0435\\u043b\\u043e()', '\\u8def/\\U0001d4b3\\udcff.py', 'exec'), space)

scenes = [block, lambda: deep(0), lambda: deep(30), lambda: deep(120), lambda: deep(400), lazily, construct, comprehension, lines,
    lambda: Thing().method(2), lambda: Thing().value, lambda: Thing().missing, asynchronous, evaluated,
    space['\\u0434\\u0435\\u043b\\u043e'], getattr(space['\\u540d\\u524d'](), '\\U00020000')]

def stack(frame):
    found = []
    while frame is not None:
        code = frame.f_code
        found.append([code.co_filename, frame.f_lineno or 0, getattr(code, 'co_qualname', code.co_name)])
        frame = frame.f_back
    return found

ready = threading.Semaphore(0)
threads = [threading.Thread(target=scene, daemon=True) for scene in scenes]
for thread in threads:
    thread.start()
for thread in threads:
    ready.acquire()
time.sleep(0.1)
current = sys._current_frames()
answer = [[thread.ident, thread.native_id, stack(current[thread.ident])] for thread in threads]
`;

// One thread that goes up and down the same five functions.
const BUSY = `
def f4(n):
    return sum(range(n))
def f3(n):
    return f4(n) + f4(n + 1)
def f2(n):
    return f3(n) + sum(f3(x) for x in (n, n))
def f1(n):
    return f2(n) + f2(n)
def busy():
    while True:
        f1(40)
sys.setswitchinterval(1e-3)
thread = threading.Thread(target=busy, daemon=True)
thread.start()
answer = thread.ident
`;

// A thread that runs a sub-interpreter's code, which says that it does so by a pipe.
const SUB_INTERPRETER = `
import os
try:
    import _interpreters as sub
    run = sub.exec
except ImportError:
    import _xxsubinterpreters as sub
    run = sub.run_string
readable, writable = os.pipe()
keep = sub.create()
script = '''
import os, time
def circle():
    os.write(%d, b'1')
    while True:
        time.sleep(0.001)
circle()
''' % writable
threading.Thread(target=run, args=(keep, script), daemon=True).start()
os.read(readable, 1)
answer = 1
`;

describe.each(interpreters())('Python $version', interpreter => {
  let session: PythonSession;
  beforeAll(async () => {
    session = await PythonSession.start(interpreter);
  });
  afterAll(() => session.stop());

  const reader = (): StackReader =>
    new StackReader(
      session.program.readInto,
      session.layout,
      session.program.runtime
    );
  const table = (): CodeTable =>
    new CodeTable(session.program.readInto, session.layout);

  function frames(from: StackReader, count: number, codes: CodeTable): Frames {
    return Array.from({ length: count }, (_, at) =>
      codes.lineOf(from.codes[at], from.instructions[at])
    )
      .filter(index => index >= 0)
      .map(index => {
        const { file, line, func } = codes.lines[index];
        return [file, line, func];
      });
  }

  const stateOf = (
    states: readonly ThreadStateRecord[],
    ident: number
  ): ThreadStateRecord => {
    const found = states.filter(({ threadId }) => threadId === ident);
    expect(found).toHaveLength(1);
    return found[0];
  };

  it('reads stacks as Python has them', async () => {
    const scenes = await session.ask<[number, number, Frames][]>(SCENES);
    expect(scenes.length).toBeGreaterThan(10);
    const stacks = reader();
    const codes = table();
    const states = stacks.threadStates();
    expect(states).toHaveLength(scenes.length + 1);
    for (const [ident, nativeId, expected] of scenes) {
      const state = stateOf(states, ident);
      expect(state.nativeId).toBe(nativeId);
      const count = stacks.read(state.threadState);
      const found = frames(stacks, count, codes);
      if (count === DEEPEST_STACK) {
        expect(found.length).toBeGreaterThan(DEEPEST_STACK - 5);
        expect(found).toEqual(expected.slice(0, found.length));
      } else {
        expect(found).toEqual(expected);
      }
      expect(stacks.validate()).toBe(true);
      const some = stacks.read(state.threadState, 3);
      expect(some).toBeLessThanOrEqual(3);
      expect(stacks.validate()).toBe(true);
      const inner = frames(stacks, some, codes);
      expect(inner).toEqual(expected.slice(0, inner.length));
    }
  });

  it('reads the main thread, which waits for input', () => {
    const stacks = reader();
    const { program } = session;
    const state = stacks
      .threadStates()
      .find(({ nativeId }) => nativeId === program.nativeId);
    expect(state?.threadState).toBe(program.threadState);
    const count = stacks.read(program.threadState);
    const found = frames(stacks, count, table());
    expect(found).toEqual([['<string>', 9, '<module>']]);
  });

  it('reads a thread while it runs', async () => {
    const ident = await session.ask<number>(BUSY);
    const stacks = reader();
    const codes = table();
    const { threadState } = stateOf(stacks.threadStates(), ident);
    const callers: Record<string, string[]> = {
      f4: ['f3'],
      f3: ['f2', '<genexpr>'],
      '<genexpr>': ['f2'],
      f2: ['f1'],
      f1: ['busy'],
      busy: ['run']
    };
    const rounds = 3000;
    let valid = 0;
    const torn = new Map<string, number>();
    const innermost = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      if (round % 50 === 0) {
        // Let it run on, where this machine has few processors.
        await new Promise(resolve => setTimeout(resolve, 2));
      }
      const count = stacks.read(threadState);
      if (!stacks.validate()) {
        continue;
      }
      valid++;
      const names = frames(stacks, count, codes).map(([, , func]) =>
        func.replace(/.*\./, '')
      );
      innermost.add(names[0]);
      const end = names.indexOf('busy');
      if (
        end < 0 ||
        !names
          .slice(0, end)
          .every((name, at) => callers[name]?.includes(names[at + 1]))
      ) {
        const chain = names.join(' < ');
        torn.set(chain, (torn.get(chain) ?? 0) + 1);
      }
    }
    // A call takes less than a read, so some are torn; validate() lets few of them pass: those of a thread
    // that has come back to where it was.
    expect(valid).toBeGreaterThan(rounds / 20);
    const passed = [...torn.values()].reduce((sum, times) => sum + times, 0);
    expect(passed / valid).toBeLessThan(0.05);
    expect(innermost).toContain('f4');
  });

  it('finds the threads and the GIL of a sub-interpreter', async () => {
    const apart = await PythonSession.start(interpreter);
    try {
      await apart.ask<number>(SUB_INTERPRETER);
      const { program, layout } = apart;
      const stacks = new StackReader(program.readInto, layout, program.runtime);
      const states = stacks.threadStates();
      const own = states.filter(
        ({ threadState }) => threadState === program.threadState
      );
      expect(own).toHaveLength(1);
      const [{ interpreter: main }] = own;
      const others = states.filter(state => state.interpreter !== main);
      const codes = new CodeTable(program.readInto, layout);
      const running = others.filter(({ threadState }) => {
        const count = stacks.read(threadState);
        return frames(stacks, count, codes).some(
          ([, , func]) => func === 'circle'
        );
      });
      expect(running).toHaveLength(1);
      const [mainGil, otherGil] = [main, running[0].interpreter].map(address =>
        gilOfInterpreter(program.read, address, layout)
      );
      if (interpreter.minor < 12) {
        expect([mainGil, otherGil]).toEqual([undefined, undefined]);
        return;
      }
      if (interpreter.minor >= 13) {
        const { address } = findGil({
          readMemory: program.read,
          runtime: { address: program.runtime, size: 4096 },
          switchIntervalUs: 5000,
          minor: interpreter.minor
        });
        expect(mainGil?.address).toBe(address);
      }
      // PEP 684: its own. Nobody else ever asks for it.
      expect(otherGil?.address).not.toBe(mainGil?.address);
      expect(readWord(program.read, otherGil?.lastHolder ?? 0)).toBe(
        running[0].threadState
      );
      expect(states.map(state => state.threadState)).toContain(
        readWord(program.read, mainGil?.lastHolder ?? 0)
      );
    } finally {
      apart.stop();
    }
  });
});

describe('hostile memory', () => {
  const versions: Interpreter[] = interpreters();

  it('gives nothing for addresses that are none', async () => {
    for (const version of versions) {
      const session = await PythonSession.start(version);
      const { program, layout } = session;
      const stacks = new StackReader(program.readInto, layout, 8);
      for (const address of [0, -1, NaN, 1, 4096, 2 ** 47, 2 ** 63, 12345.5]) {
        expect(stacks.read(address)).toBe(0);
        expect(stacks.validate()).toBe(false);
      }
      expect(stacks.threadStates()).toEqual([]);
      session.stop();
    }
  });

  it('ends in memory that leads in circles, and in noise', async () => {
    const layouts = await Promise.all(
      versions.map(async version => {
        const session = await PythonSession.start(version);
        session.stop();
        return session.layout;
      })
    );
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed;
    };
    for (const layout of layouts) {
      for (let round = 0; round < 200; round++) {
        let reads = 0;
        const base = 0x10000;
        const stacks = new StackReader(
          (_, buffer, length) => {
            reads++;
            if (round % 10 === 9 && random() % 4 === 0) {
              return 0;
            }
            const view = new DataView(buffer.buffer);
            for (let at = 0; at + 8 <= length; at += 8) {
              // Every word leads to one of a few places.
              const places = 1 + (round % 50);
              const to = base + 8 * (random() % places);
              view.setUint32(at, to, true);
              view.setUint32(at + 4, 0, true);
            }
            return length;
          },
          layout,
          base
        );
        const count = stacks.read(base);
        expect(count).toBeLessThanOrEqual(DEEPEST_STACK);
        stacks.validate();
        stacks.threadStates();
        expect(reads).toBeLessThan(60_000);
      }
    }
  });
});
