import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import {
  defineProbe,
  findTracefs,
  removeLeftovers,
  removeProbes
} from '../tracefs';
import type { ProbeDefinition } from '../uprobes';

// Any place in any file will do: nothing is attached to the probes of this test.
const FILE = '/bin/true';
const OFFSET = 0x1000;

/** Names of the defined probes in a group, as the kernel lists them. */
function defined(group: string): string[] {
  return readFileSync('/sys/kernel/tracing/uprobe_events', 'latin1')
    .split('\n')
    .filter(line => line.startsWith(`p:${group}/`))
    .map(line => line.slice(`p:${group}/`.length).split(' ')[0]);
}

describe('tracefs', () => {
  const tracefs = findTracefs();
  const probe = (name: string, path: string): ProbeDefinition => ({
    name,
    path,
    offsets: [OFFSET],
    fetch: '',
    atReturn: false
  });
  const define = (name: string): void =>
    defineProbe(tracefs, probe(name, FILE));
  const own = [`request_${process.pid}`, `wake_${process.pid}`];

  it('defines and removes its own probes only', async () => {
    const stranger = `p:someoneelse/request_${process.pid} ${FILE}:0x${OFFSET.toString(16)}`;
    appendFileSync(`${tracefs}/uprobe_events`, `${stranger}\n`);
    try {
      own.forEach(define);
      expect(defined('giltracer')).toEqual(expect.arrayContaining(own));
      await removeProbes(tracefs, own);
      expect(defined('giltracer').filter(name => own.includes(name))).toEqual(
        []
      );
      expect(defined('someoneelse')).toContain(own[0]);
    } finally {
      appendFileSync(
        `${tracefs}/uprobe_events`,
        `-:someoneelse/request_${process.pid}\n`
      );
    }
  });

  it('removes what a dead bridge left, and spares a live one', async () => {
    // A process that has ended: its pid is free.
    const dead = spawnSync('true').pid;
    expect(existsSync(`/proc/${dead}`)).toBe(false);
    const left = `drop_${dead}`;
    // The parent of this test lives on.
    const live = `drop_${process.ppid}`;
    [left, live].forEach(define);
    await removeLeftovers(tracefs);
    expect(defined('giltracer')).not.toContain(left);
    expect(defined('giltracer')).toContain(live);
    await removeProbes(tracefs, [live]);
    expect(defined('giltracer')).not.toContain(live);
  });

  it('says what the kernel refuses', () => {
    expect(() =>
      defineProbe(tracefs, probe(own[0], '/nowhere/python'))
    ).toThrow('the kernel refused a probe in /nowhere/python');
  });
});
