/** aarch64, from files made by a cross compiler and their listings by objdump: fixtures/README.md. */
import * as fs from 'fs';
import * as path from 'path';
import { findCollectorSites } from '../collector-sites';
import { findLockSites } from '../lock-sites';
import { NativeSymbols } from '../native-symbols';
import { disassemble } from '../disassembly-a64';
import { findGilSites } from '../sites';
import type { ProbeSite } from '../sites';
import { openElf } from './pythons';

interface Line {
  readonly body: string;
  readonly address: number;
  readonly word: number;
  readonly mnemonic: string;
  readonly operands: string;
  /** Name of what a bl reaches. */
  readonly callee: string | undefined;
}

/** objdump's listing of a whole file. */
function listingOf(file: string): Line[] {
  let body = '';
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .flatMap(line => {
      body = /^[0-9a-f]+ <(.*)>:$/.exec(line)?.[1] ?? body;
      const match = /^\s*([0-9a-f]+):\t([0-9a-f]{8}) \t(\S+)\s*(.*)$/.exec(
        line
      );
      if (match === null) {
        return [];
      }
      return [
        {
          body,
          address: parseInt(match[1], 16),
          word: parseInt(match[2], 16),
          mnemonic: match[3],
          operands: match[4].replace(/\s*\/\/.*/, ''),
          callee:
            match[3] === 'bl' ? /<([^>@+]+)/.exec(match[4])?.[1] : undefined
        }
      ];
    });
}

const CONDITIONAL = /^(b\.|cbn?z$|tbn?z$)/;

function bytesOf(word: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, word, true);
  return bytes;
}

const folder = path.join(__dirname, 'fixtures');

describe.each([
  // How the first emulated instruction of take_gil reads in the listing, and the thread state.
  ['plain', 'bl', 'x0'],
  ['protected', 'adrp', 'x0'],
  ['python38', 'b.eq', 'x1']
])('%s', (name, entry, threadState) => {
  const file = path.join(folder, `aarch64-${name}.so`);
  const lines = listingOf(path.join(folder, `aarch64-${name}.lst`));
  const elf = openElf(file);
  const sites = findGilSites(elf);

  const inBody = (body: string): Line[] =>
    lines.filter(line => line.body === body);
  const calls = (body: string, callee: string): Line[] =>
    inBody(body).filter(line => line.callee === callee);
  const behind = (line: Line, mnemonic: RegExp): number | undefined =>
    inBody(line.body).find(
      other => other.address > line.address && mnemonic.test(other.mnemonic)
    )?.address;
  const addresses = (list: readonly ProbeSite[]): number[] =>
    list.map(({ address }) => address);

  it('is a file for aarch64', () => {
    expect(elf.machine).toBe('aarch64');
  });

  it('asks at the first emulated instruction of take_gil', () => {
    const body = inBody('take_gil');
    const emulated = /^(b|bl|blr|br|ret|adrp?|b\..*|cbn?z|tbn?z)$/;
    const first = body.find(({ mnemonic }) => emulated.test(mnemonic));
    expect(first?.mnemonic).toBe(entry);
    expect(sites.request).toMatchObject([
      { address: first?.address, threadState, body: 'take_gil' }
    ]);
  });

  it('waits at the call and wakes at the conditional branch behind it', () => {
    const waits = calls('take_gil', 'pthread_cond_timedwait');
    expect(waits).toHaveLength(1);
    expect(sites.wait).toMatchObject([
      { address: waits[0].address, instruction: 'call' }
    ]);
    expect(sites.wake).toMatchObject([
      { address: behind(waits[0], CONDITIONAL), instruction: 'jcc' }
    ]);
  });

  it('drops behind the unlock that follows the signal, and yields at the wait', () => {
    const named = inBody('drop_gil').filter(
      ({ callee }) => callee !== undefined && !callee.includes('FatalError')
    );
    const unlocks = named.filter(
      ({ callee }, index) =>
        callee === 'pthread_mutex_unlock' &&
        named[index - 1]?.callee === 'pthread_cond_signal'
    );
    expect(unlocks.length).toBeGreaterThan(0);
    expect(addresses(sites.drop)).toEqual(
      unlocks.map(line => behind(line, CONDITIONAL))
    );
    const waits = calls('drop_gil', 'pthread_cond_wait');
    expect(waits).toHaveLength(1);
    expect(sites.yield).toMatchObject([
      { address: waits[0].address, instruction: 'call' }
    ]);
    expect(addresses(sites.yieldEnd)).toEqual(
      waits.map(line => behind(line, CONDITIONAL))
    );
  });

  it('has the waits for a lock', () => {
    const found = findLockSites(elf);
    const waits = inBody('PyThread_acquire_lock_timed').filter(({ callee }) =>
      /^sem_(wait|clockwait)$/.test(callee ?? '')
    );
    expect(waits.length).toBeGreaterThan(1);
    expect(found?.lockWait).toMatchObject(
      waits.map(({ address }) => ({
        address,
        lock: 'x0',
        instruction: 'call'
      }))
    );
    expect(addresses(found?.lockWaitEnd ?? [])).toEqual(
      waits.map(line => behind(line, CONDITIONAL))
    );
  });

  it('has the collector at its first byte, where x30 still holds the return address', () => {
    const [first] = inBody('gc_collect_main');
    expect(findCollectorSites(elf)).toMatchObject([
      { address: first.address, generation: 'x1' }
    ]);
  });

  it('has the bytes of the listing at each site', () => {
    const bytes = fs.readFileSync(file);
    for (const site of [
      ...sites.request,
      ...sites.wake,
      ...sites.drop,
      ...sites.yieldEnd
    ]) {
      expect(bytes.readUInt32LE(site.fileOffset)).toBe(
        lines.find(({ address }) => address === site.address)?.word
      );
    }
  });

  it('names functions and stubs as the listing does', () => {
    const symbols = NativeSymbols.fromElf(elf);
    // .plt's own start has a label, no function; nops fill up between functions.
    const named = lines.filter(
      ({ body, mnemonic }) => !body.startsWith('.') && mnemonic !== 'nop'
    );
    expect(named.length).toBeGreaterThan(300);
    expect(named.map(({ address }) => symbols.nameAt(address))).toEqual(
      named.map(({ body }) => body)
    );
  });

  it('reads each branch as objdump does', () => {
    for (const { address, word, mnemonic, operands } of lines) {
      const [{ flow, probe, target }] = disassemble(bytesOf(word), address);
      const direct = /^(b|bl)$/.test(mnemonic) || CONDITIONAL.test(mnemonic);
      const shown = direct
        ? parseInt(/([0-9a-f]+) <[^>]*>$/.exec(operands)?.[1] ?? '', 16)
        : undefined;
      expect([address, mnemonic, flow, probe, target]).toEqual([
        address,
        mnemonic,
        ...meaningOf(mnemonic),
        shown
      ]);
    }
  });
});

