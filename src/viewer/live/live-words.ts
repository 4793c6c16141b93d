/** What a live view says: who holds the GIL, the longest wait, the figures. What the rung can't know is named, never 0. */
import { placeWords } from '../../core/export/source-words';
import type { SourceLine } from '../../core/trace/document';
import type { LiveFrameView } from '../../core/trace/live-frame-view';
import type { Fact } from '../capture-facts';
import { rungFact } from '../capture-facts';
import { formatCount, formatDuration, formatPercent } from '../format';
import type { ITranslation } from '../translation';
import type { LiveRun } from './live-run';
import { trackName } from './track-name';

/** Where the frames come from, and whether they come. */
export type LiveConnectionState =
  /** Nothing came so far. */
  | 'connecting'
  | 'live'
  /** The page is hidden. */
  | 'paused'
  /** It broke, and is made anew. */
  | 'lost'
  /** There is no way but the kernel's own messages. */
  | 'kernel'
  /** Nothing comes, and nothing will. */
  | 'off';

/** @returns undefined if there is nothing to say */
export function connectionWords(
  state: LiveConnectionState,
  trans: ITranslation
): string | undefined {
  switch (state) {
    case 'connecting':
      return trans.__('connecting to the live view');
    case 'live':
      return trans.__('live');
    case 'paused':
      return trans.__('paused while this page is hidden');
    case 'lost':
      return trans.__('connection lost, connecting again');
    case 'kernel':
      return trans.__(
        'refreshed once a second through the kernel: this path stalls while a call keeps the GIL'
      );
    case 'off':
      return undefined;
  }
}

/** `first at In [2]:5 in count, for 12 ms`; `nobody`. */
export function holderWords(run: LiveRun, trans: ITranslation): string {
  const { holders, until_ns: until = 0 } = run.latest ?? {};
  if (holders === undefined) {
    return trans.__('Who holds the GIL is not known on this rung');
  }
  if (holders.length === 0) {
    return trans.__('Nobody holds the GIL');
  }
  const [{ thread, line, since_ns: since }] = holders;
  const duration = formatDuration(Math.max(0, until - since));
  const words = trans.__(
    '%1 holds the GIL for %2',
    threadAt(run, thread, line, trans),
    duration
  );
  return holders.length === 1
    ? words
    : trans.__('%1; %2 GILs in all are held', words, holders.length);
}

/** Who, where, for whom; undefined if nobody has waited. */
export function longestWaitWords(
  run: LiveRun,
  trans: ITranslation
): string | undefined {
  const wait = run.latest?.longest_wait;
  if (wait === undefined) {
    return undefined;
  }
  const duration = wait.open
    ? `≥ ${formatDuration(wait.duration_ns)}`
    : formatDuration(wait.duration_ns);
  const waiter = threadAt(run, wait.thread, wait.line, trans);
  return wait.holder === undefined
    ? trans.__('Longest wait so far: %1, %2', duration, waiter)
    : trans.__(
        'Longest wait so far: %1, %2, for %3',
        duration,
        waiter,
        threadAt(run, wait.holder, wait.holder_line, trans)
      );
}

/** The rung, the rate, the losses, the cost. */
export function liveFacts(
  run: LiveRun,
  connection: LiveConnectionState,
  trans: ITranslation
): Fact[] {
  const frame = run.latest;
  if (frame === undefined) {
    return [];
  }
  const missed =
    connection === 'kernel' || run.missed === 0
      ? []
      : [
          {
            text: trans._n(
              '%2 frame of the live view missed',
              '%2 frames of the live view missed',
              run.missed,
              formatCount(run.missed)
            ),
            title: trans.__(
              'This page was hidden or slow. The trace itself has everything.'
            ),
            warning: false
          }
        ];
  return [
    rungFact(frame.mode, trans),
    ...rateFacts(frame, trans),
    costFact(frame, trans),
    ...missed
  ];
}

function rateFacts(frame: LiveFrameView, trans: ITranslation): Fact[] {
  const rate = formatCount(Math.round(frame.events_per_second));
  if (frame.mode === 'sample') {
    return [{ text: trans.__('%1 readings/s', rate), warning: false }];
  }
  const { lost } = frame;
  return [
    { text: trans.__('%1 events/s', rate), warning: false },
    ...(frame.scheduler_states
      ? []
      : [{ text: trans.__('no scheduler states'), warning: false }]),
    lost === 0
      ? { text: trans.__('nothing lost'), warning: false }
      : {
          text: trans._n(
            '%2 record lost',
            '%2 records lost',
            lost,
            formatCount(lost)
          ),
          warning: true
        }
  ];
}

function costFact(frame: LiveFrameView, trans: ITranslation): Fact {
  const { overhead_percent: cost, reader_cpu_percent: own } = frame;
  if (cost !== undefined) {
    const text = trans.__('tracing costs at least %1', formatPercent(cost));
    return { text, warning: false };
  }
  return {
    text:
      own === undefined
        ? trans.__('cost of tracing not known')
        : trans.__('giltracer itself: %1 of one CPU', formatPercent(own)),
    warning: false
  };
}

function threadAt(
  run: LiveRun,
  index: number,
  line: SourceLine | undefined,
  trans: ITranslation
): string {
  const track = run.tracks.get(index);
  const name =
    track === undefined ? trans.__('another thread') : trackName(track, trans);
  const place = line && placeWords(line);
  return place === undefined ? name : trans.__('%1 at %2', name, place);
}
