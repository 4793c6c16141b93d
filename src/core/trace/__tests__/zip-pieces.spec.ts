import { unzipSync } from 'fflate';

import { crc32 } from '../zip-format';
import { type Compressor, zipPieces } from '../zip-pieces';
import { joinedPieces } from './joined-pieces';

describe('an archive in pieces', () => {
  const text = new TextEncoder().encode(
    'a text that comes again, '.repeat(9000)
  );

  function* cut(): Generator<Uint8Array> {
    for (let at = 0; at < text.length; at += 7777) {
      yield text.subarray(at, at + 7777);
    }
  }

  it('has every entry whole', async () => {
    const archive = await joinedPieces(
      zipPieces([
        { name: 'cut', content: cut() },
        { name: 'empty', content: [] },
        { name: 'last', content: [Uint8Array.of(7)] }
      ])
    );
    expect(archive.length).toBeLessThan(text.length / 10);
    expect(unzipSync(archive)).toEqual({
      cut: text,
      empty: new Uint8Array(0),
      last: Uint8Array.of(7)
    });
  });

  it('asks for content when what came before was taken', async () => {
    let asked = 0;
    function* content(): Generator<Uint8Array> {
      asked++;
      yield text;
    }
    const pieces = zipPieces([{ name: 'a', content: content() }]);
    await pieces.next();
    expect(asked).toBe(0);
    await pieces.next();
    expect(asked).toBe(1);
  });

  it('says when an entry is too large for the format', async () => {
    const huge = { length: 2 ** 30 } as Uint8Array;
    const counting: Compressor = {
      crc32: () => 0,
      *deflate(pieces) {
        for (const piece of pieces) {
          yield piece.subarray?.(0, 0) ?? new Uint8Array(0);
        }
      }
    };
    await expect(
      joinedPieces(
        zipPieces([{ name: 'big', content: [huge, huge] }], counting)
      )
    ).rejects.toThrow('big is larger than 2 GiB');
  });
});

test('CRC-32 is that of ISO 3309, also piece by piece', () => {
  const bytes = new TextEncoder().encode('123456789');
  // The check value of CRC-32/ISO-HDLC in every catalogue of check sums.
  expect(crc32(bytes)).toBe(0xcbf43926);
  expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(
    0xcbf43926
  );
});
