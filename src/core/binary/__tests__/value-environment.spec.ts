import type { DataEffect, Source } from '../data-effect';
import { distance, ValueEnvironment } from '../value-environment';

const set = (register: string, value: Source): DataEffect => ({
  kind: 'set',
  register,
  value
});
const sum = (register: string, plus: number): Source => ({
  kind: 'sum',
  register,
  plus
});
const load = (base: string, offset: number): Source => ({
  kind: 'load',
  from: { base, offset }
});
const store = (base: string, offset: number, value: Source): DataEffect => ({
  kind: 'store',
  to: { base, offset },
  width: 8,
  value
});
const UNKNOWN: Source = { kind: 'unknown' };

function after(...effects: DataEffect[]): ValueEnvironment {
  const environment = new ValueEnvironment('entry');
  effects.forEach((effect, index) =>
    environment.apply([effect], `instruction ${index}`)
  );
  return environment;
}

function between(
  environment: ValueEnvironment,
  from: string,
  to: string
): number | undefined {
  return distance(environment.register(from), environment.register(to));
}

it('follows sums through registers', () => {
  const environment = after(
    set('bx', sum('di', 0)),
    set('r12', sum('bx', 80)),
    set('bx', sum('bx', 8))
  );
  expect(between(environment, 'bx', 'r12')).toBe(72);
  expect(between(environment, 'di', 'r12')).toBe(80);
  expect(between(environment, 'si', 'r12')).toBeUndefined();
});

it('forgets what an instruction of no interest wrote', () => {
  const environment = after(set('bx', sum('di', 8)), set('di', UNKNOWN));
  expect(between(environment, 'di', 'bx')).toBeUndefined();
});

it('finds what was saved, by whatever register the place is reached', () => {
  const environment = after(
    set('bp', sum('sp', -16)),
    store('bp', -8, sum('di', 32)),
    set('di', UNKNOWN),
    set('ax', load('sp', -24))
  );
  const before = new ValueEnvironment('entry').register('di');
  expect(distance(before, environment.register('ax'))).toBe(32);
});

it('takes it that a place in memory holds what it held', () => {
  const environment = after(
    set('ax', load('di', 16)),
    set('bx', load('di', 16)),
    set('cx', load('di', 24))
  );
  expect(between(environment, 'ax', 'bx')).toBe(0);
  expect(between(environment, 'ax', 'cx')).toBeUndefined();
});

it('tells constants from one another', () => {
  const environment = after(
    set('di', { kind: 'constant', value: 0x1000 }),
    set('si', { kind: 'constant', value: 0x1030 })
  );
  expect(between(environment, 'di', 'si')).toBe(48);
});

it('names the registers that have a value', () => {
  const environment = after(set('bx', sum('di', 0)), set('r9', sum('di', 0)));
  expect(environment.registersWith(environment.register('bx')).sort()).toEqual([
    'bx',
    'r9'
  ]);
});

describe('where two ways meet', () => {
  const join = (
    ways: ValueEnvironment[],
    before?: ValueEnvironment
  ): ValueEnvironment => ValueEnvironment.join(ways, 'here', before);

  it('keeps what is the same', () => {
    const way = set('bx', sum('di', 8));
    const joined = join([after(way), after(way, set('cx', UNKNOWN))]);
    expect(between(joined, 'di', 'bx')).toBe(8);
  });

  it('keeps the distance of values that differ by the same', () => {
    const one = after(set('bx', load('di', 0)), set('r12', sum('bx', 80)));
    const other = after(set('bx', load('si', 0)), set('r12', sum('bx', 80)));
    const joined = join([one, other]);
    expect(between(joined, 'bx', 'r12')).toBe(80);
    expect(between(joined, 'bx', 'di')).toBeUndefined();
  });

  it('loses the distance where it differs', () => {
    const one = after(set('bx', sum('di', 8)));
    const other = after(set('bx', sum('di', 16)));
    expect(between(join([one, other]), 'di', 'bx')).toBeUndefined();
  });

  it('counts a value that only one way has set', () => {
    const one = after(set('bx', sum('di', 8)));
    expect(between(join([one, after()]), 'di', 'bx')).toBeUndefined();
    expect(between(join([after(), one]), 'di', 'bx')).toBeUndefined();
  });

  it('stays as it is once a loop has been followed', () => {
    const entry = after(set('bx', sum('di', 0)), set('cx', sum('di', 80)));
    let here = join([entry]);
    const seen: boolean[] = [];
    for (let round = 0; round < 4; round++) {
      // One step of a loop: both go on by 8.
      const back = here.copy();
      back.apply([set('bx', sum('bx', 8)), set('cx', sum('cx', 8))], 'step');
      const next = join([entry, back], here);
      seen.push(next.equals(here));
      here = next;
    }
    expect(seen).toEqual([false, true, true, true]);
    expect(between(here, 'bx', 'cx')).toBe(80);
    expect(between(here, 'di', 'bx')).toBeUndefined();
  });
});
