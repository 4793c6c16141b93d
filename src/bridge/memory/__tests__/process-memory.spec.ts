import type { PythonSession } from '../../../core/cpython/__tests__/interpreters';
import { ProcessMemory } from '../process-memory';
import { startSession } from './live-session';

/** Two pages of which the second one is given back: nothing is mapped there then. */
const PAGES = `
import mmap
page = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
pages = libc.mmap(None, 2 * page, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
text = bytes(i % 251 for i in range(page))
ctypes.memmove(pages, text, page)
assert libc.munmap(pages + page, page) == 0
answer = [pages, page, list(text)]
`;

describe('ProcessMemory', () => {
  let session: PythonSession;
  let memory: ProcessMemory;
  let start: number;
  let page: number;
  let text: number[];
  beforeAll(async () => {
    session = await startSession();
    [start, page, text] = await session.ask<[number, number, number[]]>(PAGES);
    memory = new ProcessMemory(session.program.pid);
  });
  afterAll(() => {
    memory.close();
    session.stop();
  });

  it('reads what the process wrote', () => {
    expect(Array.from(memory.read(start, page))).toEqual(text);
    expect(Array.from(memory.read(start + 300, 7))).toEqual(
      text.slice(300, 307)
    );
    const buffer = new Uint8Array(16).fill(255);
    expect(memory.readInto(start + 5, buffer, 10)).toBe(10);
    expect(Array.from(buffer)).toEqual([
      ...text.slice(5, 15),
      ...Array<number>(6).fill(255)
    ]);
  });

  it('reads what is there now', async () => {
    const [before] = memory.read(start, 1);
    await session.ask(`ctypes.memset(pages, ${before + 1}, 1)`);
    expect(memory.read(start, 1)[0]).toBe(before + 1);
    await session.ask(`ctypes.memset(pages, ${before}, 1)`);
  });

  it('reads as far as something is mapped', () => {
    const end = start + page;
    expect(() => memory.read(end - 16, 32)).toThrow(
      new RangeError(`only 16 of 32 bytes at 0x${(end - 16).toString(16)}`)
    );
    const buffer = new Uint8Array(32);
    expect(memory.readInto(end - 16, buffer, 32)).toBe(16);
    expect(Array.from(buffer.subarray(0, 16))).toEqual(text.slice(-16));
    expect(() => memory.read(end, 8)).toThrow(/EIO/);
    expect(memory.readInto(end, buffer, 8)).toBe(0);
  });

  it.each([0, NaN, -8, 2 ** 63, Infinity])('refuses the address %d', bad => {
    expect(() => memory.read(bad, 8)).toThrow();
    expect(memory.readInto(bad, new Uint8Array(8), 8)).toBe(0);
  });

  it('reads nothing once it is closed', () => {
    const other = new ProcessMemory(session.program.pid);
    other.close();
    // The number of the file may be another one's now.
    const next = new ProcessMemory(session.program.pid);
    other.close();
    expect(() => other.read(start, 1)).toThrow(/not read any more/);
    expect(other.readInto(start, new Uint8Array(1), 1)).toBe(0);
    expect(next.read(start, 1)).toHaveLength(1);
    next.close();
  });

  it('reads nothing of a process that has ended', async () => {
    const ended = await startSession();
    const { pid } = ended.program;
    const open = new ProcessMemory(pid);
    ended.stop();
    await ended.program.closed;
    expect(open.readInto(start, new Uint8Array(1), 1)).toBe(0);
    open.close();
    expect(() => new ProcessMemory(pid)).toThrow(/ENOENT/);
  });
});
