/**
 * Bytes within JSON: raw deflate, then base64. In pure TypeScript, because neither Node's Buffer nor a
 * browser's atob exists everywhere the core runs.
 */
import { deflateSync, Inflate, inflateSync } from 'fflate';

import type { PackedBytes } from './bundle';

const ALPHABET =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 61;

const ENCODE = new Uint8Array(64);
const DECODE = new Uint8Array(128).fill(255);
for (let i = 0; i < 64; i++) {
  ENCODE[i] = ALPHABET.charCodeAt(i);
  DECODE[ALPHABET.charCodeAt(i)] = i;
}

/** Why packed bytes could not be unpacked. */
export class PackedBytesError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PackedBytesError';
  }
}

/** Base64 (RFC 4648, section 4) with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const { length } = bytes;
  const out = new Uint8Array(Math.ceil(length / 3) * 4);
  let at = 0;
  let i = 0;
  for (; i + 2 < length; i += 3) {
    const group = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    out[at++] = ENCODE[group >> 18];
    out[at++] = ENCODE[(group >> 12) & 63];
    out[at++] = ENCODE[(group >> 6) & 63];
    out[at++] = ENCODE[group & 63];
  }
  if (i < length) {
    const two = i + 1 < length;
    const group = (bytes[i] << 16) | (two ? bytes[i + 1] << 8 : 0);
    out[at++] = ENCODE[group >> 18];
    out[at++] = ENCODE[(group >> 12) & 63];
    out[at++] = two ? ENCODE[(group >> 6) & 63] : PADDING;
    out[at++] = PADDING;
  }
  return asciiText(out);
}

/**
 * Bytes of base64 text.
 *
 * @throws PackedBytesError if the text has another alphabet or length
 */
export function decodeBase64(text: string): Uint8Array {
  const { length } = text;
  if (length % 4 !== 0) {
    throw new PackedBytesError('base64 text has a wrong length');
  }
  let padding = 0;
  while (padding < 2 && text.charCodeAt(length - 1 - padding) === PADDING) {
    padding++;
  }
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  const digits = length - padding;
  let group = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const code = text.charCodeAt(i);
    const digit = code < 128 ? DECODE[code] : 255;
    if (digit === 255) {
      throw new PackedBytesError('base64 text has a wrong character');
    }
    group = (group << 6) | digit;
    if ((i & 3) === 3) {
      bytes[at++] = (group >> 16) & 255;
      bytes[at++] = (group >> 8) & 255;
      bytes[at++] = group & 255;
      group = 0;
    }
  }
  if (padding === 1) {
    bytes[at++] = (group >> 10) & 255;
    bytes[at++] = (group >> 2) & 255;
  } else if (padding === 2) {
    bytes[at++] = (group >> 4) & 255;
  }
  return bytes;
}

/** Deflates and encodes. */
export function packBytes(bytes: Uint8Array): PackedBytes {
  return encodeBase64(deflateSync(bytes, { level: 6 }));
}

/**
 * Compressed bytes taken at once. Deflate makes at most 1032 bytes of one, so a step makes 4 MiB at most,
 * whatever the input pretends.
 */
const INFLATE_STEP = 4096;
const MOST_EXPANSION = 1032;

/**
 * Decodes and inflates, and stops soon after there is more than was declared: a few kilobytes of
 * deflate can stand for gigabytes.
 *
 * @param limit largest number of bytes that may come out
 * @throws PackedBytesError if the text is no base64 of raw deflate, or holds more than `limit` bytes
 */
export function unpackBytes(packed: PackedBytes, limit: number): Uint8Array {
  const bytes = decodeBase64(packed);
  try {
    return bytes.length <= INFLATE_STEP
      ? inflateShort(bytes, limit)
      : inflateLong(bytes, limit);
  } catch (error) {
    if (error instanceof PackedBytesError) {
      throw error;
    }
    throw new PackedBytesError('they are not deflated, or damaged');
  }
}

/** In one go: the streaming reader takes 160 KiB of memory for its window, whatever the input. */
function inflateShort(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length === 0) {
    throw new PackedBytesError('they end early');
  }
  const room = Math.min(limit, bytes.length * MOST_EXPANSION);
  // fflate cuts off what passes the given room; the byte above it tells.
  const out = inflateSync(bytes, { out: new Uint8Array(room + 1) });
  if (out.length > room) {
    throw tooLong();
  }
  return out;
}

function inflateLong(bytes: Uint8Array, limit: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const inflate = new Inflate(part => {
    size += part.length;
    if (size > limit) {
      throw tooLong();
    }
    parts.push(part);
  });
  for (let at = 0; at < bytes.length; at += INFLATE_STEP) {
    const end = Math.min(at + INFLATE_STEP, bytes.length);
    inflate.push(bytes.subarray(at, end), end === bytes.length);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function tooLong(): PackedBytesError {
  return new PackedBytesError('they hold more than declared');
}

/** Largest number of bytes of one unsigned LEB128 number below 2^53. */
export const LEB_MAX_BYTES = 8;

/**
 * Writes an integer below 2^53 as unsigned LEB128.
 *
 * @returns the position behind it
 */
export function writeLeb(out: Uint8Array, at: number, value: number): number {
  // Bit operations work on 32 bits only.
  while (value > 0x7fffffff) {
    out[at++] = (value % 128) | 128;
    value = Math.floor(value / 128);
  }
  while (value > 127) {
    out[at++] = (value & 127) | 128;
    value >>>= 7;
  }
  out[at++] = value;
  return at;
}

/** One part of String.fromCharCode's arguments: engines limit their number. */
const TEXT_STEP = 8192;

function asciiText(codes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < codes.length; at += TEXT_STEP) {
    text += String.fromCharCode(...codes.subarray(at, at + TEXT_STEP));
  }
  return text;
}
