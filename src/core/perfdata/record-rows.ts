import { CorruptRecord, requireSize } from './corrupt-record';
import { UNKNOWN_CPU } from './event-ids';
import type { Losses } from './losses';
import { Misc, RECORD_HEADER_SIZE, RecordType } from './record-types';
import { NO_EVENT, RecordKind } from './records';
import type { RoundSorter } from './round-sorter';
import { NO_TIME } from './pending-rows';
import { ABSENT, findRaw } from './sample-layout';
import type { StreamEvents } from './stream-events';
import { readText } from './stream-features';
import type { TimeOrigin } from './time-origin';
import { readU64 } from './u64';

/** Value of pid and tid where the record does not say them. */
const NO_THREAD = -1;

/**
 * Turns the kernel's records into rows of the sorter.
 * Layouts: include/uapi/linux/perf_event.h, at enum perf_event_type.
 */
export class RecordRows {
  constructor(
    private readonly _events: StreamEvents,
    private readonly _sorter: RoundSorter,
    private readonly _origin: TimeOrigin,
    private readonly _losses: Losses
  ) {}

  /** Names that COMM rows refer to. */
  readonly strings: string[] = [];

  /** Samples with an id that no event has; they are left out. */
  unidentified = 0;

  /** SAMPLE */
  sample(view: DataView, at: number, size: number): void {
    const event = this._events.ofSample(view, at, size);
    if (event === undefined) {
      this.unidentified++;
      return;
    }
    const { sample, decoder } = event;
    const { fixedEnd, tidAt, timeAt, cpuAt, idAt } = sample;
    if (size < fixedEnd) {
      requireSize(RecordType.Sample, size, fixedEnd);
    }
    let data = at;
    let count = 0;
    if (decoder !== undefined) {
      count = decoder.count;
      if (event.decodesRaw) {
        const raw = sample.varies
          ? findRaw(sample, view, at, size)
          : at + fixedEnd;
        const room = at + size - raw - 4;
        const rawSize = room >= 0 ? view.getUint32(raw, true) : 0;
        if (rawSize > room) {
          throw new CorruptRecord('its data is longer than it');
        }
        decoder.check(rawSize);
        data = raw + 4;
      }
    }
    let cpu = UNKNOWN_CPU;
    if (cpuAt !== ABSENT) {
      cpu = view.getInt32(at + cpuAt, true);
    } else if (idAt !== ABSENT) {
      cpu = this._events.cpuOfId(view, at + idAt);
    }
    const sorter = this._sorter;
    const first = sorter.append(
      RecordKind.Sample,
      event.index,
      timeAt === ABSENT ? NO_TIME : this._origin.read(view, at + timeAt),
      tidAt === ABSENT ? NO_THREAD : view.getInt32(at + tidAt, true),
      tidAt === ABSENT ? NO_THREAD : view.getInt32(at + tidAt + 4, true),
      cpu,
      count
    );
    if (decoder !== undefined) {
      decoder.decode(view, data, sorter.values, first);
    }
    event.samples++;
  }

  /** SWITCH {} and SWITCH_CPU_WIDE {u32 pid, tid of the other thread}: the trailer says whose. */
  switch(view: DataView, at: number, type: number, size: number): void {
    this._readTrailer(
      view,
      at,
      type,
      size,
      type === RecordType.SwitchCpuWide ? 8 : 0
    );
    const misc = view.getUint16(at + 4, true);
    let kind: RecordKind = RecordKind.SwitchIn;
    if ((misc & Misc.SwitchOut) !== 0) {
      kind =
        (misc & Misc.SwitchOutPreempt) !== 0
          ? RecordKind.SwitchOutPreempted
          : RecordKind.SwitchOut;
    }
    this._append(kind, this._pid, this._tid, 0);
  }

  /**
   * FORK and EXIT {u32 pid, ppid, tid, ptid; u64 time}. The trailer's time orders the record among
   * the others; the body's is read a little later (150 to 300 ns, measured) and used only without it.
   */
  task(view: DataView, at: number, type: number, size: number): void {
    this._readTrailer(view, at, type, size, 24);
    if (this._time === NO_TIME) {
      this._time = this._origin.read(view, at + 24);
    }
    const pid = view.getInt32(at + 8, true);
    const tid = view.getInt32(at + 16, true);
    if (type === RecordType.Exit) {
      this._append(RecordKind.Exit, pid, tid, 0);
      return;
    }
    const first = this._append(RecordKind.Fork, pid, tid, 2);
    this._sorter.values[first] = view.getInt32(at + 12, true);
    this._sorter.values[first + 1] = view.getInt32(at + 20, true);
  }

