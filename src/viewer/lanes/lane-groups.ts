/** Which lanes stand together, and in which order. */
import { append } from '../../core/grouping';
import type { ITranslation } from '../translation';
import type { Lane } from './lane-data';
import { MeanLane } from './mean-lane';

/** By what the lanes of a group are sorted; the largest first. */
export type LaneOrder = 'role' | 'waited' | 'made-wait' | 'name';

/** `python`: threads that asked for the GIL, and the main thread; `others`: lanes of several threads. */
export type GroupKind = 'python' | 'native' | 'idle' | 'others';

export interface LaneGroup {
  /** Names the group within its run. */
  readonly key: string;
  readonly kind: GroupKind;
  /** Set if the run has several processes. */
  readonly pid: number | undefined;
  /** Of native threads: the library that they were seen in most. */
  readonly library: string | undefined;
  readonly lanes: readonly Lane[];
  /** Stands for all of them while the group is folded. */
  readonly mean: Lane;
  /** Whether it has a header by which it can be folded. */
  readonly headed: boolean;
  readonly foldedAtFirst: boolean;
}

/** More lanes than this nobody looks through: they are folded at first. */
const MANY_LANES = 30;

/** From here on even threads of one kind in one process get a header. */
const HEADED_LANES = 9;

const KINDS: readonly GroupKind[] = ['python', 'native', 'idle', 'others'];

/** The groups in the order of the screen. Every lane is in one of them. */
export function groupLanes(
  lanes: readonly Lane[],
  order: LaneOrder
): readonly LaneGroup[] {
  const pids = [...new Set(lanes.flatMap(({ thread }) => thread?.pid ?? []))];
  const several = pids.length > 1;
  const groups = new Map<string, Lane[]>();
  for (const lane of lanes) {
    append(groups, groupKey(lane, several), lane);
  }
  return Array.from(groups, ([key, members]): LaneGroup => {
    const kind = kindOf(members[0]);
    const { thread } = members[0];
    const many = members.length > MANY_LANES;
    return {
      key,
      kind,
      pid: several ? thread?.pid : undefined,
      library: kind === 'native' ? thread?.library : undefined,
      lanes: sortLanes(members, order),
      mean: meanOf(key, members),
      headed:
        kind === 'idle' ||
        (kind === 'native' && members.length > 1) ||
        (kind === 'python' && several) ||
        members.length >= HEADED_LANES,
      foldedAtFirst: kind === 'idle' || many
    };
  }).sort(
    (a, b) =>
      Number(a.kind === 'others') - Number(b.kind === 'others') ||
      pids.indexOf(a.pid ?? -1) - pids.indexOf(b.pid ?? -1) ||
      KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
      // Those of no known library stand behind the others.
      Number(a.library === undefined) - Number(b.library === undefined) ||
      b.lanes.length - a.lanes.length
  );
}

/** All lanes as one: those that have to do with the GIL, if there are any. */
export function lanesInBrief(lanes: readonly Lane[]): Lane {
  const busy = lanes.filter(
    lane => lane.number !== undefined || lane.thread === undefined
  );
  return meanOf('all', busy.length > 0 ? busy : lanes);
}

/** What a group's header says: `12 threads of libopenblas.so`. */
export function groupTitle(group: LaneGroup, trans: ITranslation): string {
  const { count } = group.mean;
  const words = (): string => {
    switch (group.kind) {
      case 'python':
        return trans._n('%1 Python thread', '%1 Python threads', count);
      case 'native':
        return group.library === undefined
          ? trans._n('%1 native thread', '%1 native threads', count)
          : trans._n(
              '%1 thread of %2',
              '%1 threads of %2',
              count,
              group.library
            );
      case 'idle':
        return trans._n('%1 idle thread', '%1 idle threads', count);
      case 'others':
        return trans._n('%1 other thread', '%1 other threads', count);
    }
  };
  return group.pid === undefined
    ? words()
    : trans.__('process %1: %2', group.pid, words());
}

function kindOf({ thread, idle }: Lane): GroupKind {
  if (thread === undefined) {
    return 'others';
  }
  if (idle) {
    return 'idle';
  }
  return thread.native && !thread.main ? 'native' : 'python';
}

function groupKey(lane: Lane, several: boolean): string {
  const kind = kindOf(lane);
  const process = several ? (lane.thread?.pid ?? '') : '';
  const library = kind === 'native' ? (lane.thread?.library ?? '') : '';
  return kind === 'others' ? kind : `${process} ${kind} ${library}`;
}

function meanOf(key: string, lanes: readonly Lane[]): Lane {
  const sum = (read: (lane: Lane) => number): number =>
    lanes.reduce((total, lane) => total + read(lane), 0);
  return {
    key: `mean ${key}`,
    source: new MeanLane(lanes),
    count: sum(({ count }) => count),
    thread: undefined,
    mean: true,
    threads: lanes.flatMap(({ threads }) => threads),
    number: undefined,
    idle: lanes.every(({ idle }) => idle),
    waitedNs: sum(({ waitedNs }) => waitedNs),
    madeWaitNs: sum(({ madeWaitNs }) => madeWaitNs)
  };
}

/** Lanes come in the order of their roles; a sort of equal ones leaves that as it is. */
function sortLanes(lanes: readonly Lane[], order: LaneOrder): readonly Lane[] {
  switch (order) {
    case 'role':
      return lanes;
    case 'waited':
      return [...lanes].sort((a, b) => b.waitedNs - a.waitedNs);
    case 'made-wait':
      return [...lanes].sort((a, b) => b.madeWaitNs - a.madeWaitNs);
    case 'name': {
      // worker-2 before worker-10.
      const { compare } = new Intl.Collator(undefined, { numeric: true });
      const name = ({ thread }: Lane): string => thread?.name ?? '';
      return [...lanes].sort((a, b) => compare(name(a), name(b)));
    }
  }
}
