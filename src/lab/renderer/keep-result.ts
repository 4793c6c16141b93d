/** Puts a result that came from the run store into its notebook, so that it is saved with it. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { reportHtml } from '../../core/export/html';
import { reportText } from '../../core/export/text';
import type { BundleView } from '../../core/trace/bundle-view';
import { BundleError, readBundle } from '../../core/trace/read-bundle';

/**
 * Replace the placeholder of a run by its result, the forms for readers without the extension included: they tell of a run that
 * goes on. The model tells its notebook, which shows the result and has to be saved.
 *
 * @param json the result's bundle
 * @returns false, with nothing changed, where the notebook is not trusted, where no placeholder of the run stands, or for what
 *   is no result of it
 */
export function keepResult(
  model: IRenderMime.IMimeModel,
  mimeType: string,
  json: unknown
): boolean {
  const result = viewOf(json);
  const standing = viewOf(model.data[mimeType]);
  if (
    !model.trusted ||
    result?.document === undefined ||
    standing?.run.id !== result.run.id ||
    standing.kind !== 'placeholder'
  ) {
    return false;
  }
  model.setData({
    data: {
      // As it came, and not as it was read: what a newer giltracer has put in stays in.
      [mimeType]: json as IRenderMime.IMimeModel['data'][string],
      'text/html': reportHtml(result.document),
      'text/plain': reportText(result.document)
    }
  });
  return true;
}

function viewOf(json: unknown): BundleView | undefined {
  try {
    return readBundle(json);
  } catch (error) {
    if (error instanceof BundleError) {
      return undefined;
    }
    throw error;
  }
}
