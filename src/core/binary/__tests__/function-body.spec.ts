import { Callees } from '../callees';
import {
  callsOf,
  functionsNamed,
  jumpBehind,
  readBody,
  roleOf
} from '../function-body';
import type { ProbeSite } from '../probe-site';
import { buildC, hasCompiler } from './compiled';
import { openElf } from './pythons';
import { strip } from './stripped';

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

// A debug file that fits by its name, but is another build's: its addresses are in the middle of instructions.
(hasCompiler() ? it : it.skip)('a debug file is not believed blindly', () => {
  const build = (constant: string): string =>
    buildC(
      `static __attribute__((noinline)) long before(long i) { return i * ${constant}; }
       __attribute__((noinline, used)) static long take_gil(long i) { return before(i) / 7; }
       long shown(long i) { return take_gil(i) + take_gil(i + 1); }`,
      ['-O1', '-fPIC', '-shared', '-falign-functions=1']
    );
  // A constant of 8 bytes takes a longer instruction than one of 1.
  const short = build('77');
  const long = build('0x123456789abcdef');
  const names = (file: string, debug: string): string[] => {
    const elf = openElf(strip(file));
    elf.addSymbols(openElf(debug));
    return functionsNamed(elf, /^take_gil$/).map(({ name }) => name);
  };
  expect(names(short, short)).toEqual(['take_gil']);
  expect(names(short, long)).toEqual([]);
});

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
