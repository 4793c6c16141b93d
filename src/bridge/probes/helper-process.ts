/**
 * The probe helper (python_shim/giltracer/probe_helper), a small program of root's that an administrator allowed this
 * user to start by `giltracer setup`. Requests and answers are JSON, a line each, one at a time. It removes what it has
 * defined when its stdin ends, whatever way the bridge ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { BridgeFailure } from '../failure';
import { JsonLines } from '../protocol/json-lines';

/** Where `giltracer setup` puts it. */
export const HELPER = '/usr/local/libexec/giltracer/probe-helper';

/** Version of requests and answers. */
const PROTOCOL = 1;

/** How long it may take to answer, in milliseconds: the kernel may be busy with others' probes. */
const TIMEOUT = 30_000;

export type HelperAnswer = Readonly<Record<string, unknown>>;

type Request = Readonly<Record<string, unknown>>;

/** Whether an administrator has set it up, for this user or another one. */
export function helperIsInstalled(): boolean {
  return existsSync(HELPER);
}

export class HelperProcess {
  /**
   * Starts the helper through sudo, which asks for no password.
   * @throws BridgeFailure no-permission with sudo's or the helper's words.
   */
  static async start(): Promise<HelperProcess> {
    const helper = new HelperProcess();
    try {
      const { protocol } = await helper.request({
        op: 'hello',
        bridge: process.pid
      });
      if (protocol !== PROTOCOL) {
        throw new BridgeFailure(
          'no-permission',
          'the probe helper is of another version: an administrator runs giltracer setup again'
        );
      }
      return helper;
    } catch (error) {
      helper.close();
      throw error;
    }
  }

  private constructor() {
    this._process = spawn('sudo', ['-n', '--', HELPER], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' }
    });
    const [stdin, stdout, stderr] = this._process.stdio;
    this._stdin = stdin as Writable;
    // It may have ended: 'close' tells.
    this._stdin.on('error', () => undefined);
    const lines = new JsonLines(value => this._onAnswer(value));
    (stdout as Readable)
      .setEncoding('utf8')
      .on('data', (text: string) => lines.push(text));
    (stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      this._said = `${this._said}${text}`.slice(0, 1000);
    });
    this._process.once('error', error => {
      this._said = error.message;
      this._onEnd();
    });
    this._process.once('close', () => this._onEnd());
  }

  /** It answers no more. */
  get ended(): boolean {
    return this._ended;
  }

  /**
   * Asks for something; one request after the other.
   * @throws BridgeFailure no-permission if the helper has ended; perf-failed if it refuses.
   */
  request(request: Request): Promise<HelperAnswer> {
    const answer = this._last.then(() => this._send(request));
    this._last = answer.catch(() => undefined);
    return answer;
  }

  /** Lets it remove what is left, and end. */
  close(): void {
    this._stdin.end();
  }

  private async _send(request: Request): Promise<HelperAnswer> {
    if (this._ended) {
      throw this._failure();
    }
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<HelperAnswer>((resolve, reject) => {
        this._waiter = { resolve, reject };
        timer = setTimeout(() => {
          // A late answer would be taken for that of the next request.
          this._ended = true;
          this.close();
          reject(failed('the probe helper did not answer'));
        }, TIMEOUT);
        this._stdin.write(`${JSON.stringify(request)}\n`);
      });
      if (answer.ok !== true) {
        throw failed(`the probe helper refused: ${String(answer.message)}`);
      }
      return answer;
    } finally {
      clearTimeout(timer);
      this._waiter = undefined;
    }
  }

  private _onAnswer(value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      this._waiter?.resolve(value as HelperAnswer);
    }
  }

  private _onEnd(): void {
    this._ended = true;
    this._waiter?.reject(this._failure());
  }

  private _failure(): BridgeFailure {
    const said = this._said.trim().split('\n')[0];
    return new BridgeFailure(
      'no-permission',
      `the probe helper does not run (${said === '' ? 'it ended' : said})`
    );
  }

  private readonly _process: ChildProcess;
  private readonly _stdin: Writable;
  private _waiter:
    | {
        resolve: (answer: HelperAnswer) => void;
        reject: (error: Error) => void;
      }
    | undefined;
  private _last: Promise<unknown> = Promise.resolve();
  private _said = '';
  private _ended = false;
}

function failed(message: string): BridgeFailure {
  return new BridgeFailure('perf-failed', message);
}
