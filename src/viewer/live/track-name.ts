/** How a thread is called in a live view. */
import { threadName } from '../thread-name';
import type { ITranslation } from '../translation';
import type { LiveTrack } from './live-run';

/** Its name, with its number in the system where others have the same name. */
export function trackName(
  { info, sharesName }: LiveTrack,
  trans: ITranslation
): string {
  const name = threadName(info, trans);
  return sharesName && info.name !== '' ? `${name} ${info.tid}` : name;
}
