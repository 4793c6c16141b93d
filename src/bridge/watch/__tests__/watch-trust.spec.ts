import { RecordKind, type RecordBatch } from '../../../core/perfdata/records';
import type { Store } from '../../../core/binary/stores';
import { WatchTrust } from '../watch-trust';

const WORDS = { locked: 0x10, wait: 0x20, yield: 0x30 };
const EVENTS = Object.values(WORDS).map(address => ({
  name: `mem:${address}`,
  fields: ['ip'],
  address
}));

/** What is written, as an address of code. */
const STORES: readonly (Store | undefined)[] = [
  undefined,
  { kind: 'constant', value: 1 },
  { kind: 'constant', value: 0 },
  { kind: 'addition' },
  { kind: 'other' }
];

const DEEDS = {
  take: [0, 1],
  drop: [0, 2],
  strange: [0, 4],
  unreadable: [0, 0],
  wait: [1, 3],
  signal: [1, 4],
  yield: [2, 3]
} as const;

type Deed = readonly [tid: number, deed: keyof typeof DEEDS];

function trustIn(deeds: readonly Deed[]): WatchTrust {
  const trust = new WatchTrust(EVENTS, WORDS, { storeAt: ip => STORES[ip] });
  const { length } = deeds;
  const tids = Int32Array.from(deeds, ([tid]) => tid);
  const batch: RecordBatch = {
    length,
    kind: new Uint8Array(length).fill(RecordKind.Sample),
    event: Uint8Array.from(deeds, ([, deed]) => DEEDS[deed][0]),
    time: Float64Array.from(deeds, (_, row) => row),
    pid: tids,
    tid: tids,
    cpu: new Int16Array(length),
    args: [Float64Array.from(deeds, ([, deed]) => DEEDS[deed][1])]
  };
  trust.consume(batch);
  return trust;
}

/** Two threads that hand the GIL to and fro: each waits, one of them twice. */
const HAND_OVER: readonly Deed[] = [
  [1, 'take'],
  [2, 'wait'],
  [2, 'wait'],
  [1, 'drop'],
  [1, 'signal'],
  [1, 'yield'],
  [2, 'take'],
  [1, 'wait'],
  [2, 'drop'],
  [2, 'signal'],
  [1, 'take'],
  [1, 'drop']
];
const FIGHT = [...HAND_OVER, ...HAND_OVER, ...HAND_OVER];

it('trusts what alternates, and waits of those who have to', () => {
  const trust = trustIn(FIGHT);
  expect(trust.distrust(9, 0)).toBeUndefined();
  expect(trust.distrustWaits()).toBeUndefined();
});

it('trusts a program that has the GIL when it is first seen', () => {
  expect(trustIn([[1, 'drop'], ...FIGHT]).distrust(9, 0)).toBeUndefined();
});

it.each<[string, readonly Deed[], RegExp]>([
  ['two takes', [...FIGHT, [1, 'take'], [1, 'take']], /do not alternate/],
  ['takes of two threads', [...FIGHT, [1, 'take'], [2, 'take']], /do not alt/],
  ['a drop too many', [...FIGHT, [1, 'drop']], /do not alternate/],
  ['a drop of another', [...FIGHT, [1, 'take'], [2, 'drop']], /do not alt/],
  ['an unknown store', [...FIGHT, [1, 'strange']], /is not known/],
  ['code that can not be read', [...FIGHT, [1, 'unreadable']], /is not known/],
  ['too few of them', [], /0 takes and 0 drops were seen where at least 9/]
])('does not trust %s', (_, deeds, why) => {
  expect(trustIn(deeds).distrust(9, 0)).toMatch(why);
});

it('does not trust what lost records', () => {
  expect(trustIn(FIGHT).distrust(9, 2)).toBe('2 records were lost');
});

it.each<[string, readonly Deed[], RegExp]>([
  ['of a free GIL', [...FIGHT, [1, 'wait']], /1 of 13 waits were none/],
  ['of the holder', [...FIGHT, [1, 'take'], [1, 'wait']], /were none/],
  [
    'behind which the thread drops',
    [...FIGHT, [1, 'take'], [2, 'wait'], [2, 'drop']],
    /were none/
  ],
  [
    'for a switch without a drop',
    [...FIGHT, [2, 'take'], [2, 'yield']],
    /none/
  ],
  ['that are few', HAND_OVER, /3 waits were seen where at least 8/]
])('does not trust waits %s', (_, deeds, why) => {
  const distrust = trustIn(deeds).distrustWaits();
  expect(distrust?.why).toMatch(why);
  expect(distrust?.few).toBe(why.source.includes('where at least'));
});

it('asks for no waits where their words are not watched', () => {
  const trust = new WatchTrust(
    EVENTS,
    { locked: WORDS.locked },
    { storeAt: ip => STORES[ip] }
  );
  expect(trust.distrustWaits()).toBeUndefined();
});
