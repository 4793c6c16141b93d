/** A running Python whose GIL is busy, read through /proc/PID/mem. */
import { spawn } from 'child_process';
import type { ChildProcess } from 'child_process';
import * as fs from 'fs';
import type { ReadMemory } from '../memory';

// The interpreter itself says where its thread state is; ctypes.pythonapi keeps the GIL.
const PREPARE = `
import ctypes, sys, threading, time
sys.setswitchinterval(float(sys.argv[1]))
api = ctypes.pythonapi
api.PyThreadState_Get.restype = ctypes.c_void_p
api.PyThreadState_Get.argtypes = []
runtime = ctypes.addressof(ctypes.c_char.in_dll(api, '_PyRuntime'))
end = time.monotonic() + 20
def spin():
    while time.monotonic() < end:
        pass
def sub_interpreter():
    for name in ('_interpreters', '_xxsubinterpreters'):
        try:
            return __import__(name).create()
        except ImportError:
            pass
`;

const REPORT = `
print(runtime, api.PyThreadState_Get(), flush=True)
spin()
`;

export const ONE_THREAD = PREPARE + REPORT;

export const TWO_THREADS = `${PREPARE}
threading.Thread(target=spin, daemon=True).start()
${REPORT}`;

export const SUB_INTERPRETER = `${PREPARE}
sub_interpreter()
${REPORT}`;

export interface LivePython {
  /** Address of _PyRuntime. */
  readonly runtime: number;
  /** Thread state of the main thread. */
  readonly threadState: number;
  readonly readMemory: ReadMemory;
  readonly stop: () => void;
}

/**
 * Runs a script of this file.
 *
 * @param switchInterval - seconds
 */
export async function startPython(
  executable: string,
  script: string,
  switchInterval: number
): Promise<LivePython> {
  const child = spawn(
    executable,
    ['-I', '-c', script, String(switchInterval)],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  );
  const line = await firstLine(child);
  const [runtime, threadState] = line.split(' ').map(Number);
  const memory = fs.openSync(`/proc/${child.pid}/mem`, 'r');
  return {
    runtime,
    threadState,
    readMemory: (address, length) => {
      const bytes = new Uint8Array(length);
      const got = fs.readSync(memory, bytes, 0, length, address);
      if (got < length) {
        throw new Error(`short read at 0x${address.toString(16)}`);
      }
      return bytes;
    },
    stop: () => {
      fs.closeSync(memory);
      child.kill('SIGKILL');
    }
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) {
        resolve(text.slice(0, end));
      }
    });
    child.on('exit', code => reject(new Error(`python ended with ${code}`)));
    child.on('error', reject);
  });
}
