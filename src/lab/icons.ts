/** The icons of the extension: a lane with a thread that runs and one that waits. */
import { LabIcon } from '@jupyterlab/ui-components';

const lanes = (colour: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><g class="${colour}" fill="#616161"><path d="M1 3h6v3H1zM7 10h8v3H7z"/><path d="M8 4h7v1H8zM1 11h5v1H1z"/></g></svg>`;

/** Two lanes: what one thread holds, the other waits for. */
export const tracerIcon = new LabIcon({
  name: 'giltracer:tracer',
  svgstr: lanes('jp-icon3')
});

/** The same for something that is traced. */
export const tracedIcon = new LabIcon({
  name: 'giltracer:traced',
  svgstr: lanes('jp-icon-brand0')
});

/** What can be traced: a cross beside the lanes. */
export const doctorIcon = new LabIcon({
  name: 'giltracer:doctor',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><path class="jp-icon3" fill="#616161" d="M6 2h4v4h4v4h-4v4H6v-4H2V6h4z"/></svg>'
});

/** The side panel: one lane holds the GIL while the others wait. */
export const gilIcon = new LabIcon({
  name: 'giltracer:gil',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
  <g class="jp-icon3" fill="#616161">
    <path d="M2 4h9v4H2zM13 5h9v2h-9zM2 11h5v2H2zM9 10h9v4H9zM20 11h2v2h-2zM2 17h12v2H2zM16 16h6v4h-6z"/>
  </g>
</svg>`
});