function meaningOf(mnemonic: string): [string, string] {
  if (CONDITIONAL.test(mnemonic)) {
    return ['branch', 'jcc'];
  }
  switch (mnemonic) {
    case 'b':
    case 'br':
      return ['jump', 'jmp'];
    case 'bl':
    case 'blr':
      return ['call', 'call'];
    case 'ret':
      return ['return', 'jmp'];
    case 'adr':
    case 'adrp':
      return ['next', 'adr'];
    default:
      return ['next', 'stepped'];
  }
}

// Words by the GNU assembler 2.40; what they read and write by hand from the Arm Architecture
// Reference Manual. x2 and higher are no argument registers that matter here.
it.each([
  ['mov x19, x0', 'aa0003f3', 'x0', ''],
  ['mov x0, #1', 'd2800020', '', 'x0'],
  ['movk x0, #1, lsl #16', 'f2a00020', 'x0', 'x0'],
  ['add x0, x1, #8', '91002020', 'x1', 'x0'],
  ['bfxil w0, w1, #0, #4', '33000c20', 'x0 x1', 'x0'],
  ['ubfx w0, w1, #0, #4', '53000c20', 'x1', 'x0'],
  ['extr x2, x0, x1, #3', '93c10c02', 'x0 x1', ''],
  ['adrp x0, .', '90000000', '', 'x0'],
  ['adr x1, .', '10000001', '', 'x1'],
  ['ldr x0, [x1]', 'f9400020', 'x1', 'x0'],
  ['ldr x2, [x3, x1, lsl #3]', 'f8617862', 'x1', ''],
  ['str x0, [x2, #8]', 'f9000440', 'x0', ''],
  ['stp x0, x1, [sp, #16]', 'a90107e0', 'x0 x1', ''],
  ['ldp x0, x1, [sp], #16', 'a8c107e0', '', 'x0 x1'],
  ['ldr x0, literal', '58000000', '', 'x0'],
  ['prfm pldl1keep, [x2]', 'f9800040', '', ''],
  ['ldr d0, [x1]', 'fd400020', 'x1', ''],
  ['str q1, [x0, #16]', '3d800401', 'x0', ''],
  ['ldxr w0, [x1]', '885f7c20', 'x1', 'x0'],
  ['stxr w0, w1, [x2]', '88007c41', 'x1', 'x0'],
  ['ldar w0, [x1]', '88dffc20', 'x1', 'x0'],
  ['stlr w0, [x1]', '889ffc20', 'x0 x1', ''],
  ['cas w0, w1, [x2]', '88a07c41', 'x0 x1', 'x0'],
  ['ldadd w0, w1, [x2]', 'b8200041', 'x0', 'x1'],
  ['swp w1, w0, [x2]', 'b8218040', 'x1', 'x0'],
  ['cmp w0, #5', '7100141f', 'x0', ''],
  ['ccmp x0, #1, #0, eq', 'fa410800', 'x0', ''],
  ['ccmp x2, x1, #0, eq', 'fa410040', 'x1', ''],
  ['csel x0, x1, x2, eq', '9a820020', 'x1', 'x0'],
  ['cset w0, eq', '1a9f17e0', '', 'x0'],
  ['madd x2, x3, x4, x0', '9b040062', 'x0', ''],
  ['umulh x2, x3, x1', '9bc17c62', 'x1', ''],
  ['clz x2, x1', 'dac01022', 'x1', ''],
  ['pacia x2, x1', 'dac10022', 'x1', ''],
  ['sdiv x0, x2, x1', '9ac10c40', 'x1', 'x0'],
  ['fmov d0, x1', '9e670020', 'x1', ''],
  ['fmov x1, d0', '9e660001', '', 'x1'],
  ['scvtf d1, w0', '1e620001', 'x0', ''],
  ['fcvtzs w0, d1', '1e780020', '', 'x0'],
  ['fadd d0, d0, d1', '1e612800', '', ''],
  ['dup v0.4s, w1', '4e040c20', 'x1', ''],
  ['umov w1, v0.s[1]', '0e0c3c01', '', 'x1'],
  ['movi v0.4s, #0', '4f000400', '', ''],
  ['ld4 {v0.16b-v3.16b}, [x1]', '4c400020', 'x1', ''],
  ['ld1 {v0.16b}, [x2], x0', '4cc07040', 'x0', ''],
  ['mrs x0, tpidr_el0', 'd53bd040', '', 'x0'],
  ['msr tpidr_el0, x1', 'd51bd041', 'x1', ''],
  ['cbz x0, .', 'b4000000', 'x0', ''],
  ['tbnz w1, #3, .', '37180001', 'x1', ''],
  ['br x1', 'd61f0020', 'x1', ''],
  ['nop', 'd503201f', '', '']
])('%s (%s) reads [%s], writes [%s]', (_, hex, reads, writes) => {
  const [found] = disassemble(bytesOf(parseInt(hex, 16)), 0);
  expect([found.reads.join(' '), found.writes.join(' ')]).toEqual([
    reads,
    writes
  ]);
});

// The kernel simulates none of them; arch/arm64/kernel/probes/decode-insn.c.
it.each([
  ['retaa', 'd65f0bff', 'return'],
  ['braa x0, x1', 'd71f0801', 'jump'],
  ['brk #0x3e8', 'd4207d00', 'trap'],
  ['udf #0', '00000000', 'trap'],
  ['svc #0', 'd4000001', 'next'],
  ['nop', 'd503201f', 'next'],
  ['paciasp', 'd503233f', 'next']
])('%s (%s) is stepped, then: %s', (_, hex, flow) => {
  expect(disassemble(bytesOf(parseInt(hex, 16)), 0)).toMatchObject([
    { probe: 'stepped', flow, marker: false }
  ]);
});

it('knows bti c as a marker', () => {
  expect(disassemble(bytesOf(0xd503245f), 0)).toMatchObject([
    { probe: 'stepped', flow: 'next', marker: true }
  ]);
});
