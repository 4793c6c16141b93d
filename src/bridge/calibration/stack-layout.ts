/** Where a build of CPython keeps what leads from a thread to its lines. Needs no probes. */
import {
  calibrateFrameLayout,
  type FrameEvidence
} from '../../core/cpython/frame-calibration';
import {
  layoutFromDebugOffsets,
  LayoutError,
  type FrameLayout
} from '../../core/cpython/frame-layout';
import { readWord } from '../../core/cpython/memory';
import { BridgeFailure } from '../failure';
import { ProcessMemory } from '../memory/process-memory';
import type { HelloRequest } from '../protocol/messages';
import type { RunningInterpreter } from '../target/running-interpreter';
import { CalibrationProgram, scriptPath } from './dialogue';
import { meetProgram } from './same-interpreter';

/** From this version on the interpreter publishes it. */
const FIRST_PUBLISHED = 13;

/** How often the program's frames are looked for, and the milliseconds between. */
const LAYOUT_ATTEMPTS = 10;
const LAYOUT_PAUSE = 20;

/**
 * The layout of the process's own build: as it publishes it, else as the calibration program shows it, which runs in
 * the same build.
 *
 * @throws BridgeFailure not-trusted: the program runs other code, or shows nothing that makes sense
 */
export async function stackLayout(
  hello: HelloRequest,
  interpreter: RunningInterpreter
): Promise<FrameLayout> {
  try {
    return interpreter.minor >= FIRST_PUBLISHED
      ? published(hello.pid, interpreter)
      : await measured(hello, interpreter);
  } catch (error) {
    if (error instanceof LayoutError) {
      throw new BridgeFailure(
        'not-trusted',
        `how ${interpreter.library} keeps its frames was not found: ${error.message}`
      );
    }
    throw error;
  }
}

function published(pid: number, { runtime }: RunningInterpreter): FrameLayout {
  const memory = new ProcessMemory(pid);
  try {
    return layoutFromDebugOffsets(memory.read, runtime.address);
  } finally {
    memory.close();
  }
}

async function measured(
  hello: HelloRequest,
  interpreter: RunningInterpreter
): Promise<FrameLayout> {
  const program = new CalibrationProgram(hello.python, scriptPath());
  try {
    const { own, evidence } = await meetProgram(
      program,
      hello,
      interpreter,
      'its frames'
    );
    const layout = await findLayout(program.pid, own, evidence);
    if (layout === undefined) {
      throw new LayoutError('its structures are not as expected');
    }
    return layout;
  } finally {
    program.end();
  }
}

/** How to read Python frames; undefined if they can't be read: then there are no lines. */
export async function findLayout(
  pid: number,
  code: RunningInterpreter,
  evidence: FrameEvidence
): Promise<FrameLayout | undefined> {
  const memory = new ProcessMemory(pid);
  try {
    for (let attempt = 1; attempt <= LAYOUT_ATTEMPTS; attempt++) {
      try {
        return layoutOf(memory, code, evidence);
      } catch (error) {
        if (!(error instanceof LayoutError)) {
          throw error;
        }
      }
      // The program may still be on its way from the line that it printed to where it waits.
      await new Promise(resolve => setTimeout(resolve, LAYOUT_PAUSE));
    }
    return undefined;
  } finally {
    memory.close();
  }
}

function layoutOf(
  memory: ProcessMemory,
  { minor, runtime, gil }: RunningInterpreter,
  evidence: FrameEvidence
): FrameLayout {
  return calibrateFrameLayout(
    evidence,
    memory.read,
    // The program has one thread, which waits for us: it had the GIL last.
    readWord(memory.read, gil.lastHolder),
    minor,
    runtime.address
  );
}
