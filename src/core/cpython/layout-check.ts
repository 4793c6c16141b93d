/** Whether the stack of the calibration program, read by a layout, is what the program says. */
import type { Address } from '../units';
import { CodeTable } from './code-table';
import type { FrameEvidence } from './frame-evidence';
import { LayoutError } from './frame-layout';
import type { FrameLayout } from './frame-layout';
import { readIntoOf } from './memory';
import type { ReadMemory } from './memory';
import { StackReader } from './stack-reader';

/**
 * Reads the program's stack by the layout: it must give what Python said.
 * @returns addresses of the frames
 * @throws LayoutError
 */
export function checkLayout(
  layout: FrameLayout,
  { frames }: FrameEvidence,
  read: ReadMemory,
  threadState: Address
): Address[] {
  const readInto = readIntoOf(read);
  const reader = new StackReader(readInto, layout);
  const codes = new CodeTable(readInto, layout);
  const count = reader.read(threadState);
  const found: Address[] = [];
  for (let at = 0; at < count && found.length < frames.length; at++) {
    const { code, line, lasti, file, func } = frames[found.length];
    if (reader.codes[at] === code) {
      const index = codes.lineOf(code, reader.instructions[at]);
      const seen = index < 0 ? undefined : codes.lines[index];
      const lines = lasti === null ? [line, line + 1] : [line];
      if (
        seen === undefined ||
        !lines.includes(seen.line) ||
        seen.file !== file ||
        seen.func !== func
      ) {
        throw new LayoutError(
          `a frame of the calibration program seems to be at ${seen?.file ?? 'no line'}:${seen?.line ?? 0}, and is at ${file}:${line}`
        );
      }
      found.push(reader.frames[at]);
    }
  }
  if (found.length < frames.length) {
    throw new LayoutError(
      `${found.length} of ${frames.length} frames of the calibration program were found again`
    );
  }
  return found;
}
