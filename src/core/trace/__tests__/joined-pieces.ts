/** Pieces of a file → the file. */
export async function joinedPieces(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) {
    all.push(piece);
  }
  const bytes = new Uint8Array(
    all.reduce((sum, { length }) => sum + length, 0)
  );
  let at = 0;
  for (const piece of all) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
