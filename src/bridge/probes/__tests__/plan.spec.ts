import type { FrameLayout } from '../../../core/cpython/frame-layout';
import type { InterpreterCode } from '../interpreter-code';
import { planProbes, type PlannedProbe } from '../plan';

const SITE = { address: 0, instruction: 'jcc', body: 'take_gil' } as const;
const at = (fileOffset: number) => ({ ...SITE, fileOffset });

const CODE: InterpreterCode = {
  library: '/lib/libpython.so',
  identity: 'x',
  minor: 12,
  runtime: { address: 0x1000, size: 8 },
  gil: {
    address: 0x5000,
    lastHolder: 0x5008,
    locked: 0x5010,
    switchNumber: 0x5018,
    foundBy: 'scan'
  },
  sites: {
    request: [{ ...at(1), threadState: 'di' }],
    wait: [at(2)],
    wake: [at(3)],
    drop: [at(4), at(5)],
    yield: [at(6)],
    yieldEnd: [at(7)]
  },
  locks: {
    lockWait: [
      { ...at(8), lock: 'di' },
      { ...at(9), lock: 'di' }
    ],
    lockWaitEnd: [at(10)]
  },
  collectors: [at(11)]
};

// What planProbes reads of a layout: as CPython 3.12.1 has it (research by its headers).
const LAYOUT = {
  framePath: [56, 0],
  frame: { code: 0, instruction: 56, instructionKind: 'pointer', previous: 8 },
  interpreter: { next: 0, threadsHead: 72, gil: 384 },
  threadState: { interpreter: 16 }
} as unknown as FrameLayout;

function byName(probes: readonly PlannedProbe[]): Map<string, PlannedProbe> {
  return new Map(probes.map(probe => [probe.name, probe]));
}

describe('planProbes', () => {
  const facts = {
    layout: LAYOUT,
    waitVariables: [{ threadState: '%r14', gil: '%r15' }]
  };

  it('fetches the frame of who asks, and of the holder where somebody really waits', () => {
    const probes = byName(planProbes(CODE, facts, 'full').probes);
    expect(probes.get('request')?.fetch).toBe(
      'tstate=%di:x64 code=+0(+0(+56(%di))):x64 ip=+56(+0(+56(%di))):x64 interp=+16(%di):x64'
    );
    expect(probes.get('wait')?.fetch).toBe(
      'last_holder=+8(%r15):x64 gil=%r15:x64 holder_code=+0(+0(+56(+8(%r15)))):x64 holder_ip=+56(+0(+56(+8(%r15)))):x64'
    );
    expect(probes.get('wake')?.fetch).toBe(
      'locked=+16(%r15):s32 last_holder=+8(%r15):x64 gil=%r15:x64'
    );
    expect(probes.get('drop')).toEqual({
      name: 'drop',
      offsets: [4, 5],
      fetch: ''
    });
    expect(probes.get('lock_wait')).toEqual({
      name: 'lock_wait',
      offsets: [8, 9],
      fetch: 'lock=%di:x64'
    });
    expect(probes.get('gc_end')?.atReturn).toBe(true);
  });

  it('sets nothing for `waits` that is hit while nobody waits', () => {
    const probes = byName(planProbes(CODE, facts, 'waits').probes);
    expect([...probes.keys()]).toEqual([
      'wait',
      'wake',
      'yield',
      'yield_end',
      'lock_wait',
      'lock_wait_end'
    ]);
    // The waiter's own frame: nothing else tells where it stands.
    expect(probes.get('wait')?.fetch).toContain(
      'tstate=%r14:x64 code=+0(+0(+56(%r14))):x64 ip=+56(+0(+56(%r14))):x64'
    );
  });

  it('looks at the holder in the wake where the wait has no site of its own', () => {
    const code = { ...CODE, sites: { ...CODE.sites, wait: [] } };
    const probes = byName(planProbes(code, facts, 'full').probes);
    expect(probes.has('wait')).toBe(false);
    expect(probes.get('wake')?.fetch).toContain('holder_code=');
  });

  it('reads the main GIL at its address where its register is not known, and no frames without a layout', () => {
    const probes = byName(
      planProbes(CODE, { waitVariables: [] }, 'full').probes
    );
    expect(probes.get('request')?.fetch).toBe('tstate=%di:x64');
    expect(probes.get('wake')?.fetch).toBe(
      'locked=@0x5010:s32 last_holder=@0x5008:x64'
    );
  });
});
