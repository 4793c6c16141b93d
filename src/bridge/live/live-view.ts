/**
 * Tells of the run that goes on: as frames on the live socket while somebody reads it, else as notices to the shim. A
 * frame is made for each reader, and only if it can be sent.
 */
import { liveText } from '../../core/export/live-text';
import type { RunInfo } from '../../core/trace/document';
import { LiveCursor } from '../../core/trace/live-cursor';
import {
  LIVE_BUCKETS,
  LIVE_SHARE_BYTES,
  type LiveFrame
} from '../../core/trace/live-frame';
import { LiveRun, type LiveFigures } from '../../core/trace/live-run';
import type { SourceContext } from '../../core/trace/source-paths';
import { errorMessage } from '../failure';
import type { LiveNotice } from '../protocol/messages';
import type { LiveRecording } from './live-recording';
import { LiveSocket, type LiveConnection } from './live-socket';
import type { ThreadBoard } from '../memory/thread-board';
import { RecentRate } from './recent-rate';

/**
 * Time between two frames, and between two notices, in milliseconds. Twice as many frames show a state 50 ms sooner, and
 * take CPU time from the traced program where the browser runs on the same machine.
 */
const FRAME_INTERVAL = 100;
const NOTICE_INTERVAL = 1000;

/** Short runs need no notice, in milliseconds. */
const FIRST_NOTICE = 1500;

const FRAME_LIMITS = { buckets: LIVE_BUCKETS, bytes: LIVE_SHARE_BYTES };

/** A notice needs none before it, and goes through the kernel: ten seconds, and no more than it takes at ease. */
const NOTICE_LIMITS = { buckets: 1000, bytes: 256 * 1024 };

export interface WatchedRun {
  readonly info: RunInfo;
  readonly mode: string;
  readonly recording: LiveRecording;
  /** CLOCK_MONOTONIC when the run began, in nanoseconds. */
  readonly began: bigint;
  readonly sources: SourceContext;
  /** Names of threads, where the program lays them down; it is closed here. */
  readonly board: ThreadBoard | undefined;
}

export class LiveView {
  /** @param _onNotice told of the run while nobody reads the socket */
  constructor(private readonly _onNotice: (notice: LiveNotice) => void) {}

  /**
   * Opens the socket beside the kernel's connection file.
   * @returns why it could not be opened, if so: then there are notices only
   */
  async open(connectionFile: string): Promise<string | undefined> {
    try {
      this._socket = await LiveSocket.open(connectionFile);
      return undefined;
    } catch (error) {
      return `the live view has no socket: ${errorMessage(error)}`;
    }
  }

  /** A run is recorded from now on. */
  begin(watched: WatchedRun): void {
    const { recording, mode, began, info, sources, board } = watched;
    const { analysis, schedulerStates, origin } = recording;
    const begin = Number(began - origin);
    const run = new LiveRun({
      analysis,
      mode,
      schedulerStates,
      begin,
      lines: () => recording.lines(),
      sources,
      nameOf: tid => board?.nameOf(tid)
    });
    const now = Date.now();
    this._run = {
      run,
      info,
      recording,
      board,
      rate: new RecentRate(),
      cursors: new WeakMap(),
      nextNotice: now + FIRST_NOTICE,
      busy: false,
      figures: { events: 0, events_per_second: 0, lost: 0 }
    };
    this._timer = setInterval(() => void this._tick(), FRAME_INTERVAL);
    this._timer.unref();
  }

  /** The recording is about to be finished: nothing is asked of it any more. */
  freeze(): void {
    clearInterval(this._timer);
    this._run?.board?.close();
    this._frozen = this._run ?? this._frozen;
    this._run = undefined;
  }

  /** The run is over, its result in the run store. */
  end(info: RunInfo): void {
    this.freeze();
    const frozen = this._frozen;
    this._frozen = undefined;
    if (frozen === undefined) {
      return;
    }
    const text = JSON.stringify(frozen.run.ended(info, frozen.figures));
    for (const reader of this._socket?.readers ?? []) {
      // A reader that was never told of the run has not seen it begin.
      reader.send(text);
    }
  }

  /** Removes the socket. */
  async close(): Promise<void> {
    clearInterval(this._timer);
    await this._socket?.close();
  }

  private async _tick(): Promise<void> {
    const current = this._run;
    if (current === undefined || current.busy) {
      return;
    }
    const readers = this._socket?.readers.size ?? 0;
    if (readers === 0 && Date.now() < current.nextNotice) {
      return;
    }
    current.busy = true;
    try {
      const until = await current.recording.catchUp();
      // Meanwhile it may have come to its end.
      if (this._run === current) {
        current.board?.refresh();
        current.run.look(until);
        current.figures = figuresOf(current);
        this._tell(current);
      }
    } catch (error) {
      // Whatever is wrong with the view: the recording goes on.
      clearInterval(this._timer);
      process.stderr.write(`giltracer: live view: ${errorMessage(error)}\n`);
    } finally {
      current.busy = false;
    }
  }

  private _tell(current: CurrentRun): void {
    const { run, info, cursors, figures } = current;
    const readers = this._socket?.readers ?? new Set();
    for (const reader of readers) {
      if (reader.isReady()) {
        let cursor = cursors.get(reader);
        if (cursor === undefined) {
          cursor = new LiveCursor();
          cursors.set(reader, cursor);
        }
        const frame = run.frame(info, figures, cursor, FRAME_LIMITS);
        reader.send(JSON.stringify(frame));
      }
    }
    if (readers.size === 0 && Date.now() >= current.nextNotice) {
      current.nextNotice = Date.now() + NOTICE_INTERVAL;
      const frame = run.frame(info, figures, new LiveCursor(), NOTICE_LIMITS);
      this._onNotice(noticeOf(info, frame));
    }
  }

  private _socket: LiveSocket | undefined;
  private _timer: NodeJS.Timeout | undefined;
  private _run: CurrentRun | undefined;
  /** A run whose result is being made. */
  private _frozen: CurrentRun | undefined;
}

interface CurrentRun {
  readonly run: LiveRun;
  readonly info: RunInfo;
  readonly recording: LiveRecording;
  readonly board: ThreadBoard | undefined;
  readonly rate: RecentRate;
  /** What each reader has been told of this run. */
  readonly cursors: WeakMap<LiveConnection, LiveCursor>;
  nextNotice: number;
  busy: boolean;
  figures: LiveFigures;
}

function figuresOf({ recording, rate }: CurrentRun): LiveFigures {
  const figures = recording.figures();
  return { ...figures, events_per_second: rate.at(figures.events) };
}

function noticeOf(info: RunInfo, frame: LiveFrame): LiveNotice {
  return { event: 'live', run_id: info.id, frame, text: liveText(frame) };
}
