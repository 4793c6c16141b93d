/** Checks probe sites against objdump's listing of the bodies, read in address order. */
import type { ElfFile } from '../elf';
import type { LockSites } from '../lock-sites';
import { findGilSites } from '../sites';
import type { GilSites, ProbeSite } from '../sites';
import { binutils, listing, readAtOf, readelfSegments } from './pythons';
import type { Line } from './pythons';

const JCC = /^j(?!mp)/;

/** The lines between a call and a site have neither a call nor a jump, and the site is a jcc. */
function lastCallBefore(lines: readonly Line[], site: ProbeSite): number {
  const end = lines.findIndex(({ address }) => address === site.address);
  expect(end).toBeGreaterThan(0);
  expect(lines[end].mnemonic).toMatch(JCC);
  expect(site.instruction).toBe('jcc');
  let index = end - 1;
  while (!lines[index].mnemonic.startsWith('call')) {
    expect(lines[index].mnemonic).not.toMatch(/^(j|ret|ud2|hlt)/);
    index--;
  }
  return index;
}

function expectCallBefore(
  lines: readonly Line[],
  sites: readonly ProbeSite[],
  callee: string
): number[] {
  return sites.map(site => {
    const index = lastCallBefore(lines, site);
    expect(lines[index].callee).toBe(callee);
    return index;
  });
}

/**
 * @param file - the ELF file
 * @param timedWait - what take_gil calls to wait
 */
export function checkSites(
  file: string,
  elf: ElfFile,
  timedWait = 'pthread_cond_timedwait'
): GilSites {
  const sites = findGilSites(elf);
  const all = [
    sites.request,
    sites.wait,
    sites.wake,
    sites.drop,
    sites.yield,
    sites.yieldEnd
  ].flat();
  const bodies = new Map(
    [...new Set(all.map(({ body }) => body))].map(body => [
      body,
      listing(file, body)
    ])
  );
  const linesOf = (body: string): Line[] => bodies.get(body) ?? [];
  const inBody = (
    list: readonly ProbeSite[],
    body: string
  ): readonly ProbeSite[] => list.filter(site => site.body === body);

  checkOffsets(file, all, linesOf);

  const symbols = new Map(
    Array.from(
      binutils('nm', file).matchAll(/^([0-9a-f]+) [tT] (\S+)$/gm),
      match => [match[2], parseInt(match[1], 16)]
    )
  );
  for (const site of sites.request) {
    const lines = linesOf(site.body);
    expect(lines[0].address).toBe(symbols.get(site.body));
    const index = lines.findIndex(({ address }) => address === site.address);
    expect(lines[index].mnemonic).toMatch(/^(push|nop|call|j)/);
    const ahead = lines.slice(0, index).map(({ mnemonic }) => mnemonic);
    expect(ahead.filter(mnemonic => mnemonic !== 'endbr64')).toEqual([]);
  }

  for (const [body, lines] of bodies) {
    const calls = (name: string): Line[] =>
      lines.filter(({ callee }) => callee === name);

    if (body.startsWith('take_gil')) {
      const wake = inBody(sites.wake, body);
      const waits = expectCallBefore(lines, wake, timedWait);
      expect(wake).toHaveLength(calls(timedWait).length);
      const wait = inBody(sites.wait, body);
      if (sites.wait.length > 0 || waits.every(at => isDirect(lines[at]))) {
        expectStarts(lines, wait, waits);
        expect(wait.map(({ instruction }) => instruction)).not.toContain(
          'stepped'
        );
      }
      continue;
    }
    const unlocks = expectCallBefore(
      lines,
      inBody(sites.drop, body),
      'pthread_mutex_unlock'
    );
    // The call ahead of that unlock is the signal (or the report of its failure); of no other.
    const isCall = ({ callee }: Line): boolean =>
      callee !== undefined && !callee.includes('FatalError');
    const behindSignal = lines.flatMap((line, index) =>
      line.callee === 'pthread_mutex_unlock' &&
      lines.slice(0, index).filter(isCall).pop()?.callee ===
        'pthread_cond_signal'
        ? [index]
        : []
    );
    expect(unlocks).toEqual(behindSignal);

    const ends = inBody(sites.yieldEnd, body);
    const waits = expectCallBefore(lines, ends, 'pthread_cond_wait');
    expect(waits).toHaveLength(calls('pthread_cond_wait').length);
    expectStarts(lines, inBody(sites.yield, body), waits);
  }
  return sites;
}

