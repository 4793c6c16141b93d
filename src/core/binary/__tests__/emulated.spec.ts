import { classify } from '../emulated';

// Bytes and expectation by hand from Linux arch/x86/kernel/uprobes.c, branch_setup_xol_ops() and
// push_setup_xol_ops(); the speed classes were measured too (push, nop, jmp, call about 0.8 us; sub,
// mov, endbr64, ret about 10 us in the same virtual machine).
const CASES: [string, string, ReturnType<typeof classify>][] = [
  ['push %r15', '41 57', 'push'],
  ['push %rbp', '55', 'push'],
  ['push %rax with a needless rex', '40 50', 'stepped'],
  ['push %ax', '66 50', 'stepped'],
  ['push $imm8', '6a 01', 'stepped'],
  ['nop', '90', 'nop'],
  ['xchg %ax,%ax', '66 90', 'nop'],
  ['pause', 'f3 90', 'stepped'],
  ['xchg %rax,%r8', '49 90', 'stepped'],
  ['nopl 0(%rax)', '0f 1f 00', 'stepped'],
  ['je short', '74 1c', 'jcc'],
  ['jne near', '0f 85 61 01 00 00', 'jcc'],
  ['jrcxz', 'e3 05', 'stepped'],
  ['call rel32', 'e8 51 9c ea ff', 'call'],
  ['addr32 call rel32', '67 e8 51 9c ea ff', 'call'],
  ['call *mem(%rip)', 'ff 15 10 20 30 00', 'stepped'],
  ['call *%rax', 'ff d0', 'stepped'],
  ['jmp short', 'eb f9', 'jmp'],
  ['bnd jmp near', 'f2 e9 00 01 00 00', 'jmp'],
  ['jmp near with an operand size prefix', '66 e9 00 01 00 00', 'stepped'],
  ['jmp *mem(%rip)', 'ff 25 10 20 30 00', 'stepped'],
  ['endbr64', 'f3 0f 1e fa', 'stepped'],
  ['ret', 'c3', 'stepped'],
  ['sub $8,%rsp', '48 83 ec 08', 'stepped'],
  ['cmove %rax,%rdi', '48 0f 44 f8', 'stepped'],
  ['sete %al', '0f 94 c0', 'stepped']
];

it.each(CASES)('%s (%s) is %s', (_, hex, expected) => {
  const bytes = hex.split(' ').map(byte => parseInt(byte, 16));
  expect(classify(Uint8Array.from(bytes))).toBe(expected);
});
