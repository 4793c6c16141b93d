/** Where the code of a reading thread lies. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the bundle in an installed package, beside this file where it is run unbundled. */
export function workerFile(bundled: string, compiled: string): string {
  const found = [bundled, compiled]
    .map(name => join(__dirname, name))
    .find(path => existsSync(path));
  return found ?? join(__dirname, bundled);
}
