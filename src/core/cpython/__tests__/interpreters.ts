/** The CPython builds of this machine, 3.8 to 3.15, and programs in them that are spoken to. */
import { execFileSync, spawn } from 'child_process';
import type { ChildProcessWithoutNullStreams } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { calibrateFrameLayout } from '../frame-calibration';
import type { FrameEvidence } from '../frame-calibration';
import type { FrameLayout } from '../frame-layout';
import type { ReadInto, ReadMemory } from '../memory';
import { readIntoOf } from '../memory';

export interface Interpreter {
  readonly executable: string;
  readonly version: string;
  readonly minor: number;
}

const ASK = `
import platform, sysconfig
print(platform.python_implementation(), platform.python_version(), sysconfig.get_config_var('Py_GIL_DISABLED') or 0)
`;

/** pyenv's, those on PATH, and those that GILTRACER_TEST_PYTHONS names, separated by colons. */
export function interpreters(): Interpreter[] {
  const versions = path.join(os.homedir(), '.pyenv', 'versions');
  const names = fs.existsSync(versions) ? fs.readdirSync(versions).sort() : [];
  const candidates = [
    ...names.map(name => path.join(versions, name, 'bin', 'python3')),
    ...(process.env.GILTRACER_TEST_PYTHONS ?? '').split(':').filter(Boolean),
    '/usr/bin/python3',
    ...[13, 14, 15].map(minor => `python3.${minor}`)
  ];
  const found = new Map<string, Interpreter>();
  for (const executable of candidates) {
    let answer: string[];
    try {
      answer = execFileSync(executable, ['-I', '-c', ASK], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore']
      }).split(/\s/);
    } catch {
      continue;
    }
    const [implementation, version, freeThreaded] = answer;
    const match = /^3\.(\d+)\./.exec(version);
    const minor = Number(match?.[1]);
    if (
      implementation === 'CPython' &&
      freeThreaded === '0' &&
      minor >= 8 &&
      minor <= 15 &&
      !found.has(version)
    ) {
      found.set(version, { executable, version, minor });
    }
  }
  return [...found.values()];
}

const CALIBRATION = path.join(
  __dirname,
  '../../../../python_shim/giltracer/calibration.py'
);

// ctypes.pythonapi keeps the GIL, and names the thread state of the caller.
const PRELUDE = `
import ctypes, json, sys, threading, _thread, time
api = ctypes.pythonapi
api.PyThreadState_Get.restype = ctypes.c_void_p
api.PyThreadState_Get.argtypes = []
print(ctypes.addressof(ctypes.c_char.in_dll(api, '_PyRuntime')), api.PyThreadState_Get(), threading.get_native_id(), flush=True)
`;

const SESSION = `${PRELUDE}
names = globals()
for line in sys.stdin:
    code = compile(json.loads(line), '<asked>', 'exec')
    exec(code, names)
    print(json.dumps(names.get('answer')), flush=True)
`;

/** A Python that runs what it is told, and whose memory can be read. */
export class PythonSession {
  readonly layout: FrameLayout;

  static async start(interpreter: Interpreter): Promise<PythonSession> {
    const layout = await layoutOf(interpreter);
    const program = await Program.start(interpreter, SESSION);
    return new PythonSession(program, layout);
  }

  private constructor(
    readonly program: Program,
    layout: FrameLayout
  ) {
    this.layout = layout;
  }

  /** Runs statements; the value of \`answer\` comes back. Names stay from one call to the next. */
  async ask<T>(code: string): Promise<T> {
    this.program.write(JSON.stringify(code));
    return JSON.parse(await this.program.line()) as T;
  }

  stop(): void {
    this.program.stop();
  }
}

const layouts = new Map<string, Promise<FrameLayout>>();

/** The layout as the bridge gets it: by the calibration program, in each build once. */
export function layoutOf(interpreter: Interpreter): Promise<FrameLayout> {
  const known = layouts.get(interpreter.executable);
  if (known !== undefined) {
    return known;
  }
  const found = calibrate(interpreter);
  layouts.set(interpreter.executable, found);
  return found;
}

async function calibrate(interpreter: Interpreter): Promise<FrameLayout> {
  const { program, evidence } = await startCalibration(interpreter);
  try {
    return calibrateFrameLayout(
      evidence,
      program.read,
      program.threadState,
      interpreter.minor,
      program.runtime
    );
  } finally {
    program.stop();
  }
}

/** The calibration program while it waits in its nest of frames. */
export async function startCalibration(
  interpreter: Interpreter
): Promise<{ program: Program; evidence: FrameEvidence }> {
  const program = await Program.start(
    interpreter,
    `${PRELUDE}
names = {'__name__': '__main__'}
exec(compile(open(${JSON.stringify(CALIBRATION)}).read(), 'calibration.py', 'exec'), names)`
  );
  return {
    program,
    evidence: JSON.parse(await program.line()) as FrameEvidence
  };
}

/** A running Python program whose output is read by lines. */
export class Program {
  static async start(
    { executable }: Interpreter,
    script: string
  ): Promise<Program> {
    const program = new Program(
      spawn(executable, ['-I', '-S', '-X', 'utf8', '-c', script], {
        stdio: ['pipe', 'pipe', 'pipe']
      })
    );
    const head = (await program.line()).split(' ').map(Number);
    [program.runtime, program.threadState, program.nativeId] = head;
    return program;
  }

  private constructor(private readonly _child: ChildProcessWithoutNullStreams) {
    this._memory = fs.openSync(`/proc/${_child.pid}/mem`, 'r');
    _child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this._text += text;
      this._deliver();
    });
    _child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this._errors += text;
    });
    this.closed = new Promise(resolve => {
      _child.on('close', () => {
        this._ended = true;
        this._deliver();
        resolve();
      });
    });
  }

  /** Resolves when it has ended. */
  readonly closed: Promise<void>;

  get pid(): number {
    return this._child.pid ?? 0;
  }

  /** The next line that it prints. */
  line(): Promise<string> {
    return new Promise((resolve, reject) => {
      this._waiter = { resolve, reject };
      this._deliver();
    });
  }

  write(line: string): void {
    this._child.stdin.write(`${line}\n`);
  }

  readonly read: ReadMemory = (address, length) => {
    const bytes = new Uint8Array(length);
    if (fs.readSync(this._memory, bytes, 0, length, address) < length) {
      throw new Error('short read');
    }
    return bytes;
  };

  readonly readInto: ReadInto = readIntoOf(this.read);

  stop(): void {
    if (!this._stopped) {
      this._stopped = true;
      fs.closeSync(this._memory);
      this._child.kill('SIGKILL');
    }
  }

  private _deliver(): void {
    const end = this._text.indexOf('\n');
    const waiter = this._waiter;
    if (waiter === undefined || (end < 0 && !this._ended)) {
      return;
    }
    this._waiter = undefined;
    if (end >= 0) {
      const line = this._text.slice(0, end);
      this._text = this._text.slice(end + 1);
      waiter.resolve(line);
    } else {
      waiter.reject(new Error(`python ended: ${this._errors}`));
    }
  }

  runtime = 0;
  threadState = 0;
  nativeId = 0;
  private readonly _memory: number;
  private _text = '';
  private _errors = '';
  private _ended = false;
  private _stopped = false;
  private _waiter:
    | { resolve: (line: string) => void; reject: (error: Error) => void }
    | undefined;
}
