import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { zipPieces } from '../../../core/trace/zip-pieces';
import { copyInPieces, writePieces, ZLIB_COMPRESSOR } from '../file-in-pieces';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'giltracer-test-'));
  path = join(folder, 'a.giltrace');
});

afterEach(() => rmSync(folder, { recursive: true }));

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield* pieces('half');
  throw new Error('the disk is full');
}

describe('a file in pieces', () => {
  it('is whole, and its size and hash are known', async () => {
    const written = await writePieces(path, pieces('one', '', 'two'), 0o600);
    expect(readFileSync(path, 'utf8')).toBe('onetwo');
    expect(written).toEqual({
      size: 6,
      sha256: createHash('sha256').update('onetwo').digest('hex')
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.giltrace']);
  });

  it('leaves what was there if it can not be completed', async () => {
    writeFileSync(path, 'old');
    await expect(writePieces(path, failing())).rejects.toThrow('disk is full');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a.giltrace']);
  });

  it('keeps the permissions of the file that it replaces, and links', async () => {
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    const link = join(folder, 'link');
    symlinkSync(path, link);
    await writePieces(link, pieces('new'));
    expect(readlinkSync(link)).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('is written to a device, which stays one', async () => {
    await writePieces('/dev/null', pieces('gone'));
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('can be copied', async () => {
    writeFileSync(path, 'content', { mode: 0o600 });
    const copy = join(folder, 'copy');
    await copyInPieces(path, copy);
    expect(readFileSync(copy, 'utf8')).toBe('content');
    // A saved trace has the permissions of any new file, not those of the run store.
    const other = join(folder, 'other');
    writeFileSync(other, '');
    expect(statSync(copy).mode).toBe(statSync(other).mode);
    await expect(
      copyInPieces(join(folder, 'none'), join(folder, 'b'))
    ).rejects.toThrow('ENOENT');
    expect(readdirSync(folder).sort()).toEqual(['a.giltrace', 'copy', 'other']);
  });
});

describe('compression by zlib', () => {
  const block = Buffer.alloc(1 << 20, 'some text ');

  function* blocks(): Generator<Uint8Array> {
    for (let i = 0; i < 40; i++) {
      yield block;
    }
  }

  it('makes an archive, and the event loop turns meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await writePieces(
      path,
      zipPieces([{ name: 'blocks', content: blocks() }], ZLIB_COMPRESSOR)
    );
    clearInterval(timer);
    const { blocks: read } = unzipSync(readFileSync(path));
    expect(read.length).toBe(40 << 20);
    expect(Buffer.compare(read.subarray(39 << 20), block)).toBe(0);
    expect(turns).toBeGreaterThan(5);
  });

  it('reports what goes wrong in its content', async () => {
    function* broken(): Generator<Uint8Array> {
      yield block;
      throw new Error('no such row');
    }
    await expect(
      writePieces(
        path,
        zipPieces([{ name: 'a', content: broken() }], ZLIB_COMPRESSOR)
      )
    ).rejects.toThrow('no such row');
    expect(readdirSync(folder)).toEqual([]);
  });
});
