import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PythonSession } from '../../../core/cpython/__tests__/interpreters';
import { startSession } from '../../memory/__tests__/live-session';
import { NativeNames } from '../native-names';

/** Address of a C function, and the file that is mapped there, as the process itself sees it. */
const PREPARE = `
import os
def mapped(address):
    for line in open('/proc/self/maps'):
        fields = line.split(maxsplit=5)
        start, end = (int(part, 16) for part in fields[0].split('-'))
        if start <= address < end:
            return fields[5].rstrip('\\n') if len(fields) > 5 else ''
    return None
def place(function):
    address = ctypes.cast(function, ctypes.c_void_p).value
    return [address, mapped(address)]
answer = place(api.PyList_Append)
`;

type Place = [number, string];

describe('NativeNames', () => {
  let session: PythonSession;
  let names: NativeNames;
  let append: Place;
  beforeEach(async () => {
    session = await startSession();
    append = await session.ask<Place>(PREPARE);
    names = new NativeNames(session.program.pid);
  });
  afterEach(async () => {
    session.stop();
    await session.program.closed;
  });

  /** A library that nobody has loaded yet. */
  async function copiedLibrary(folder: string): Promise<string> {
    const path = await session.ask<string>(
      `answer = __import__('_ctypes').__file__`
    );
    const copy = join(folder, 'copied.so');
    copyFileSync(path, copy);
    return copy;
  }

  it('names the functions of the interpreter', async () => {
    const [address, library] = append;
    expect(names.placeOf(address)).toEqual({
      symbol: 'PyList_Append',
      library
    });
    // Anywhere within: it is longer than an instruction.
    expect(names.placeOf(address + 5).symbol).toBe('PyList_Append');
    expect(names.placeOf(address - 1).symbol).not.toBe('PyList_Append');
    const [other] = await session.ask<Place>(
      'answer = place(api.PyDict_SetItem)'
    );
    expect(names.placeOf(other).symbol).toBe('PyDict_SetItem');
  });

  it('names a function of the C library', async () => {
    const [address, library] = await session.ask<Place>(
      'answer = place(ctypes.CDLL(None).qsort)'
    );
    expect(names.placeOf(address)).toEqual({ symbol: 'qsort', library });
  });

  it('says what is not known', async () => {
    expect(names.placeOf(8)).toEqual({ symbol: '', library: '' });
    expect(names.placeOf(0xffffffff81000000)).toEqual({
      symbol: '',
      library: '[kernel]'
    });
    // Data, no code.
    const data = await session.ask<number>(
      'buffer = ctypes.create_string_buffer(64); answer = ctypes.addressof(buffer)'
    );
    expect(names.placeOf(data)).toEqual({ symbol: '', library: '' });
  });

  it('learns of a library that was loaded later, and keeps it when it is unloaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'giltracer-'));
    try {
      const path = await copiedLibrary(folder);
      const [address, library] = await session.ask<Place>(
        `copied = ctypes.PyDLL(${JSON.stringify(path)}); answer = place(copied.PyInit__ctypes)`
      );
      expect(library).toBe(path);
      expect(names.placeOf(address)).toEqual({ symbol: '', library: '' });
      names.refresh();
      const known = { symbol: 'PyInit__ctypes', library: path };
      expect(names.placeOf(address)).toEqual(known);
      const now = await session.ask<string | null>(
        `_ctypes = __import__('_ctypes'); _ctypes.dlclose(copied._handle); answer = mapped(${address})`
      );
      expect(now).toBeNull();
      names.refresh();
      expect(names.placeOf(address)).toEqual(known);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has no names of a file that is gone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'giltracer-'));
    const path = await copiedLibrary(folder);
    const [address] = await session.ask<Place>(
      `copied = ctypes.PyDLL(${JSON.stringify(path)}); answer = place(copied.PyInit__ctypes)`
    );
    rmSync(folder, { recursive: true });
    names.refresh();
    const { symbol, library } = names.placeOf(address);
    expect(symbol).toBe('');
    expect(library).toContain('copied.so');
  });

  it('keeps what it knows when the process has ended', async () => {
    const [address, library] = append;
    session.stop();
    await session.program.closed;
    names.refresh();
    expect(names.placeOf(address)).toEqual({
      symbol: 'PyList_Append',
      library
    });
  });
});
