/** A live frame that needs none before it, in one line: for readers without the live view. */
import { formatCount, formatDuration, formatPercent } from '../quantities';
import type { LiveFrame } from '../trace/live-frame';
import { plain } from './plain-text';
import { placeWords } from './source-words';

/** `tracing… 12.3 s, holder MainThread at In [3]:5, longest wait 31 ms, 12 000 events/s, lost 0, …` */
export function liveText(frame: LiveFrame): string {
  const { holders, longest_wait: wait, overhead_percent: cost } = frame;
  const nameOf = (index: number): string =>
    plain(
      frame.threads.find(thread => thread.index === index)?.name ?? 'a thread'
    );
  const holding = holders?.map(({ thread, line }) => {
    const place = line && placeWords(line);
    return place === undefined
      ? nameOf(thread)
      : `${nameOf(thread)} at ${place}`;
  });
  return [
    `tracing… ${(frame.until_ns / 1e9).toFixed(1)} s`,
    ...(holding === undefined
      ? []
      : [`holder ${holding.length > 0 ? holding.join(' and ') : 'nobody'}`]),
    ...(wait === undefined
      ? []
      : [`longest wait ${formatDuration(wait.duration_ns)}`]),
    `${formatCount(Math.round(frame.events_per_second))} ${frame.mode === 'sample' ? 'readings' : 'events'}/s`,
    `lost ${formatCount(frame.lost)}`,
    ...(cost === undefined
      ? []
      : [`tracing costs at least ${formatPercent(cost)}`])
  ].join(', ');
}
