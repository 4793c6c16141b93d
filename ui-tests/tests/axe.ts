/** Axe's judgement of the view in a cell's output. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

export const VIEW = '.jp-OutputArea .giltracer-RunView';

/** What axe has found in the view, in short. */
export async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .include(VIEW)
    .analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)
  );
}
