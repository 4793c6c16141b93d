import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pythonBuilds } from '../../../core/binary/__tests__/pythons';
import { openInterpreter } from '../interpreter';

const builds = pythonBuilds();
const linkedIn = builds.find(({ library }) => !library.includes('.so'));
const shared = builds.find(({ library }) => library.includes('.so'));

let running: ChildProcess[];
let folder: string;

beforeEach(() => {
  running = [];
  folder = mkdtempSync(join(tmpdir(), 'giltracer-interpreter-'));
});

afterEach(() => {
  running.forEach(child => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true });
});

/** Path of the file that is opened for a Python which has run some code. */
async function opened(python: string, code: string): Promise<string> {
  const child = spawn(
    python,
    ['-I', '-c', `${code}\nprint('ready', flush=True)\ninput()`],
    { stdio: ['pipe', 'pipe', 'inherit'] }
  );
  running.push(child);
  await once(child.stdout, 'data');
  const file = openInterpreter(child.pid ?? 0);
  file.close();
  return file.path;
}

it('has a Python to test with', () => {
  expect(builds.length).toBeGreaterThan(0);
});

it.each(builds)('opens $library of $executable', async build => {
  expect(await opened(build.executable, '')).toBe(build.library);
});

if (linkedIn !== undefined) {
  it('opens an executable that is not called python', async () => {
    const copy = join(folder, 'bin', 'serpent');
    execFileSync('mkdir', [dirname(copy)]);
    copyFileSync(linkedIn.library, copy);
    // So that it finds its library (PEP 405).
    const home = dirname(linkedIn.library);
    writeFileSync(join(folder, 'pyvenv.cfg'), `home = ${home}\n`);
    expect(await opened(copy, '')).toBe(copy);
  });

  if (shared !== undefined) {
    it('opens the executable that has a Python in it, though libpython is loaded too', async () => {
      const code = `import ctypes; ctypes.CDLL(${JSON.stringify(shared.library)})`;
      expect(await opened(linkedIn.executable, code)).toBe(linkedIn.library);
    });
  }
}

it('names the process that it may not look at', () => {
  expect(() => openInterpreter(2 ** 22 + 1)).toThrow(
    /memory map of process 4194305 may not be read/
  );
});
