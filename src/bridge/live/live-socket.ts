/**
 * The live socket: a WebSocket server on a Unix socket. Readers are told frames and say nothing; one that is slow is passed
 * over, one that never reads is disconnected, so that each costs bounded memory.
 */
import { renameSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import {
  leavePlace,
  namePlace,
  takePlace,
  type SocketPlace
} from './socket-place';

/** A reader with more than this still to be sent gets no frame, in bytes. */
const MOST_BUFFERED = 64 * 1024;

/** A reader that takes none of it for so long is disconnected, in milliseconds. */
const MOST_PATIENCE = 15_000;

/** Views of one kernel: the server extension has one connection for each. */
const MOST_READERS = 32;

/** Longest message that is taken in, to be refused. */
const MOST_MESSAGE = 1024;

/** Codes of RFC 6455, section 7.4. */
const GOING_AWAY = 1001;
const UNSUPPORTED = 1003;
const POLICY = 1008;
const TRY_LATER = 1013;

/** Who is told. */
export class LiveConnection {
  constructor(private readonly _socket: WebSocket) {}

  /** Whether what was sent before has gone out, as good as all of it; disconnects a reader that does not read. */
  isReady(): boolean {
    const { bufferedAmount } = this._socket;
    if (bufferedAmount <= MOST_BUFFERED) {
      this._waitingSince = undefined;
      return this._socket.readyState === WebSocket.OPEN;
    }
    const now = Date.now();
    if (this._waitingSince === undefined || bufferedAmount < this._buffered) {
      this._waitingSince = now;
    } else if (now - this._waitingSince > MOST_PATIENCE) {
      this._socket.terminate();
    }
    this._buffered = bufferedAmount;
    return false;
  }

  send(text: string): void {
    if (this._socket.readyState === WebSocket.OPEN) {
      this._socket.send(text);
    }
  }

  private _waitingSince: number | undefined;
  private _buffered = 0;
}

export class LiveSocket {
  /**
   * Opens the socket beside the kernel's connection file, readable and writable by this user only.
   * @throws Error if it can't be opened; nothing is left behind then.
   */
  static async open(connectionFile: string): Promise<LiveSocket> {
    const place = await takePlace(connectionFile);
    const socket = new LiveSocket(place);
    try {
      await socket._listen();
      return socket;
    } catch (error) {
      await socket.close();
      throw error;
    }
  }

  private constructor(private readonly _place: SocketPlace) {
    this._server.on('connection', client => this._greet(client));
    // Those of the HTTP server: told where it listens.
    this._server.on('error', () => undefined);
  }

  /** All that are connected now. */
  readonly readers = new Set<LiveConnection>();

  /** Disconnects all, and removes the socket. */
  close(): Promise<void> {
    this._closed ??= this._close();
    return this._closed;
  }

  private async _close(): Promise<void> {
    for (const client of this._server.clients) {
      client.close(GOING_AWAY);
      // What it has not read by now, it does not get.
      setTimeout(() => client.terminate(), 100).unref();
    }
    leavePlace(this._place, this._made);
    this._server.close();
    await new Promise(resolve => {
      this._http.close(resolve);
      setTimeout(resolve, 500).unref();
    });
  }

  private async _listen(): Promise<void> {
    const { socket } = this._place;
    // Node removes what lies under the name that it was told, whoever's that is at the end.
    const made = `${socket}.${process.pid}`;
    // The file is made within the call: nobody else can open it for an instant.
    const before = process.umask(0o177);
    try {
      this._http.listen(made);
    } finally {
      process.umask(before);
    }
    await new Promise<void>((resolve, reject) => {
      this._http.once('listening', resolve);
      this._http.once('error', reject);
    });
    // A failing connection is its own end.
    this._http.on('error', () => undefined);
    renameSync(made, socket);
    this._made = namePlace(this._place);
    this._http.unref();
  }

  private _greet(client: WebSocket): void {
    if (this.readers.size >= MOST_READERS) {
      client.close(TRY_LATER);
      return;
    }
    const reader = new LiveConnection(client);
    this.readers.add(reader);
    const refuse = (code: number): void => {
      client.close(code);
      this.readers.delete(reader);
      setTimeout(() => client.terminate(), 1000).unref();
    };
    client.on('message', () => refuse(UNSUPPORTED));
    // Answers to pings would pile up where the reader does not read.
    client.on('ping', () => refuse(POLICY));
    client.once('close', () => this.readers.delete(reader));
    client.on('error', () => client.terminate());
  }

  private readonly _http: Server = createServer((_, response) => {
    response.writeHead(426, { Connection: 'close' }).end();
  });
  private readonly _server = new WebSocketServer({
    server: this._http,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE,
    autoPong: false
  });
  private _made: number | undefined;
  private _closed: Promise<void> | undefined;
}
