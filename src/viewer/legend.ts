/** The legend: the states that occur in a run, drawn as the lanes draw them. */
import { STATE_ORDER } from '../core/threads/colors';
import type { ReportDocument, ThreadRow } from '../core/trace/document';
import { STATE_NAMES } from '../core/threads/states';
import type { ThreadState } from '../core/threads/states';
import { element } from './dom';
import { rasterize } from './lanes/raster';
import { stateExplanation, stateLabel } from './state-words';
import type { AreaStyle, Theme } from './theme';
import { cssColour } from './theme';
import type { ITranslation } from './translation';

const WIDTH = 18;
const HEIGHT = 12;

/** States in which some thread spent time, in the order of the stacks. */
export function statesIn(threads: readonly ThreadRow[]): ThreadState[] {
  return STATE_ORDER.filter(state =>
    threads.some(thread => (thread.states_ns[STATE_NAMES[state]] ?? 0) > 0)
  );
}

export function legend(
  { threads, collections, waits }: ReportDocument,
  theme: Theme,
  trans: ITranslation
): HTMLElement {
  const node = element('details', 'giltracer-Legend');
  const list = element('summary', 'giltracer-Legend-list');
  const words = element('dl', 'giltracer-Legend-words');
  for (const state of statesIn(threads)) {
    const label = stateLabel(trans, state);
    const explanation = stateExplanation(trans, state);
    const item = element('span', 'giltracer-Legend-item');
    item.title = explanation;
    item.append(swatch(theme.states[state]), label);
    list.append(item);
    words.append(element('dt', '', label), element('dd', '', explanation));
  }
  for (const [sign, text] of [
    ...(waits.length > 0
      ? [
          [
            trans.__('tick above a lane'),
            trans.__('A long wait that is too short to be seen at this zoom.')
          ]
        ]
      : []),
    ...((collections?.longest ?? []).length > 0
      ? [
          [
            trans.__('bar above a lane'),
            trans.__('The garbage collector runs in this thread.')
          ]
        ]
      : [])
  ]) {
    words.append(element('dt', '', sign), element('dd', '', text));
  }
  list.append(
    element('span', 'giltracer-Legend-more', trans.__('What do these mean?'))
  );
  node.append(list, words);
  return node;
}

/** A small sample of a style, with its pattern and its height. */
function swatch(style: AreaStyle): HTMLElement {
  const ratio = window.devicePixelRatio || 1;
  const canvas = element('canvas', 'giltracer-Legend-swatch');
  canvas.width = Math.round(WIDTH * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  canvas.setAttribute('aria-hidden', 'true');
  const context = canvas.getContext('2d');
  if (context === null) {
    canvas.style.background = cssColour(style.base);
    return canvas;
  }
  const { width, height } = canvas;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const picture = {
    width,
    height,
    pixelRatio: ratio,
    styles: [style],
    order: [0],
    shares: new Float64Array(0),
    whole: new Uint16Array(width).fill(1)
  };
  rasterize(picture, pixels);
  context.putImageData(image, 0, 0);
  return canvas;
}
