/**
 * Entry of the worker that loads traces.
 *
 * The work is imported late: libraries are shared between the extensions of a page (module federation), and are at hand
 * only after the bundler's own start.
 */
import type { IWorkerScope } from './trace-work';

void import('./trace-work').then(({ serveTraces }) =>
  // The page's type is the only one that a project with pages may have.
  serveTraces(self as unknown as IWorkerScope)
);
