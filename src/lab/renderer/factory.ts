/** The factory that rendermime asks for a renderer of results. */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { BUNDLE_MIME_TYPE } from '../../core/trace/bundle';
import { RunRenderer } from './run-renderer';

/**
 * Lower wins. `text/html` has rank 50, and each result carries one for readers without the extension:
 * with a rank of 50 or more the html would be shown instead.
 */
export const RENDERER_RANK = 40;

/** Factory for `application/vnd.giltracer.v1+json`. */
export function rendererFactory(
  services: RunRenderer.IServices
): IRenderMime.IRendererFactory {
  return {
    // Safe for notebooks that are not trusted: the renderer takes every field as text, see readBundle.
    safe: true,
    mimeTypes: [BUNDLE_MIME_TYPE],
    createRenderer: options =>
      new RunRenderer({
        ...services,
        mimeType: options.mimeType,
        resolver: options.resolver
      })
  };
}
