import type { PythonSession } from '../../../core/cpython/__tests__/interpreters';
import { ProcessLines } from '../process-lines';
import { ProcessMemory } from '../process-memory';
import { startSession } from './live-session';

/** Code address, file, first line and function, as Python has them. */
type Code = [number, string, number, string];

/** A function, compiled so that it begins on a line of its own; and a child that is told what to compile. */
const PREPARE = `
import os
kept = []
def made(file, line, name):
    space = {}
    exec(compile('\\n' * (line - 1) + f'def {name}(): pass', file, 'exec'), space)
    kept.append(space[name])
    code = space[name].__code__
    return [id(code), code.co_filename, code.co_firstlineno, code.co_name]
asked, ask = os.pipe()
told, tell = os.pipe()
def forked(file, line, name):
    child = os.fork()
    if child == 0:
        # So that it ends when its parent has.
        os.close(ask)
        os.write(tell, json.dumps(made(file, line, name)).encode())
        os.read(asked, 1)
        os._exit(0)
    return [child, json.loads(os.read(told, 4096))]
answer = made('parent.py', 12, 'both')
`;

describe('ProcessLines', () => {
  let session: PythonSession;
  let memory: ProcessMemory;
  let lines: ProcessLines;
  let both: Code;
  beforeEach(async () => {
    session = await startSession();
    both = await session.ask<Code>(PREPARE);
    memory = new ProcessMemory(session.program.pid);
    lines = new ProcessLines(session.program.pid, memory, session.layout);
  });
  afterEach(async () => {
    lines.close();
    memory.close();
    session.stop();
    await session.program.closed;
  });

  /** The line of a function that has not begun; undefined if it is not known. */
  function first(pid: number, [address]: Code): unknown[] | undefined {
    // Before its first instruction, which no layout puts below the code object.
    const { instructionKind } = session.layout.frame;
    const before =
      instructionKind === 'pointer'
        ? address + session.layout.code.bytecode - 2
        : -1;
    const index = lines.lineOf(pid, address, before);
    if (index < 0) {
      return undefined;
    }
    const { file, line, func } = lines.lines[index];
    return [file, line, func];
  }

  const fork = (
    file: string,
    line: number,
    name: string
  ): Promise<[number, Code]> =>
    session.ask<[number, Code]>(
      `answer = forked(${JSON.stringify(file)}, ${line}, ${JSON.stringify(name)})`
    );

  it('knows the lines of the process', () => {
    const { pid } = session.program;
    expect(first(pid, both)).toEqual(['parent.py', 12, 'both']);
    expect(first(pid, both)).toEqual(both.slice(1));
    expect(lines.lineOf(pid, 0, 0)).toBe(-1);
  });

  it('reads each process in its own memory, and numbers lines of all together', async () => {
    const { pid } = session.program;
    const [child, own] = await fork('child.py', 34, 'born_later');
    const [other, others] = await fork('other.py', 56, 'elsewhere');
    expect(first(child, own)).toEqual(['child.py', 34, 'born_later']);
    expect(first(other, others)).toEqual(['other.py', 56, 'elsewhere']);
    // It was made after the fork: the parent has nothing there, or something else.
    expect(first(pid, own)).not.toEqual(['child.py', 34, 'born_later']);
    // What was there before the fork is in all, and one line.
    const seen = lines.lines.length;
    expect(first(child, both)).toEqual(['parent.py', 12, 'both']);
    expect(first(other, both)).toEqual(['parent.py', 12, 'both']);
    expect(first(pid, both)).toEqual(['parent.py', 12, 'both']);
    expect(lines.lines).toHaveLength(seen + 1);
  });

  it('keeps what it read of a child that has ended', async () => {
    const [child, own] = await fork('child.py', 34, 'born_later');
    const [unseen, never] = await fork('other.py', 56, 'elsewhere');
    expect(first(child, own)).toEqual(['child.py', 34, 'born_later']);
    await session.ask(
      `os.write(ask, b'12'); os.waitpid(${child}, 0); os.waitpid(${unseen}, 0)`
    );
    expect(first(child, own)).toEqual(['child.py', 34, 'born_later']);
    expect(first(unseen, never)).toBeUndefined();
  });

  it('finds out that another code object has taken an address', async () => {
    const { pid } = session.program;
    expect(first(pid, both)).toEqual(['parent.py', 12, 'both']);
    // Freed memory is used again for what has its size (Objects/obmalloc.c).
    const next = await session.ask<Code>(`
import gc
kept.clear()
gc.collect()
for turn in range(1000):
    answer = made('next.py', 78, 'same')
    if answer[0] == ${both[0]}: break
`);
    expect(next[0]).toBe(both[0]);
    lines.revalidate();
    expect(first(pid, next)).toEqual(['next.py', 78, 'same']);
  });
});
