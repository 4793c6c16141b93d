/**
 * Where a file takes and drops the GIL, read off objdump's listing in the order of addresses: an oracle for
 * files without symbols. It holds for code whose likely path is written in one piece.
 */
import { execFileSync } from 'child_process';

/** Addresses, ascending. */
export interface LinearSites {
  readonly wait: readonly number[];
  readonly wake: readonly number[];
  readonly drop: readonly number[];
  readonly yield: readonly number[];
  readonly yieldEnd: readonly number[];
}

interface Line {
  readonly address: number;
  readonly text: string;
}

const AROUND = 16;

/** The lines around each call of pthread_cond_signal, _wait and _timedwait; one list for each place. */
function places(file: string): Line[][] {
  const listing = execFileSync(
    'sh',
    [
      '-c',
      `objdump -d --wide --no-show-raw-insn "$0" | grep -B${AROUND} -A${AROUND} -E 'call .*<pthread_cond_(signal|wait|timedwait)@plt>'`,
      file
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26 }
  );
  return listing.split(/^--$/m).map(place =>
    place.split('\n').flatMap(line => {
      const match = /^\s*([0-9a-f]+):\t(.*)$/.exec(line);
      return match === null
        ? []
        : [{ address: parseInt(match[1], 16), text: match[2] }];
    })
  );
}

const callOf = (name: string): RegExp => new RegExp(`^call .*<${name}@plt>`);
const JUMP = /^j/;

/** The first line behind `from` that matches. */
function behind(lines: readonly Line[], from: number, what: RegExp): number {
  const index = lines.findIndex(({ text }, at) => at > from && what.test(text));
  expect(index).toBeGreaterThan(from);
  return index;
}

/** Reads the whole file. */
export function linearSites(file: string): LinearSites {
  const sites = { wait: [], wake: [], drop: [], yield: [], yieldEnd: [] } as {
    [kind in keyof LinearSites]: number[];
  };
  for (const lines of places(file)) {
    lines.forEach(({ text, address }, index) => {
      if (callOf('pthread_cond_timedwait').test(text)) {
        sites.wait.push(address);
        sites.wake.push(lines[behind(lines, index, JUMP)].address);
      } else if (callOf('pthread_cond_wait').test(text)) {
        sites.yield.push(address);
        sites.yieldEnd.push(lines[behind(lines, index, JUMP)].address);
      } else if (callOf('pthread_cond_signal').test(text)) {
        const ahead = lines.slice(0, index).map(line => line.text);
        const isLock = (line: string): boolean =>
          callOf('pthread_mutex_lock').test(line);
        const lock = ahead.length - 1 - [...ahead].reverse().findIndex(isLock);
        const sets = ahead.slice(lock + 1);
        if (
          ahead.some(isLock) &&
          sets.some(line => /^movl +\$0x0,/.test(line))
        ) {
          const unlock = behind(lines, index, callOf('pthread_mutex_unlock'));
          sites.drop.push(lines[behind(lines, unlock, JUMP)].address);
        }
      }
    });
  }
  return sites;
}

/** How many direct calls and jumps in the file lead to an address. */
export function callers(file: string, address: number): number {
  const hex = address.toString(16);
  const listing = execFileSync(
    'sh',
    [
      '-c',
      `objdump -d --no-show-raw-insn "$0" | grep -cE '(call|jmp) +${hex}( |$)' || true`,
      file
    ],
    { encoding: 'utf8' }
  );
  return Number(listing);
}