/** call rel32, with the prefix that linkers pad it with. */
function isDirect({ bytes }: Line): boolean {
  return bytes[0] === 0xe8 || bytes[0] === 0x67;
}

/** The sites are the calls, or stand before them in the same block where a call goes through memory. */
function expectStarts(
  lines: readonly Line[],
  sites: readonly ProbeSite[],
  calls: readonly number[]
): void {
  expect(sites).toHaveLength(calls.length);
  sites.forEach((site, nth) => {
    const call = lines[calls[nth]];
    if (isDirect(call)) {
      expect(site).toMatchObject({
        address: call.address,
        instruction: 'call'
      });
      return;
    }
    const index = lines.findIndex(({ address }) => address === site.address);
    expect(index).toBeLessThanOrEqual(calls[nth]);
    const between = lines.slice(index, calls[nth]);
    expect(between.filter(({ mnemonic }) => /^(j|ret)/.test(mnemonic))).toEqual(
      []
    );
  });
}

/**
 * Checks the sites of PyThread_acquire_lock_timed, and of PyThread_acquire_lock where it has a copy of
 * that: each call of a waiting function, and the jcc behind it.
 */
export function checkLockSites(
  file: string,
  { lockWait, lockWaitEnd }: LockSites
): void {
  const lines = ['PyThread_acquire_lock', 'PyThread_acquire_lock_timed']
    .flatMap(name => listing(file, name))
    .sort((left, right) => left.address - right.address);
  const waits = lines.filter(({ callee }) =>
    /^(new_)?sem_(wait|timedwait|clockwait)$/.test(callee ?? '')
  );
  expect(waits.length).toBeGreaterThan(1);
  expect(
    lockWait.map(({ address, instruction, lock }) => ({
      address,
      instruction,
      lock
    }))
  ).toEqual(
    waits.map(line => ({
      address: line.address,
      instruction: isDirect(line) ? 'call' : 'stepped',
      lock: 'di'
    }))
  );
  checkOffsets(file, [...lockWait, ...lockWaitEnd], () => lines);
  // objdump's next jump or call behind each of them; a jump over it would be that jump.
  expect(lockWaitEnd.map(({ address }) => address)).toEqual(
    waits.map(
      wait =>
        lines
          .slice(lines.indexOf(wait) + 1)
          .find(({ mnemonic }) => /^(j|call)/.test(mnemonic))?.address
    )
  );
}

/** The bytes at the file offset are those that objdump shows; the offset follows readelf's LOADs. */
function checkOffsets(
  file: string,
  sites: readonly ProbeSite[],
  linesOf: (body: string) => readonly Line[]
): void {
  const segments = readelfSegments(file);
  const readAt = readAtOf(file);
  for (const site of sites) {
    const line = linesOf(site.body).find(
      ({ address }) => address === site.address
    );
    if (line === undefined) {
      throw new Error(`${site.body}: no line of objdump at ${site.address}`);
    }
    expect([...readAt(site.fileOffset, line.bytes.length)]).toEqual(line.bytes);
    const segment = segments.find(
      ({ address, fileSize, executable }) =>
        executable &&
        site.address >= address &&
        site.address < address + fileSize
    );
    expect(segment).toBeDefined();
    if (segment !== undefined) {
      expect(site.fileOffset).toBe(
        site.address - segment.address + segment.offset
      );
    }
  }
}
