/** Files that tests compile with the machine's C compiler; removed when the test file ends. */
import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

let folder: string | undefined;
let built = 0;

afterAll(() => {
  if (folder !== undefined) {
    fs.rmSync(folder, { recursive: true });
  }
});

/** True if there is a `cc`; says so if not, since tests are left out then. */
export function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('no cc on PATH: other builds are not tested');
    return false;
  }
}

/** A path for a file of this test. */
export function newFile(): string {
  folder ??= fs.mkdtempSync(path.join(os.tmpdir(), 'giltracer-binary-'));
  return path.join(folder, `file${built++}`);
}

/** Compiles and links one C file; the path of the result. */
export function buildC(source: string, flags: readonly string[]): string {
  const output = newFile();
  const input = `${output}.c`;
  fs.writeFileSync(input, source);
  execFileSync('cc', [...flags, '-w', '-pthread', '-o', output, input], {
    stdio: ['ignore', 'ignore', 'inherit']
  });
  return output;
}
