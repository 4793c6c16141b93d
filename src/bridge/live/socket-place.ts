/**
 * Where the live socket lies: beside the kernel's connection file and named after it, or, where that path is too long for a
 * socket, in a private folder which a small file beside the connection file names.
 */
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** Bytes that the path may have: a dot and a process id more fit into sun_path (unix(7): 108 with the NUL). */
const MOST_PATH_BYTES = 100;

/** How long another bridge may take to answer, in milliseconds. */
const CONNECT_TIMEOUT = 1000;

export interface SocketPlace {
  /** Path of the socket. */
  readonly socket: string;
  /** Files beside the connection file that are this bridge's: the socket, or what names it. */
  readonly named: string;
  /** Private folder that the socket lies in, if it has one. */
  readonly folder?: string;
}

/**
 * Finds the place and frees it from what a dead bridge left behind.
 *
 * @throws Error if something else is there: another bridge's socket, a link, a file of somebody else's
 */
export async function takePlace(connectionFile: string): Promise<SocketPlace> {
  if (!isAbsolute(connectionFile)) {
    throw new Error(`${connectionFile} is no absolute path`);
  }
  const stem = join(
    dirname(connectionFile),
    basename(connectionFile).replace(/\.json$/, '')
  );
  const socket = `${stem}.giltracer.sock`;
  if (Buffer.byteLength(socket) <= MOST_PATH_BYTES) {
    await free(socket, () => socket);
    return { socket, named: socket };
  }
  const named = `${stem}.giltracer.json`;
  await free(named, () => socketNamedBy(named));
  const folder = mkdtempSync(join(tmpdir(), 'giltracer-live-'));
  return { socket: join(folder, 'live.sock'), named, folder };
}

/** Says where the socket is, once it is there, if its path does not. */
export function namePlace({ socket, named, folder }: SocketPlace): void {
  if (folder !== undefined) {
    // wx: a link that somebody has put there is not followed.
    writeFileSync(named, JSON.stringify({ socket }), {
      flag: 'wx',
      mode: 0o600
    });
  }
}

/** A file as lstat tells it apart from one that took its place; undefined if there is none. */
export function fileIdentity(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** Removes what this bridge has made; what took its place meanwhile is another's. */
export function leavePlace(
  { named, folder }: SocketPlace,
  identity: string | undefined
): void {
  if (identity !== undefined && fileIdentity(named) === identity) {
    rmSync(named, { force: true });
  }
  if (folder !== undefined) {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param socketOf the socket that the file is, or names */
async function free(path: string, socketOf: () => string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    return;
  }
  if (!found.isSocket() && !found.isFile()) {
    throw new Error(`${path} is there already, and is none of giltracer's`);
  }
  if (found.uid !== process.geteuid?.()) {
    throw new Error(`${path} is there already, and is another user's`);
  }
  if (await answers(socketOf())) {
    throw new Error(`another bridge of this kernel serves ${path}`);
  }
  rmSync(path, { force: true });
}

function socketNamedBy(path: string): string {
  try {
    const json: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof json === 'object' &&
      json !== null &&
      'socket' in json &&
      typeof json.socket === 'string'
      ? json.socket
      : '';
  } catch {
    return '';
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    if (path === '' || Buffer.byteLength(path) > MOST_PATH_BYTES) {
      resolve(false);
      return;
    }
    const connection = createConnection(path);
    const end = (answer: boolean): void => {
      connection.destroy();
      resolve(answer);
    };
    connection.setTimeout(CONNECT_TIMEOUT, () => end(true));
    connection.once('connect', () => end(true));
    // Nobody listens any more: ECONNREFUSED.
    connection.once('error', () => end(false));
  });
}
