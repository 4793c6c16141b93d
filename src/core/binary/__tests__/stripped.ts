/** Stripped copies of files, as distributions ship them. */
import { execFileSync } from 'child_process';
import { newFile } from './compiled';

/** A copy without symbols and debug information; what is exported stays. */
export function strip(file: string): string {
  const copy = newFile();
  execFileSync('strip', ['--strip-all', '-o', copy, file]);
  return copy;
}
