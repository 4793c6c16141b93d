/** The time axis of a live view: how long ago. */
import type { CssPixels, Nanoseconds } from '../../core/units';
import { niceStep, type Ticks } from '../lanes/ticks';

/** Room that a label needs. */
const LABEL_WIDTH: CssPixels = 60;
const SECOND: Nanoseconds = 1e9;

/** Ticks from -span to 0, the newest instant, which has none: the picture ends there. */
export function axisTicks(span: Nanoseconds, width: CssPixels): Ticks {
  const count = Math.max(2, Math.floor(width / LABEL_WIDTH));
  const step = niceStep(span / count);
  const ticks = [];
  for (let i = Math.floor(span / step); i > 0; i--) {
    const seconds = Number(((i * step) / SECOND).toFixed(1));
    ticks.push({ time: -i * step, label: `−${seconds} s` });
  }
  return { step, ticks, base: undefined };
}
