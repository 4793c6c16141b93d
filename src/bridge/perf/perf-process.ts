/**
 * One `perf record` that writes into a pipe and is steered through its control descriptors
 * (perf-record(1), --control). Commands are answered by "ack\n". perf reads all rings, waits until something
 * comes, handles a command, and begins again (builtin-record.c, __cmd_record): so the answer to a `ping`
 * may come before the rings are read. The answer to a second one, sent after the first answer, means that
 * every record made before the first is already in the pipe.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { Nanoseconds } from '../../core/units';
import { BridgeFailure } from '../failure';
import { processCpuTime } from '../target/process';

/** How long perf may take to answer, in milliseconds. Attaching to 4000 threads takes seconds. */
const ACK_TIMEOUT = 30_000;

/** perf says so when all is written, before it closes its events (builtin-record.c, __cmd_record). */
const ALL_WRITTEN = 'Captured and wrote';

/** A pipe of libuv's, a pair of sockets, holds some 208 KiB (net.core.wmem_default); a chunk is 64 KiB at most. */
const PIPE_CHUNKS = 16;

/** Most of perf's error output that is kept, in characters. */
const STDERR_LIMIT = 4000;

export class PerfProcess {
  /** Starts perf with these further variables; `onData` gets its output in pieces, in order. */
  constructor(
    perf: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    onData: (chunk: Uint8Array) => void
  ) {
    this._process = spawn(perf, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      // perf's messages are read for error texts.
      env: { ...process.env, ...environment, LC_ALL: 'C' }
    });
    const [, stdout, stderr, control, ack] = this._process.stdio;
    this._control = control as Duplex;
    (stdout as Readable).on('data', (chunk: Buffer) => {
      this._chunks++;
      onData(chunk);
    });
    (stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      this._stderr = (this._stderr + text).slice(-STDERR_LIMIT);
      if (this._stderr.includes(ALL_WRITTEN)) {
        this._wrote();
      }
    });
    (ack as Duplex)
      .setEncoding('latin1')
      .on('data', (text: string) => this._onAck(text));
    // perf may die at any time: a write into its pipe must not end the bridge.
    for (const stream of [this._control, ack as Duplex]) {
      stream.on('error', () => undefined);
    }
    this.closed = new Promise(resolve => {
      this._process.once('error', error => {
        this._stderr += error.message;
        this._ended = true;
        resolve();
      });
      // 'close' comes when the process has ended and its output has been read to the end.
      this._process.once('close', () => {
        this._ended = true;
        resolve();
      });
    });
    void this.closed.then(() => {
      for (const waiter of this._waiters.splice(0)) {
        waiter.reject(this.failure());
      }
    });
  }

  /** Resolves when perf has ended and all its output has been given to `onData`. */
  readonly closed: Promise<void>;

  /** perf has ended. */
  get ended(): boolean {
    return this._ended;
  }

  /** CPU time that it has used so far; undefined if it has ended. */
  get cpuTime(): Nanoseconds | undefined {
    const { pid } = this._process;
    return this._ended || pid === undefined ? undefined : processCpuTime(pid);
  }

  /** What perf said, as one failure. */
  failure(): BridgeFailure {
    const said = this._stderr
      .split('\n')
      .map(line => line.trim())
      .filter(
        line =>
          line !== '' && !/^(Events (dis|en)abled|\[ perf record)/.test(line)
      )
      .join(' ');
    if (/permission|not permitted|access/i.test(said)) {
      return new BridgeFailure(
        'no-permission',
        `perf may not record here. Exact tracing needs root: run Jupyter as root, or in a container started with --privileged (perf said: ${said})`
      );
    }
    const how =
      this._process.signalCode ?? `exit status ${this._process.exitCode}`;
    return new BridgeFailure(
      'perf-failed',
      said ? `perf could not record: ${said}` : `perf ended early (${how})`
    );
  }

  /**
   * Sends a command and waits for its acknowledgement.
   * @throws BridgeFailure perf-failed if perf ends or does not answer.
   */
  async command(command: 'enable' | 'disable' | 'ping'): Promise<void> {
    if (this._ended) {
      throw this.failure();
    }
    const acknowledged = new Promise<void>((resolve, reject) => {
      this._waiters.push({ resolve, reject });
    });
    this._control.write(`${command}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new BridgeFailure('perf-failed', `perf did not answer '${command}'`)
          ),
        ACK_TIMEOUT
      );
    });
    try {
      await Promise.race([acknowledged, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Asks perf to end, and waits until its last byte has been read. perf itself needs some 80 ms a probe
   * more to let go of its events: `closed` tells when it is gone.
   */
  async stop(): Promise<void> {
    if (this._ended) {
      return;
    }
    this.end();
    await Promise.race([
      this._written.then(() => this._drained()),
      this.closed
    ]);
  }

  /** What perf had written before the call was given to `onData`. */
  drained(): Promise<void> {
    return this._drained(PIPE_CHUNKS);
  }

  /**
   * Everything is in the pipe: reads on until a whole round of the event loop brings nothing more.
   *
   * @param most chunks that the pipe may hold: where perf goes on, there may always be more
   */
  private async _drained(most = Infinity): Promise<void> {
    const end = this._chunks + most;
    for (let seen = -1; seen !== this._chunks && this._chunks < end;) {
      seen = this._chunks;
      // Two turns: the loop looks for input between them.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
  }

  /**
   * Asks perf to end, without waiting. It is not killed as long as it may end by itself: the kernel can't take the
   * probes out of the traced process for a perf that was killed ("leaking uprobe", kernel/events/uprobes.c).
   */
  end(): void {
    if (this._ended || this._killer !== undefined) {
      return;
    }
    // SIGTERM makes perf leave its loop, write what is left (LOST_SAMPLES too) and end.
    this._process.kill('SIGTERM');
    const killer = setTimeout(() => this._process.kill('SIGKILL'), ACK_TIMEOUT);
    this._killer = killer;
    void this.closed.then(() => clearTimeout(killer));
  }

  private _onAck(text: string): void {
    // An answer is "ack\n" and a NUL (tools/perf/util/evlist.c, evlist__ctlfd_ack).
    const answers = text.split('ack\n').length - 1;
    for (const waiter of this._waiters.splice(0, answers)) {
      waiter.resolve();
    }
  }

  private readonly _process: ChildProcess;
  private _wrote: () => void = () => undefined;
  private readonly _written = new Promise<void>(resolve => {
    this._wrote = resolve;
  });
  private _chunks = 0;
  private readonly _control: Duplex;
  private readonly _waiters: {
    resolve: () => void;
    reject: (error: Error) => void;
  }[] = [];
  private _stderr = '';
  private _ended = false;
  private _killer: NodeJS.Timeout | undefined;
}
