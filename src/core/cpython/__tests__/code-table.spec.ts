import * as fc from 'fast-check';
import { CodeTable } from '../code-table';
import type { FrameLayout } from '../frame-layout';
import type { ReadInto } from '../memory';
import { PythonSession, interpreters, layoutOf } from './interpreters';

// Functions of a module: [address of the code, file, function, line of each code unit] by Python's word.
const MODULE = `
import argparse, dis, types
def lines_of(code):
    n = len(code.co_code) // 2
    lines = [0] * n
    if sys.version_info >= (3, 10):
        for start, end, line in code.co_lines():
            for at in range(start // 2, end // 2):
                lines[at] = line or 0
    else:
        starts = list(dis.findlinestarts(code)) + [(2 * n, 0)]
        for (start, line), (end, _) in zip(starts, starts[1:]):
            for at in range(start // 2, end // 2):
                lines[at] = line
    return lines
def rows(code):
    yield [id(code), code.co_filename, getattr(code, 'co_qualname', code.co_name), code.co_firstlineno, lines_of(code)]
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            yield from rows(value)
keep = [compile(open(argparse.__file__, encoding='utf8').read(), argparse.__file__, 'exec')]
answer = list(rows(keep[0]))
`;

// Functions whose code objects go, and others of the same size that come where they were.
const FIRST = `
import gc
def make(file, name, line):
    space = {}
    exec(compile('\\n' * line + 'def %s():\\n  x = 1\\n  return x' % name, file, 'exec'), space)
    return space[name]
functions = [make('one.py', 'first', 10) for i in range(200)]
answer = [id(function.__code__) for function in functions]
`;
const SECOND = `
before = {id(function.__code__) for function in functions}
functions.clear()
gc.collect()
others = [make('two.py', 'other', 20) for i in range(1000)]
again = [other.__code__ for other in others if id(other.__code__) in before]
answer = [id(code) for code in again]
`;
const GONE = `
# As a freed object that was written over: its type, names and tables are gone.
ctypes.memset(id(again[0]) + 8, 0x5a, 100)
answer = 0
`;

type Row = [number, string, string, number, number[]];

describe.each(interpreters())('Python $version', interpreter => {
  let session: PythonSession;
  let layout: FrameLayout;
  beforeAll(async () => {
    session = await PythonSession.start(interpreter);
    ({ layout } = session);
  });
  afterAll(() => session.stop());

  /** What a probe would have for the unit-th code unit. */
  const instruction = (code: number, unit: number): number => {
    switch (layout.frame.instructionKind) {
      case 'pointer':
        return code + layout.code.bytecode + 2 * unit;
      case 'bytes':
        // f_lasti is -1 before the first instruction.
        return unit < 0 ? unit : 2 * unit;
      case 'units':
        return unit;
    }
  };

  it('tells the line of every instruction of a module', async () => {
    const rows = await session.ask<Row[]>(MODULE);
    expect(rows.length).toBeGreaterThan(100);
    let reads = 0;
    const table = new CodeTable((...args) => {
      reads++;
      return session.program.readInto(...args);
    }, layout);
    const tag = interpreter.minor >= 14 ? 1 : 0;
    for (const [code, file, func, firstLine, lines] of rows) {
      let line = 0;
      lines.forEach((own, unit) => {
        // Code without a line of its own goes with what stands before it.
        line = own === 0 ? line : own;
        for (const address of [code, code + tag]) {
          const index = table.lineOf(address, instruction(code, unit));
          expect(table.lines[index]).toEqual({ file, line, func });
        }
      });
      const before = table.lineOf(code, instruction(code, -1));
      expect(table.lines[before]).toEqual({ file, line: firstLine, func });
      for (const outside of [-2, lines.length, lines.length + 1e6, 0.25]) {
        expect(table.lineOf(code, instruction(code, outside))).toBe(-1);
      }
      expect(table.lineOf(code, NaN)).toBe(-1);
    }
    // Two objects may have the same line, which is one entry.
    const keys = table.lines.map(line => JSON.stringify(line));
    expect(new Set(keys).size).toBe(keys.length);
    const after = reads;
    for (const [code, , , , lines] of rows) {
      lines.forEach((_, unit) => table.lineOf(code, instruction(code, unit)));
    }
    expect(reads).toBe(after);
  });

  it('notices a code object that took the address of another', async () => {
    const before = await session.ask<number[]>(FIRST);
    const table = new CodeTable(session.program.readInto, layout);
    const line = (code: number): number =>
      table.lineOf(code, instruction(code, 0));
    const one = { file: 'one.py', func: 'first' };
    const two = { file: 'two.py', func: 'other' };
    const [first] = new Set(before.map(line));
    expect(table.lines[first]).toMatchObject(one);
    table.revalidate();
    expect(new Set(before.map(line))).toEqual(new Set([first]));
    const again = await session.ask<number[]>(SECOND);
    expect(again).not.toHaveLength(0);
    table.revalidate();
    for (const code of again) {
      expect(table.lines[line(code)]).toMatchObject(two);
    }
    expect(table.lines[first]).toMatchObject(one);
    await session.ask(GONE);
    table.revalidate();
    expect(line(again[0])).toBe(-1);
  });
});

it('reads a bad address seldom, and finds out when it has become good', async () => {
  const [interpreter] = interpreters();
  const session = await PythonSession.start(interpreter);
  const [code] = await session.ask<number[]>(FIRST);
  let reads = 0;
  let broken = true;
  const read: ReadInto = (...args) => {
    reads++;
    return broken ? 0 : session.program.readInto(...args);
  };
  const table = new CodeTable(read, session.layout);
  const start =
    session.layout.frame.instructionKind === 'pointer'
      ? code + session.layout.code.bytecode
      : 0;
  for (let event = 0; event < 100; event++) {
    expect(table.lineOf(code, start)).toBe(-1);
  }
  expect(reads).toBeLessThan(3);
  for (let tick = 0; tick < 200; tick++) {
    table.revalidate();
    table.lineOf(code, start);
  }
  expect(reads).toBeLessThan(20);
  broken = false;
  for (let tick = 0; tick < 64; tick++) {
    table.revalidate();
  }
  expect(table.lines[table.lineOf(code, start)]).toMatchObject({
    file: 'one.py',
    func: 'first'
  });
  session.stop();
});

it('bears any memory', async () => {
  const layouts = await Promise.all(
    interpreters().map(interpreter => layoutOf(interpreter))
  );
  const words = fc.oneof(
    fc.integer({ min: 0, max: 64 }).map(at => 0x10000 + 8 * at),
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 })
  );
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 1, maxLength: 64 }),
      fc.constantFrom(...layouts),
      fc.boolean(),
      (memory, layout, typesRight) => {
        let reads = 0;
        const read: ReadInto = (address, buffer, length) => {
          reads++;
          const view = new DataView(buffer.buffer);
          for (let at = 0; at + 8 <= length; at += 8) {
            const index = Math.floor((address + at) / 8) % memory.length;
            view.setUint32(at, memory[index], true);
            view.setUint32(at + 4, 0, true);
          }
          if (typesRight && length === 8) {
            buffer.set(Buffer.from(['code', 'str', 'bytes'][reads % 3] + '\0'));
          }
          return length;
        };
        const table = new CodeTable(read, layout);
        for (const code of memory) {
          const line = table.lineOf(code, code + layout.code.bytecode);
          expect(line).toBeGreaterThanOrEqual(-1);
          expect(line).toBeLessThan(Math.max(table.lines.length, 0));
        }
        table.revalidate();
      }
    ),
    { numRuns: 300 }
  );
});
