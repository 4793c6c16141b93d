import { Callees } from '../callees';
import { callsOf, jumpBehind, readBody, roleOf } from '../function-body';
import type { ProbeSite } from '../probe-site';
import { buildC, hasCompiler } from './compiled';
import { openElf } from './pythons';

/** The first conditional jump is the one behind the call; in the second function, one that others reach, too. */
const SOURCE = `
  #include <pthread.h>
  __asm__(".text\\n"
    ".globl alone\\n.type alone,@function\\nalone:\\n"
    "call pthread_mutex_unlock@PLT\\n"
    "test %eax,%eax\\n jne 2f\\n ret\\n 2: hlt\\n"
    ".size alone,.-alone\\n"
    ".globl shared\\n.type shared,@function\\nshared:\\n"
    "call pthread_mutex_unlock@PLT\\n"
    "1: test %eax,%eax\\n jne 2f\\n ret\\n 2: mov %edi,%eax\\n jmp 1b\\n"
    ".size shared,.-shared\\n");
  void *keep = pthread_mutex_unlock;
`;

const canRun = process.arch === 'x64' && hasCompiler();

(canRun ? describe : describe.skip)('jumpBehind', () => {
  const elf = canRun
    ? openElf(buildC(SOURCE, ['-O2', '-fPIC', '-shared']))
    : undefined;

  function behindUnlock(name: string): ProbeSite {
    const symbol = elf?.symbol(name);
    if (elf === undefined || symbol === undefined) {
      throw new Error(`no ${name} in what was built`);
    }
    const callees = new Callees(elf, other => roleOf(other) !== undefined);
    const body = readBody(elf, symbol, callees);
    const [call] = callsOf(body, 'unlock');
    return jumpBehind(elf, body, call, 'the unlock');
  }

  it('is the test of what was returned', () => {
    // A call is 5 bytes long, the test 2.
    const start = elf?.symbol('alone')?.address ?? NaN;
    expect(behindUnlock('alone').address).toBe(start + 7);
  });

  it('is none that is reached in other ways', () => {
    expect(() => behindUnlock('shared')).toThrow(
      /a jump after the call of the unlock/
    );
  });
});
