/**
 * The run store: a folder per run in Jupyter's data folder, readable by its owner only, the oldest
 * removed first when all together pass the cap.
 */
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { join } from 'node:path';
import { writePieces, type WrittenFile } from './file-in-pieces';

/** Most that all runs may take, in bytes. */
export const STORE_CAP = 2 * 1024 ** 3;

/** A run id is also a folder's name. */
const RUN_ID = /^[A-Za-z0-9-]{1,64}$/;

export class RunStore {
  constructor(
    private readonly _root: string,
    private readonly _cap: number = STORE_CAP
  ) {}

  /**
   * Makes the folder of a run.
   * @throws RangeError if the id is not one; the system's error if the folder can't be made.
   */
  create(id: string): string {
    if (!RUN_ID.test(id)) {
      throw new RangeError(`not a run id: ${JSON.stringify(id)}`);
    }
    const folder = join(this._root, id);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Writes a file of a run, readable by its owner only; it appears when it is complete. */
  write(id: string, name: string, content: string | Uint8Array): string {
    const path = join(this.create(id), name);
    const part = `${path}.part`;
    writeFileSync(part, content, { mode: 0o600 });
    renameSync(part, path);
    return path;
  }

  /** The same for what is made in pieces: the file appears when it is complete. */
  writePieces(
    id: string,
    name: string,
    pieces: AsyncIterable<Uint8Array>
  ): Promise<WrittenFile> {
    return writePieces(join(this.create(id), name), pieces, 0o600);
  }

  /** Removes the oldest runs until the rest fits under the cap; `keep` stays in any case. */
  prune(keep: string): void {
    const runs = readdirSync(this._root, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && RUN_ID.test(entry.name))
      .map(entry => folderSize(join(this._root, entry.name), entry.name))
      .sort((a, b) => b.modified - a.modified);
    let total = 0;
    for (const run of runs) {
      total += run.size;
      if (total > this._cap && run.name !== keep) {
        rmSync(join(this._root, run.name), { recursive: true, force: true });
      }
    }
  }
}

function folderSize(
  folder: string,
  name: string
): { name: string; size: number; modified: number } {
  let size = 0;
  for (const file of readdirSync(folder)) {
    size += statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0;
  }
  return { name, size, modified: statSync(folder).mtimeMs };
}
