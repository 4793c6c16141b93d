import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { ThreadBoard } from '../thread-board';

const SHIM = join(__dirname, '../../../../python_shim');

/** Names threads when it is told to; what it says of the names is what Python itself knows. */
const PROGRAM = `
import json, sys, threading
sys.path.insert(0, ${JSON.stringify(SHIM)})
from giltracer.thread_names import ThreadNames
names = ThreadNames()
print(json.dumps(names.board.place()), flush=True)
gate = threading.Event()
for line in sys.stdin:
    if line == 'begin\\n':
        names.start()
    threads = [threading.Thread(target=gate.wait, name=name, daemon=True) for name in line.split()]
    for thread in threads: thread.start()
    print(json.dumps([[thread.native_id, thread.name] for thread in threading.enumerate()]), flush=True)
`;

it('reads the names of threads from a program that runs', async () => {
  const program = spawn('python3', ['-c', PROGRAM]);
  try {
    const lines = createInterface({ input: program.stdout })[
      Symbol.asyncIterator
    ]();
    const said = async (): Promise<unknown> =>
      JSON.parse(String((await lines.next()).value));
    const place = (await said()) as { address: number; slots: number };
    const board = new ThreadBoard(program.pid ?? 0, place);
    board.refresh();
    expect(board.nameOf(program.pid ?? 0)).toBeUndefined();

    const long = 'ä'.repeat(40);
    const many = Array.from({ length: 40 }, (_, index) => `pool-${index}`);
    for (const order of ['begin', `wörker ${long}`, many.join(' ')]) {
      program.stdin.write(`${order}\n`);
      const threads = (await said()) as [number, string][];
      board.refresh();
      expect(threads.length).toBeGreaterThan(0);
      for (const [tid, name] of threads) {
        // An entry has room for 60 bytes, and no half letter.
        expect(board.nameOf(tid)).toBe(name === long ? 'ä'.repeat(30) : name);
      }
    }
    expect(board.nameOf(program.pid ?? 0)).toBe('MainThread');
    board.close();
  } finally {
    program.kill('SIGKILL');
  }
});

it('has no names of a program that is gone', () => {
  const board = new ThreadBoard(2 ** 22 + 1, { address: 4096, slots: 8 });
  board.refresh();
  expect(board.nameOf(1)).toBeUndefined();
  board.close();
});
