import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventCapture } from '../event-capture';
import { ROOTS_RIGHTS } from '../perf-rights';

/** Answers each command at once, as perf does that has not read its rings yet, and keeps the commands. */
const QUICK_TO_ANSWER = `#!/bin/sh
trap 'exit 0' TERM
while read -r command <&3; do
  echo "$command" >> "$(dirname "$0")/commands"
  printf 'ack\\n\\0' >&4
done
`;

describe('what a capture says was read', () => {
  let folder: string;
  let capture: EventCapture;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'giltracer-'));
    const perf = join(folder, 'perf');
    writeFileSync(perf, QUICK_TO_ANSWER);
    chmodSync(perf, 0o755);
    capture = new EventCapture({
      perf,
      pid: process.pid,
      events: [],
      schedulerStates: false,
      onBatch: () => undefined,
      rights: ROOTS_RIGHTS
    });
    await capture.attach();
  });

  afterEach(() => {
    capture.kill();
    rmSync(folder, { recursive: true });
  });

  const commands = (): string[] =>
    readFileSync(join(folder, 'commands'), 'utf8').trim().split('\n');

  // perf  …reads ring 1      reads ring 2, answers   reads both, answers
  //             |  records of ring 1  |                    |
  // ping        ^ first                  ^ second: the records before the first one were read
  it('is what was recorded before the ping before the last one that was answered', async () => {
    await capture.enable();
    expect(commands().slice(-1)).toEqual(['enable']);
    const before = Number(process.hrtime.bigint() - capture.origin);
    await capture.catchUp();
    expect(commands().slice(-2)).toEqual(['ping', 'ping']);
    expect(capture.readUntil).toBeGreaterThanOrEqual(before);
  });
});
