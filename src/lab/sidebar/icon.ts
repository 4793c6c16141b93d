/** Lanes, one of which holds the GIL while the others wait. */
import { LabIcon } from '@jupyterlab/ui-components';

export const gilIcon = new LabIcon({
  name: 'giltracer:gil',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
  <g class="jp-icon3" fill="#616161">
    <path d="M2 4h9v4H2zM13 5h9v2h-9zM2 11h5v2H2zM9 10h9v4H9zM20 11h2v2h-2zM2 17h12v2H2zM16 16h6v4h-6z"/>
  </g>
</svg>`
});
