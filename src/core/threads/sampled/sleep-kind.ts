/** What a thread sleeps in, by the system call: a pause, input or output, the end of another process. */

export const SleepKind = {
  /** Any other call, or none: a page fault. */
  Other: 0,
  /** Until a time. */
  Pause: 1,
  /** Files, pipes, sockets; also the wait for any of them to be ready. */
  InputOutput: 2,
  /** Until another process ends. */
  Process: 3
} as const;

export type SleepKind = (typeof SleepKind)[keyof typeof SleepKind];

/** Names as they stand in documents; index = SleepKind. */
export const SLEEP_NAMES = ['other', 'pause', 'io', 'process'] as const;

export type SleepName = (typeof SLEEP_NAMES)[number];

/** arch/x86/entry/syscalls/syscall_64.tbl; of select and poll a thread without files only pauses. */
const X64: Record<'pause' | 'io' | 'process' | 'select', readonly number[]> = {
  // nanosleep, clock_nanosleep
  pause: [35, 230],
  // read, write, poll, pread64, pwrite64, readv, writev, sendfile, connect, accept, sendto, recvfrom, sendmsg, recvmsg, flock,
  // fsync, fdatasync, open, epoll_wait, openat, ppoll, splice, sync_file_range, epoll_pwait, fallocate, accept4, preadv,
  // pwritev, recvmmsg, syncfs, sendmmsg, copy_file_range, preadv2, pwritev2, io_uring_enter, epoll_pwait2
  io: [
    0, 1, 7, 17, 18, 19, 20, 40, 42, 43, 44, 45, 46, 47, 73, 74, 75, 2, 232,
    257, 271, 275, 277, 281, 285, 288, 295, 296, 299, 306, 307, 326, 327, 328,
    426, 441
  ],
  // wait4, waitid
  process: [61, 247],
  // select, pselect6: their first argument is how many files there are
  select: [23, 270]
};

/** include/uapi/asm-generic/unistd.h */
const ARM64: typeof X64 = {
  pause: [101, 115],
  io: [
    63, 64, 65, 66, 67, 68, 69, 70, 71, 32, 82, 83, 84, 56, 47, 22, 73, 76, 202,
    203, 206, 207, 211, 212, 242, 243, 267, 269, 285, 286, 287, 426, 441
  ],
  process: [95, 260],
  select: [72]
};

const TABLES: ReadonlyMap<string, typeof X64> = new Map([
  ['x64', X64],
  ['arm64', ARM64]
]);

/** Tells what calls are for, on one kind of machine. */
export class SleepKinds {
  /** @param machine process.arch of Node */
  constructor(machine: string) {
    const table = TABLES.get(machine);
    const kinds = [
      [table?.pause, SleepKind.Pause],
      [table?.io, SleepKind.InputOutput],
      [table?.process, SleepKind.Process]
    ] as const;
    for (const [calls = [], kind] of kinds) {
      calls.forEach(call => this._kinds.set(call, kind));
    }
    this._select = new Set(table?.select);
  }

  /** @param argument the call's first one */
  of(call: number, argument: number): SleepKind {
    if (this._select.has(call)) {
      return argument === 0 ? SleepKind.Pause : SleepKind.InputOutput;
    }
    return this._kinds.get(call) ?? SleepKind.Other;
  }

  private readonly _kinds = new Map<number, SleepKind>();
  private readonly _select: ReadonlySet<number>;
}
