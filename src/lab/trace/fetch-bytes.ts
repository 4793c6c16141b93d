/** Fetches a file from the Jupyter server, no larger than was asked for. */
import { ServerConnection } from '@jupyterlab/services';

export type FetchAnswer =
  | { readonly kind: 'fetched'; readonly bytes: ArrayBuffer }
  /** Larger than `mostBytes`; `bytes` are those that are known of. */
  | { readonly kind: 'large'; readonly bytes: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cancelled' };

export interface FetchOptions {
  readonly settings: ServerConnection.ISettings;
  readonly mostBytes: number;
  /** Called with the bytes that came, and how many there are if that is known. */
  readonly progress: (bytes: number, all: number | undefined) => void;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function fetchBytes(
  url: string,
  { settings, mostBytes, progress, signal }: FetchOptions
): Promise<FetchAnswer> {
  try {
    const response = await ServerConnection.makeRequest(
      url,
      { signal },
      settings
    );
    if (response.status === 404) {
      return { kind: 'absent' };
    }
    if (!response.ok) {
      const message = `${response.status} ${response.statusText}`.trim();
      return { kind: 'failed', message };
    }
    const declared = Number(response.headers.get('Content-Length') ?? NaN);
    const all = Number.isFinite(declared) ? declared : undefined;
    if (all !== undefined && all > mostBytes) {
      await response.body?.cancel();
      return { kind: 'large', bytes: all };
    }
    return await readBody(response, all, mostBytes, progress);
  } catch (error) {
    if (signal.aborted) {
      return { kind: 'cancelled' };
    }
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', message };
  }
}

async function readBody(
  response: Response,
  all: number | undefined,
  mostBytes: number,
  progress: FetchOptions['progress']
): Promise<FetchAnswer> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return { kind: 'fetched', bytes: await response.arrayBuffer() };
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    size += value.length;
    if (size > mostBytes) {
      await reader.cancel();
      return { kind: 'large', bytes: size };
    }
    pieces.push(value);
    progress(size, all);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { kind: 'fetched', bytes: bytes.buffer };
}
