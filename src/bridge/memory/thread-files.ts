/**
 * The files of one thread in /proc: what it does, and how often it ran. They are kept open; each read from offset 0
 * tells the present (fs/seq_file.c).
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Address, Nanoseconds } from '../../core/units';
import { NO_CALL, RUNNING } from '../../core/threads/sampled/activity';

const BUFFER = new Uint8Array(512);

const LETTER_R = 0x72;
const DIGIT_0 = 0x30;
const LETTER_A = 0x61;

export class ThreadFiles {
  /**
   * @param folder the thread's, /proc/PID/task/TID
   * @throws the system's error, ENOENT if the thread has ended
   */
  constructor(folder: string) {
    this._syscall = openSync(`${folder}/syscall`, 'r');
    try {
      this._schedule = openSync(`${folder}/schedstat`, 'r');
    } catch {
      // Kernels without CONFIG_SCHED_INFO.
    }
    try {
      this.comm = readFileSync(`${folder}/comm`, 'utf8').replace(/\n$/, '');
    } catch {
      // It has ended.
    }
  }

  /** The kernel's name of the thread. */
  readonly comm: string = '';

  /** By `readCall`: the system call that it sleeps in, or RUNNING, or NO_CALL; its first argument. */
  call = RUNNING;
  argument: Address = 0;

  /** By `readSchedule`: how long it was on a CPU and waited for one, and how often it got one, in all. */
  cpuNs: Nanoseconds = 0;
  turns = -1;
  queuedNs: Nanoseconds = 0;

  /** @returns false if the thread has ended */
  readCall(): boolean {
    const length = this._read(this._syscall);
    if (length <= 0) {
      return false;
    }
    // proc(5): "running", or number, six arguments, stack pointer, program counter; number -1 outside of a call.
    if (BUFFER[0] === LETTER_R) {
      this.call = RUNNING;
      this.argument = 0;
      return true;
    }
    if (BUFFER[0] < DIGIT_0) {
      this.call = NO_CALL;
      this.argument = 0;
      return true;
    }
    const end = this._number(0, 10);
    this.call = this._value;
    // " 0x"
    this._number(end + 3, 16);
    this.argument = this._value;
    return true;
  }

  /** @returns false where the kernel does not tell: without CONFIG_SCHED_INFO all is 0 (fs/proc/base.c), as before a first turn */
  readSchedule(): boolean {
    if (this._schedule < 0 || this._read(this._schedule) <= 0) {
      return false;
    }
    // Time on a CPU, time waiting for one, number of turns (Documentation/scheduler/sched-stats.rst).
    let end = this._number(0, 10);
    this.cpuNs = this._value;
    end = this._number(end + 1, 10);
    this.queuedNs = this._value;
    this._number(end + 1, 10);
    this.turns = this._value;
    return this.turns > 0;
  }

  close(): void {
    closeSync(this._syscall);
    if (this._schedule >= 0) {
      closeSync(this._schedule);
      this._schedule = -1;
    }
  }

  private _read(file: number): number {
    try {
      return readSync(file, BUFFER, 0, BUFFER.length, 0);
    } catch {
      return 0;
    }
  }

  /** Reads a number into `_value`; returns where it ends. */
  private _number(from: number, base: number): number {
    let value = 0;
    let at = from;
    for (; at < BUFFER.length; at++) {
      const code = BUFFER[at];
      const digit = code >= LETTER_A ? code - LETTER_A + 10 : code - DIGIT_0;
      if (digit < 0 || digit >= base) {
        break;
      }
      value = value * base + digit;
    }
    this._value = value;
    return at;
  }

  private readonly _syscall: number;
  private _schedule = -1;
  private _value = 0;
}
