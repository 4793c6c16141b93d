/**
 * A child process that is spoken to in lines: the calibration program
 * (python_shim/giltracer/calibration.py).
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { BridgeFailure } from '../failure';

/** How long the program may take for one answer, in milliseconds. */
const ANSWER_TIMEOUT = 20_000;

/** The program's switch interval (calibration.py). */
export const SWITCH_INTERVAL_NS = 5_000_000;

/** calibration.py: beside the bundle in an installed package, in the source tree otherwise. */
export function scriptPath(): string {
  const places = [
    '../calibration.py',
    '../../../python_shim/giltracer/calibration.py'
  ];
  const found = places
    .map(place => join(__dirname, place))
    .find(path => existsSync(path));
  if (found === undefined) {
    throw new BridgeFailure(
      'internal',
      'calibration.py is missing: install giltracer again'
    );
  }
  return found;
}

export class CalibrationProgram {
  /**
   * @param python interpreter to run it with
   * @param script path of calibration.py
   * @throws BridgeFailure not-trusted if there is no interpreter to run it with
   */
  constructor(python: string, script: string) {
    // spawn throws for an empty name, as it does for no other that can't be started.
    if (python === '') {
      throw new BridgeFailure(
        'not-trusted',
        'nothing can be tried on this Python: it does not know where its program is (sys.executable is empty)'
      );
    }
    // -I -S: no user site, no environment variables, no .pth files: only the interpreter itself.
    this._process = spawn(python, ['-I', '-S', script], {
      stdio: ['pipe', 'pipe', 'pipe']
    });
    this._process.stdin.on('error', () => undefined);
    this._process.stdout
      .setEncoding('utf8')
      .on('data', (text: string) => this._onText(text));
    this._process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this._stderr = (this._stderr + text).slice(-2000);
    });
    this._process.once('error', error => this._fail(error.message));
    this._process.once('close', () =>
      this._fail(this._stderr.trim().split('\n').pop() ?? '')
    );
  }

  /** Its process id; 0 if it could not be started. */
  get pid(): number {
    return this._process.pid ?? 0;
  }

  /**
   * The next line that the program prints.
   * @throws BridgeFailure not-trusted if it ends or is silent.
   */
  async readLine(): Promise<string> {
    const timer = setTimeout(() => this._fail('no answer'), ANSWER_TIMEOUT);
    try {
      return await new Promise<string>((resolve, reject) => {
        this._waiter = { resolve, reject };
        this._deliver();
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets the program go on. */
  writeLine(): void {
    this._process.stdin.write('\n');
  }

  /** Ends it. */
  end(): void {
    this._process.kill('SIGKILL');
  }

  private _onText(text: string): void {
    this._text += text;
    this._deliver();
  }

  private _deliver(): void {
    const end = this._text.indexOf('\n');
    if (this._waiter && end >= 0) {
      this._waiter.resolve(this._text.slice(0, end));
      this._text = this._text.slice(end + 1);
      this._waiter = undefined;
    } else if (this._waiter && this._failed !== undefined) {
      this._waiter.reject(
        new BridgeFailure(
          'not-trusted',
          `the calibration program failed: ${this._failed}`
        )
      );
      this._waiter = undefined;
    }
  }

  private _fail(reason: string): void {
    this._failed ??= reason || 'it ended early';
    this._deliver();
  }

  private readonly _process: ChildProcessByStdio<Writable, Readable, Readable>;
  private _text = '';
  private _stderr = '';
  private _failed: string | undefined;
  private _waiter:
    | { resolve: (line: string) => void; reject: (error: Error) => void }
    | undefined;
}
