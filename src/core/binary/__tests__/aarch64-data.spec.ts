/** aarch64: what instructions compute, and the GIL's functions in files without symbols (fixtures/README.md). */
import * as fs from 'fs';
import * as path from 'path';
import { dataEffects } from '../data-effects-a64';
import { ElfFile } from '../elf';
import { findGilSites } from '../sites';
import type { GilSites } from '../sites';
import { ValueEnvironment } from '../value-environment';

const SHT_SYMTAB = 2;

/** The file as `strip` leaves it: its .symtab is a section of no meaning. */
function withoutSymbols(file: string): ElfFile {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const view = new DataView(bytes.buffer);
  const sections = Number(view.getBigUint64(40, true));
  for (let index = 0; index < view.getUint16(60, true); index++) {
    const type = sections + index * 64 + 4;
    if (view.getUint32(type, true) === SHT_SYMTAB) {
      view.setUint32(type, 0, true);
    }
  }
  return ElfFile.open(
    (offset, length) => bytes.subarray(offset, offset + length),
    file
  );
}

function places(sites: GilSites): unknown {
  return Object.entries(sites).map(([kind, list]) => [
    kind,
    (list as { body: string }[]).map(({ body: _, ...site }) => site)
  ]);
}

it.each(['plain', 'protected', 'python38'])(
  '%s: the same sites without symbols',
  name => {
    const file = path.join(__dirname, 'fixtures', `aarch64-${name}.so`);
    const bytes = fs.readFileSync(file);
    const whole = ElfFile.open(
      (offset, length) => bytes.subarray(offset, offset + length),
      file
    );
    const stripped = withoutSymbols(file);
    expect([whole.hasSymbolTable, stripped.hasSymbolTable]).toEqual([
      true,
      false
    ]);
    expect(places(findGilSites(stripped))).toEqual(places(findGilSites(whole)));
  }
);

/** Runs words from 0x1000 on. */
function after(...words: string[]): ValueEnvironment {
  const code = new Uint8Array(words.length * 4);
  words.forEach((word, index) =>
    new DataView(code.buffer).setUint32(index * 4, parseInt(word, 16), true)
  );
  const environment = new ValueEnvironment('entry');
  dataEffects(code, 0x1000).forEach((effects, index) =>
    environment.apply(effects, `word ${index}`)
  );
  return environment;
}

const onEntry = (register: string, offset = 0): unknown => ({
  origin: `${register} entry`,
  offset
});
const constant = (value: number): unknown => ({ origin: '', offset: value });

// Words by hand, read back by llvm-mc 14.
it.each([
  ['mov x19, x0', ['aa0003f3'], 'x19', onEntry('x0')],
  ['mov x19, xzr', ['aa1f03f3'], 'x19', constant(0)],
  ['mov x0, #1', ['d2800020'], 'x0', constant(1)],
  ['mov w0, #0x10000', ['52a00020'], 'x0', constant(0x10000)],
  ['add x0, x1, #8', ['91002020'], 'x0', onEntry('x1', 8)],
  ['add x0, x1, #1, lsl #12', ['91400420'], 'x0', onEntry('x1', 4096)],
  ['sub sp, sp, #32', ['d10083ff'], 'sp', onEntry('sp', -32)],
  ['adrp x0, next page', ['b0000000'], 'x0', constant(0x2000)],
  ['adr x1, .', ['10000001'], 'x1', constant(0x1000)],
  [
    'stp x29, x30, [sp, #-32]!; ldp x0, x1, [sp]',
    ['a9be7bfd', 'a94007e0'],
    'x1',
    onEntry('x30')
  ],
  [
    'stp x29, x30, [sp, #-32]!; ldp x29, x30, [sp], #32',
    ['a9be7bfd', 'a8c27bfd'],
    'sp',
    onEntry('sp')
  ],
  [
    'str x1, [x0, #8]; ldr x2, [x0, #8]',
    ['f9000401', 'f9400402'],
    'x2',
    onEntry('x1')
  ],
  [
    'stur x1, [x0, #-8]; ldur x2, [x0, #-8]',
    ['f81f8001', 'f85f8002'],
    'x2',
    onEntry('x1')
  ],
  ['str x1, [x0], #8: x0', ['f8008401'], 'x0', onEntry('x0', 8)],
  ['bl: x19 stays', ['94000000'], 'x19', onEntry('x19')]
])('%s', (_, words, register, value) => {
  expect(after(...words).register(register)).toEqual(value);
});

it.each([
  ['bl', ['94000000'], 'x0'],
  ['mov w0, w1', ['2a0103e0'], 'x0'],
  ['ldr w0, [x1]', ['b9400020'], 'x0'],
  ['movk x0, #1, lsl #16', ['f2a00020'], 'x0'],
  ['ldr q0, [x0], #16', ['3cc10400'], 'x0'],
  ['csel x0, x1, x2, eq', ['9a820020'], 'x0']
])('%s leaves nothing known', (_, words, register) => {
  const { origin } = after(...words).register(register);
  expect(origin).toBe(`${register} word 0`);
});
