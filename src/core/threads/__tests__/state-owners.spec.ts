/** Whose a thread state was, as records and readings of memory tell. */
import { Gil } from '../gil';
import { OddityLog } from '../oddity-log';
import { CpuPhase, GilPhase } from '../phases';
import { StateOwners } from '../state-owners';
import { Standing, TracedThread } from '../traced-thread';

const STATE = 0x7f00_1000;
const OTHER = 0x7f00_2000;

const gil = new Gil({
  pid: 1,
  address: 0,
  main: true,
  mode: 'waits',
  sites: { hasWait: true },
  oddities: new OddityLog(),
  switchInterval: 5_000_000
});

function lived(index: number, born: number, died = Infinity): TracedThread {
  const thread = new TracedThread({
    index,
    pid: 1,
    tid: 100 + index,
    born,
    gil,
    standing: Standing.Free,
    gilPhase: GilPhase.Unrecorded,
    cpuPhase: CpuPhase.On,
    schedulerStates: true
  });
  thread.died = died;
  return thread;
}

describe('the owner of a thread state', () => {
  it('is who used it last; before that, the first who did', () => {
    const owners = new StateOwners();
    owners.learn(lived(0, -Infinity), STATE, 10);
    owners.learn(lived(1, -Infinity), STATE, 20);
    expect(
      [5, 10, 19, 20, 99].map(time => owners.ownerAt(STATE, time))
    ).toEqual([0, 0, 0, 1, 1]);
    expect(owners.ownerAt(OTHER, 10)).toBe(-1);
  });

  it('is no thread before its birth, and none after its end', () => {
    const owners = new StateOwners();
    owners.learn(lived(0, 5, 30), STATE, 10);
    owners.learn(lived(1, 40), STATE, 50);
    expect(
      [4, 5, 29, 30, 39, 40].map(time => owners.ownerAt(STATE, time))
    ).toEqual([-1, 0, 0, -1, -1, 1]);
  });

  it('is who was read with it, where no living thread used it', () => {
    const owners = new StateOwners();
    // The memory is used again: 0 has ended when 1 is made, and 1 when 2 is made.
    owners.learn(lived(0, -Infinity, 20), STATE, 10);
    owners.learn(lived(2, 50), STATE, 60);
    owners.suppose(lived(1, 25, 45), STATE, 40);
    expect(
      [9, 19, 24, 25, 44, 45, 50].map(time => owners.ownerAt(STATE, time))
    ).toEqual([0, 0, -1, 1, 1, -1, 2]);
  });

  it('is not who was read with it, where another who lives has used it', () => {
    // The first state of a sub-interpreter bears the number of the thread that made it (3.12).
    const owners = new StateOwners();
    owners.learn(lived(0, -Infinity), STATE, 10);
    owners.suppose(lived(1, -Infinity), STATE, 5);
    owners.suppose(lived(1, -Infinity), STATE, 15);
    expect([1, 5, 12, 20].map(time => owners.ownerAt(STATE, time))).toEqual([
      0, 0, 0, 0
    ]);
  });

  it('is found from readings in any order', () => {
    const owners = new StateOwners();
    const [first, second] = [lived(0, -Infinity), lived(1, -Infinity)];
    owners.suppose(second, STATE, 30);
    owners.suppose(first, STATE, 10);
    owners.suppose(second, STATE, 20);
    owners.suppose(first, STATE, 5);
    expect([0, 19, 20, 35].map(time => owners.ownerAt(STATE, time))).toEqual([
      0, 0, 1, 1
    ]);
  });

  it('is at present only who lives and has not used another since', () => {
    const owners = new StateOwners();
    const thread = lived(0, -Infinity);
    owners.learn(thread, STATE, 10);
    expect(owners.ownerOf(STATE)).toBe(thread);
    owners.learn(thread, OTHER, 20);
    expect(owners.ownerOf(STATE)).toBeUndefined();
    expect(owners.ownerOf(OTHER)).toBe(thread);
    thread.died = 30;
    expect(owners.ownerOf(OTHER)).toBeUndefined();
  });

  it('was told by a record, or only read', () => {
    const owners = new StateOwners();
    owners.suppose(lived(1, -Infinity), STATE, 5);
    owners.learn(lived(0, -Infinity), STATE, 10);
    expect(owners.lastUse(STATE, 9)).toBeUndefined();
    expect(owners.lastUse(STATE, 10)?.thread.index).toBe(0);
  });
});
