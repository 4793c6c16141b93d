/** What x86-64 instructions compute. Bytes by hand, read back by llvm-mc 14. */
import { dataEffects } from '../data-effects-x86';
import { ValueEnvironment } from '../value-environment';

/** Runs instructions from 0x1000 on. */
function after(hex: string): ValueEnvironment {
  const code = new Uint8Array(Buffer.from(hex.replace(/ /g, ''), 'hex'));
  const environment = new ValueEnvironment('entry');
  dataEffects(code, 0x1000).forEach((effects, index) =>
    environment.apply(effects, `instruction ${index}`)
  );
  return environment;
}

const onEntry = (register: string, offset = 0): unknown => ({
  origin: `${register} entry`,
  offset
});
const constant = (value: number): unknown => ({ origin: '', offset: value });

it.each([
  ['mov %rdi,%rbx', '48 89 fb', 'bx', onEntry('di')],
  ['lea 0x50(%r12),%rdi', '49 8d 7c 24 50', 'di', onEntry('r12', 0x50)],
  ['lea -0x8(%rbp),%rax', '48 8d 45 f8', 'ax', onEntry('bp', -8)],
  ['lea 0x10(%rip),%rdi', '48 8d 3d 10 00 00 00', 'di', constant(0x1017)],
  ['mov $0xa563d8,%edi', 'bf d8 63 a5 00', 'di', constant(0xa563d8)],
  ['mov $0xffffffffffffffff,%rsi', '48 c7 c6 ff ff ff ff', 'si', constant(-1)],
  ['xor %eax,%eax', '31 c0', 'ax', constant(0)],
  ['add $0x50,%rdi', '48 83 c7 50', 'di', onEntry('di', 0x50)],
  ['sub $0x18,%rsp', '48 83 ec 18', 'sp', onEntry('sp', -0x18)],
  ['push %rbx', '53', 'sp', onEntry('sp', -8)],
  ['push %rbx; pop %rcx', '53 59', 'cx', onEntry('bx')],
  ['push %rbx; pop %rcx: %rsp', '53 59', 'sp', onEntry('sp')],
  [
    'mov %rdi,-0x28(%rbp); mov -0x28(%rbp),%rdx',
    '48 89 7d d8 48 8b 55 d8',
    'dx',
    onEntry('di')
  ],
  ['call: %rbx stays', 'e8 00 00 00 00', 'bx', onEntry('bx')],
  ['movq $0x0,0x24(%rbx)', '48 c7 43 24 00 00 00 00', 'bx', onEntry('bx')]
])('%s', (_, hex, register, value) => {
  expect(after(hex).register(register)).toEqual(value);
});

it.each([
  ['call', 'e8 00 00 00 00', 'di'],
  ['mov %esi,%edi', '89 f7', 'di'],
  ['mov %fs:0x10,%rdi', '64 48 8b 3c 25 10 00 00 00', 'di'],
  ['lea 0x8(%rdi,%rsi,4),%rdi', '48 8d 7c b7 08', 'di'],
  ['and $0xfffffffffffffff0,%rsp', '48 83 e4 f0', 'sp'],
  ['cmove %rax,%rdi', '48 0f 44 f8', 'di'],
  ['add %rsi,%rdi', '48 01 f7', 'di'],
  ['movzbl %sil,%edi', '40 0f b6 fe', 'di']
])('%s leaves nothing known', (_, hex, register) => {
  const { origin } = after(hex).register(register);
  expect(origin).toBe(`${register} instruction 0`);
});

it('tells the width of a store, and the constant', () => {
  // movl $0x0,0x10(%r12); mov %rbx,0x8(%r12)
  const code = new Uint8Array(
    Buffer.from('41c744241000000000' + '49895c2408', 'hex')
  );
  expect(dataEffects(code, 0x1000)).toEqual([
    [
      {
        kind: 'store',
        to: { base: 'r12', offset: 16 },
        width: 4,
        value: { kind: 'constant', value: 0 }
      }
    ],
    [
      {
        kind: 'store',
        to: { base: 'r12', offset: 8 },
        width: 8,
        value: { kind: 'sum', register: 'bx', plus: 0 }
      }
    ]
  ]);
});
