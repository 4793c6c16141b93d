import { execFileSync } from 'child_process';
import * as fc from 'fast-check';
import { decodeLines, lineTableKind } from '../line-table';
import type { LineTableKind } from '../line-table';
import { interpreters } from './interpreters';

// Every code object of some modules, and what Python itself says of its lines.
const DUMP = `
import dis, json, sys, types
import argparse, ast, inspect, tarfile, typing, asyncio.base_events, dataclasses, subprocess, pickle, difflib, statistics, doctest
def expected(code):
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
    if sys.version_info >= (3, 11):
        assert lines == [p[0] or 0 for p in code.co_positions()]
    return lines
def walk(code):
    table = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
    print(json.dumps([code.co_name, table.hex(), code.co_firstlineno, expected(code)]))
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            walk(value)
seen = 0
for module in [argparse, ast, inspect, tarfile, typing, asyncio.base_events, dataclasses, subprocess, pickle, difflib, statistics, doctest]:
    with open(module.__file__, encoding='utf8') as f:
        walk(compile(f.read(), module.__file__, 'exec'))
# Lines that go back, far jumps, and none at all.
walk(compile('x = (' + '\\n' * 700 + 'f(1,\\n2,\\n\\n3' + '\\n' * 300 + ')' + ')\\nfor i in x: y = [\\ni\\n for j in x]', 'gap', 'exec'))
`;

const KINDS: LineTableKind[] = ['lnotab', 'deltas', 'locations'];

describe.each(interpreters())('Python $version', ({ executable, minor }) => {
  it('decodes what its compiler wrote as itself does', () => {
    const rows = execFileSync(executable, ['-I', '-X', 'utf8', '-c', DUMP], {
      encoding: 'utf8',
      maxBuffer: 1 << 28
    })
      .trim()
      .split('\n')
      .map(row => JSON.parse(row) as [string, string, number, number[]]);
    expect(rows.length).toBeGreaterThan(800);
    for (const [name, table, firstLine, lines] of rows) {
      const found = decodeLines(
        lineTableKind(minor),
        Buffer.from(table, 'hex'),
        firstLine,
        lines.length
      );
      expect([name, ...found]).toEqual([name, ...lines]);
    }
  });
});

it.each(KINDS)('bears any %s table', kind => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: -5, max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: 300 }),
      (table, firstLine, units) => {
        const lines = decodeLines(kind, table, firstLine, units);
        expect(lines).toHaveLength(units);
        expect(lines.every(line => line >= 0)).toBe(true);
      }
    )
  );
});
