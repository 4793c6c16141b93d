/** Why there is nothing live to see, each reason in a plain sentence. */
import type { ITranslation } from '../../viewer/translation';
import type { LiveObstacle, LiveSocketState } from '../live/live-connection';
import type { KernelSituation } from './current-kernel';

/** Of the notebook's kernel, before anything is asked. */
export function situationWords(
  situation: Exclude<KernelSituation, { kind: 'ready' }>,
  trans: ITranslation
): string {
  switch (situation.kind) {
    case 'no-notebook':
      return trans.__('No notebook is open: open one to watch its kernel.');
    case 'no-kernel':
      return trans.__(
        'This notebook has no kernel: choose one to trace its cells.'
      );
    case 'starting':
      return trans.__('The kernel is starting…');
    case 'restarting':
      return trans.__('The kernel is being restarted…');
    case 'dead':
      return trans.__('The kernel has died: restart it to trace cells.');
    case 'foreign':
      return trans.__(
        'This notebook’s kernel runs %1; giltracer traces Python only.',
        situation.language
      );
  }
}

/** Of the connection, while no run is told of. */
export function connectionWords(
  state: LiveSocketState,
  obstacle: LiveObstacle | undefined,
  trans: ITranslation
): string {
  switch (state) {
    case 'connecting':
      return trans.__('Connecting…');
    case 'waiting':
    case 'connected':
      return trans.__(
        'No cell is being traced. Put “%1” on the first line of a cell and run it.',
        '%%giltracer'
      );
    case 'paused':
      return trans.__('Paused while this page is hidden.');
    case 'lost':
      return trans.__(
        'The connection to the server is lost; it is tried again.'
      );
    case 'ended':
      return trans.__('The kernel has ended.');
    case 'unavailable':
      return obstacleWords(obstacle ?? 'no-route', trans);
  }
}

export function obstacleWords(
  obstacle: LiveObstacle,
  trans: ITranslation
): string {
  switch (obstacle) {
    case 'no-route':
      return trans.__(
        'This Jupyter server has no live view: giltracer is not installed where it runs, or you may not read its kernels. Results still come in the output of the cell.'
      );
    case 'remote':
      return trans.__(
        'This kernel runs on another machine than the Jupyter server: a traced cell’s output is refreshed once a second instead.'
      );
    case 'not-private':
      return trans.__(
        'Others may use the live view’s socket of this kernel, so it is not used: a traced cell’s output is refreshed once a second instead.'
      );
  }
}