  /** COMM {u32 pid, tid; char comm[], padded with zeros}. */
  comm(view: DataView, at: number, size: number): void {
    const trailer = this._readTrailer(view, at, RecordType.Comm, size, 8);
    const name = readText(view, at + 16, size - 16 - trailer);
    const first = this._append(
      RecordKind.Comm,
      view.getInt32(at + 8, true),
      view.getInt32(at + 12, true),
      2
    );
    const exec = (view.getUint16(at + 4, true) & Misc.CommExec) !== 0;
    this._sorter.values[first] = this._indexOfString(name);
    this._sorter.values[first + 1] = exec ? 1 : 0;
  }

  /**
   * LOST {u64 id, lost}. It is written when the ring has room again, so its time is the end of the
   * gap; its id is that of the event that got through and says nothing of those lost.
   */
  lost(view: DataView, at: number, size: number): void {
    this._readTrailer(view, at, RecordType.Lost, size, 16);
    const count = readU64(view, at + 16);
    this._losses.addReported(this._cpu, count);
    const first = this._append(RecordKind.Lost, this._pid, this._tid, 1);
    this._sorter.values[first] = count;
  }

  /**
   * LOST_SAMPLES {u64 lost}. perf writes them at the end with an empty trailer but for the id
   * (builtin-record.c, record__read_lost_samples): only the id tells the CPU.
   */
  lostSamples(view: DataView, at: number, size: number): void {
    const type = RecordType.LostSamples;
    requireSize(type, size, RECORD_HEADER_SIZE + 8);
    const misc = view.getUint16(at + 4, true);
    if ((misc & Misc.LostSamplesBpf) !== 0) {
      return;
    }
    const { idFromEnd } = this._events.trailerOf(view, type, size, at + size);
    const hasId = idFromEnd !== ABSENT && size >= 16 + idFromEnd;
    const cpu = hasId
      ? this._events.cpuOfId(view, at + size - idFromEnd)
      : UNKNOWN_CPU;
    this._losses.addCounted(cpu, readU64(view, at + 8));
  }

  /**
   * At the end of the stream, all rows delivered: adds rows for the losses that no LOST record told
   * of. They lie between their ring's last record and the end.
   */
  unreportedLosses(): void {
    for (const { cpu, count } of this._losses.unreported()) {
      const first = this._sorter.append(
        RecordKind.Lost,
        NO_EVENT,
        this._sorter.newest,
        NO_THREAD,
        NO_THREAD,
        cpu,
        1
      );
      this._sorter.values[first] = count;
    }
  }

  /** Adds a row at the trailer's time and place with `count` arguments; returns where they go. */
  private _append(
    kind: RecordKind,
    pid: number,
    tid: number,
    count: number
  ): number {
    return this._sorter.append(
      kind,
      NO_EVENT,
      this._time,
      pid,
      tid,
      this._cpu,
      count
    );
  }

  /**
   * Reads who, when and where from the record's end. Returns the trailer's size.
   * @param bodySize bytes between header and trailer at least
   */
  private _readTrailer(
    view: DataView,
    at: number,
    type: number,
    size: number,
    bodySize: number
  ): number {
    const end = at + size;
    const trailer = this._events.trailerOf(view, type, size, end);
    requireSize(type, size, RECORD_HEADER_SIZE + bodySize + trailer.size);
    const { tidFromEnd, timeFromEnd, cpuFromEnd, idFromEnd } = trailer;
    const hasTid = tidFromEnd !== ABSENT;
    this._pid = hasTid ? view.getInt32(end - tidFromEnd, true) : NO_THREAD;
    this._tid = hasTid ? view.getInt32(end - tidFromEnd + 4, true) : NO_THREAD;
    this._time =
      timeFromEnd === ABSENT
        ? NO_TIME
        : this._origin.read(view, end - timeFromEnd);
    this._cpu = UNKNOWN_CPU;
    // A record that perf made up has an empty trailer: its CPU 0 means nothing.
    if (cpuFromEnd !== ABSENT) {
      if (this._time !== NO_TIME) {
        this._cpu = view.getInt32(end - cpuFromEnd, true);
      }
    } else if (idFromEnd !== ABSENT) {
      this._cpu = this._events.cpuOfId(view, end - idFromEnd);
    }
    return trailer.size;
  }

  private _indexOfString(text: string): number {
    let index = this._stringIndex.get(text);
    if (index === undefined) {
      index = this.strings.push(text) - 1;
      this._stringIndex.set(text, index);
    }
    return index;
  }

  private readonly _stringIndex = new Map<string, number>();
  /** What the last trailer said. */
  private _pid = NO_THREAD;
  private _tid = NO_THREAD;
  private _time = NO_TIME;
  private _cpu = UNKNOWN_CPU;
}
