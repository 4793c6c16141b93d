/**
 * Where the live socket lies: beside the kernel's connection file and named after it, or, where that path is too long for a
 * socket, in a private folder which a small file beside the connection file names.
 */
import {
  lstatSync,
  mkdirSync,
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
  /** What lies beside the connection file: the socket, or the file that names it. */
  readonly named: string;
  /** A folder of this bridge's alone. */
  readonly folder: string;
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
    return { socket, named: socket, folder: makeFolder() };
  }
  const named = `${stem}.giltracer.json`;
  await free(named, () => socketNamedBy(named));
  const folder = makeFolder();
  return { socket: join(folder, 'live.sock'), named, folder };
}

/**
 * Says where the socket is, once it is there, if its path does not. And notes what supervisor.sh has to remove behind a
 * bridge that is killed.
 *
 * @returns the file's identity, for `leavePlace`
 */
export function namePlace({ socket, named, folder }: SocketPlace): number {
  if (named !== socket) {
    // wx: a link that somebody has put there is not followed.
    writeFileSync(named, JSON.stringify({ socket }), {
      flag: 'wx',
      mode: 0o600
    });
  }
  const { ino } = lstatSync(named);
  writeFileSync(join(folder, 'place'), `${ino} ${named}\n`);
  return ino;
}

/**
 * Removes what this bridge has made; what took its place meanwhile is another's.
 *
 * @param made undefined if nothing was named
 */
export function leavePlace(
  { named, folder }: SocketPlace,
  made: number | undefined
): void {
  const found = lstatSync(named, { throwIfNoEntry: false });
  if (made !== undefined && found?.ino === made) {
    rmSync(named, { force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}

/** supervisor.sh looks for the one of this name behind a bridge that was killed. */
function makeFolder(): string {
  const folder = join(tmpdir(), `giltracer-live-${process.pid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  } catch {
    // Somebody else's, or left behind.
    return mkdtempSync(`${folder}-`);
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
