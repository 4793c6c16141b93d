import { isCellLine, SourcePaths } from '../source-paths';
import { SourceStacks } from '../source-stacks';
import { madeStacks } from './made-lines';

const paths = new SourcePaths({
  cells: [
    {
      file: '/tmp/ipykernel_17/1234.py',
      cell: 'c0ffee',
      first_line: 2,
      label: 'In [3]'
    },
    { file: '<ipython-input-9-abc>', first_line: 0 }
  ],
  roots: {
    project: '/home/alice/work/',
    home: '/home/alice',
    libraries: [
      '/usr/lib/python3.11',
      '/home/alice/work/.venv/lib/python3.11/site-packages',
      '/'
    ]
  }
});

function named(file: string): string {
  return paths.place({ file, line: 1, func: '' }).file;
}

describe('the name of a file', () => {
  it.each([
    ['/tmp/ipykernel_17/1234.py', 'In [3]'],
    ['<ipython-input-9-abc>', 'cell'],
    // Cells that nobody told of: of earlier runs, or of another kernel.
    ['<ipython-input-12-1a2b3c>', 'In [12]'],
    ['/var/folders/x1/T/ipykernel_99/777.py', 'cell'],
    ['/home/alice/work/pkg/mod.py', 'pkg/mod.py'],
    [
      '/home/alice/work/.venv/lib/python3.11/site-packages/numpy/core.py',
      'numpy/core.py'
    ],
    ['/usr/lib/python3.11/threading.py', 'threading.py'],
    ['/home/alice/other/tool.py', '~/other/tool.py'],
    ['./script.py', 'script.py'],
    ['script.py', 'script.py'],
    ['<frozen importlib._bootstrap>', '<frozen importlib._bootstrap>'],
    ['/opt/app/main.py', '/opt/app/main.py'],
    ['', '']
  ])('%s is %s', (file, name) => {
    expect(named(file)).toBe(name);
  });

  it.each([
    ['/home/alice2/x.py', '…/x.py'],
    ['/home/bob/shared/x.py', '…/shared/x.py'],
    ['/export/home/bob/x.py', '…/x.py'],
    ['/Users/bob/x.py', '…/x.py'],
    ['/scratch/alice/run/x.py', '…/run/x.py'],
    ['/mnt/users/alice/alice/x.py', '…/x.py']
  ])('%s tells no name of a user: %s', (file, name) => {
    expect(named(file)).toBe(name);
  });

  it('tells no home where none is known', () => {
    const unknown = new SourcePaths({ cells: [], roots: { libraries: [] } });
    const { file } = unknown.place({
      file: '/home/alice/work/a.py',
      line: 1,
      func: ''
    });
    expect(file).toBe('…/work/a.py');
  });

  it('is short for a shared library', () => {
    expect(paths.libraryName('/usr/lib/x86_64-linux-gnu/libm.so.6')).toBe(
      'libm.so.6'
    );
    expect(
      paths.libraryName(
        '/home/alice/work/.venv/lib/python3.11/site-packages/numpy/_core/u.so'
      )
    ).toBe('numpy/_core/u.so');
    expect(paths.libraryName('[vdso]')).toBe('[vdso]');
    expect(paths.libraryName('')).toBe('');
  });
});

describe('a line', () => {
  it('of a cell counts as its author does', () => {
    const file = '/tmp/ipykernel_17/1234.py';
    expect(paths.place({ file, line: 5, func: 'work' })).toEqual({
      file: 'In [3]',
      line: 7,
      function: 'work',
      cell: 'c0ffee'
    });
    // Code without a line has none in the cell either.
    expect(paths.place({ file, line: 0, func: '' }).line).toBe(0);
  });

  it('is known as one of a cell', () => {
    expect(isCellLine({ file: 'In [3]', line: 1 })).toBe(true);
    expect(isCellLine({ file: 'cell', line: 1 })).toBe(true);
    expect(isCellLine({ file: 'x', line: 1, cell: 'c0ffee' })).toBe(true);
    expect(isCellLine({ file: 'In [3].py', line: 1 })).toBe(false);
    expect(isCellLine({})).toBe(false);
  });
});

describe('the line that is charged', () => {
  const lines = [
    { file: '/tmp/ipykernel_17/1234.py', line: 1, func: '<module>' },
    { file: '/tmp/ipykernel_17/1234.py', line: 2, func: 'work' },
    { file: '/home/alice/work/mod.py', line: 3, func: 'mod' },
    { file: '/usr/lib/python3.11/queue.py', line: 4, func: 'get' },
    { file: '<frozen runpy>', line: 5, func: 'run' }
  ];

  /** @param frames lines, innermost first */
  function charged(...frames: number[]): string | undefined {
    const outermostFirst = frames.reverse();
    const stacks = madeStacks(
      outermostFirst.map((line, index) => [index - 1, line] as const)
    );
    const place = new SourceStacks(lines, stacks, paths).chargedLine(
      stacks.length - 1
    );
    return place?.function;
  }

  it('is that of the innermost frame of a cell', () => {
    expect(charged(3, 1, 0)).toBe('work');
    expect(charged(3, 2, 1, 0)).toBe('work');
    expect(charged(0)).toBe('<module>');
  });

  it('else that of the innermost frame of the user’s own files', () => {
    expect(charged(3, 2, 4)).toBe('mod');
  });

  it('else that of the innermost frame', () => {
    expect(charged(3, 4)).toBe('get');
    expect(charged(4)).toBe('run');
  });

  it('is not known where no frame is', () => {
    expect(charged()).toBeUndefined();
    expect(charged(-1)).toBeUndefined();
    expect(charged(-1, 3)).toBe('get');
  });

  it('ends in stacks that go round in circles', () => {
    const stacks = madeStacks([
      [1, 3],
      [0, 4]
    ]);
    const made = new SourceStacks(lines, stacks, paths);
    expect(made.chargedLine(0)?.function).toBe('get');
    expect(made.frames(1, 3).map(frame => frame.function)).toEqual([
      'run',
      'get',
      'run'
    ]);
  });
});
