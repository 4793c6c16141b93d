/** Why a result can't be shown. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { BundleError } from '../../core/trace/read-bundle';

/** @param error what reading or showing it threw */
export function bundleProblem(
  error: unknown,
  trans: TranslationBundle
): string {
  const reason =
    error instanceof BundleError
      ? error.message
      : trans.__('unexpected content (%1)', String(error));
  return trans.__('This giltracer result can’t be shown: %1', reason);
}
