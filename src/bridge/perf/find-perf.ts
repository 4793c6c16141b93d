/** Finds the perf program. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { BridgeFailure } from '../failure';

/**
 * The first `perf` on PATH.
 * @throws BridgeFailure no-perf, with the packages that bring it.
 */
export function findPerf(path: string = process.env.PATH ?? ''): string {
  for (const folder of path.split(':')) {
    const candidate = join(folder || '.', 'perf');
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not here
    }
  }
  throw new BridgeFailure(
    'no-perf',
    'perf was not found. Install it: apt install linux-perf (Debian), apt install linux-tools-generic (Ubuntu), dnf install perf (Fedora)'
  );
}
