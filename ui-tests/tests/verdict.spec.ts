/** The verdict of a real run: names the line, each number leads to where it stands and back, with the keyboard alone. */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { expect, test } from '@jupyterlab/galata';
import { notebookOf, open } from './notebook-page';

/** Two threads that both compute on one line. */
const LOOPS = `%%giltracer -n "two loops"
import threading

def count(n):
    while n: n -= 1  # both threads

threads = [threading.Thread(target=count, args=(4_000_000,)) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()`;
/** It stands in the second cell, as its author counts. */
const LINE = LOOPS.split('\n').findIndex(text => text.includes('# both')) + 1;
const PLACE = `In [2]:${LINE} in count`;
const VERDICT = '.jp-OutputArea .giltracer-Verdict';

/** What axe has found in the verdict, in short. */
async function violations(page: IJupyterLabPageFixture): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .include(VERDICT)
    .analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`)
  );
}

/** The line of the verdict, and another switch interval, with the keyboard alone: the whole trace is loaded for it. */
async function tryOwnChanges(
  page: IJupyterLabPageFixture,
  whatIf: Locator
): Promise<void> {
  const line = whatIf.getByRole('combobox', { name: 'Line' });
  await line.focus();
  await expect(line.locator('option:checked')).toContainText(PLACE);
  await page.keyboard.press('Tab');
  await expect(whatIf.getByRole('button', { name: 'Try' })).toBeFocused();
  await page.keyboard.press('Enter');
  // Where other programs had the CPUs, a replay may be too uncertain.
  const answer = /\d m?s to \d|can’t be told/;
  const status = whatIf.getByRole('status');
  await expect(status).toContainText(`If ${PLACE} released the GIL: `);
  await expect(status).toContainText(answer);

  await whatIf
    .getByRole('combobox', { name: 'Try a change of your own' })
    .selectOption('switch-interval');
  await whatIf.getByRole('spinbutton').focus();
  // Within the notebook these keys would make and delete cells.
  await page.keyboard.type('abdd');
  await page.keyboard.press('Enter');
  await expect(status).toContainText('If the switch interval were 2 ms: ', {
    timeout: 20000
  });
  await expect(status).toContainText(answer);
  await expect(page.locator('.giltracer-FullTrace')).toContainText('exact');
  await expect(page.locator('.jp-Notebook .jp-CodeCell')).toHaveCount(2);
  const told = (await status.textContent())?.includes(' to ') === true;
  const row = whatIf
    .locator('tr.giltracer-mod-own')
    .filter({ hasText: 'were 2 ms' });
  await expect(row).toHaveCount(told ? 1 : 0);
}

test('the verdict names the line, and its numbers lead to their tables and back', async ({
  page,
  tmpPath
}) => {
  const cells = ['%load_ext giltracer', LOOPS];
  await open(page, tmpPath, 'verdict.ipynb', notebookOf(cells));
  await page.notebook.run();
  const verdict = page.locator(VERDICT);
  await expect(verdict).toBeVisible({ timeout: 20000 });
  await expect(verdict.locator('.giltracer-Verdict-text')).toContainText(PLACE);
  await expect(verdict.getByText('What to do:').first()).toBeVisible();
  // What tracing cost, and what was lost, stands beside it.
  await expect(page.locator('.giltracer-Header-facts')).toContainText(
    /tracing cost|cost of tracing/
  );

  // From the copy button to the number by Tab, to its row by Enter.
  const number = verdict
    .getByRole('button', { name: `shows ${PLACE} in the table of lines` })
    .first();
  await verdict.getByRole('button', { name: 'Copy' }).focus();
  for (let stop = 0; stop < 8; stop++) {
    await page.keyboard.press('Tab');
    if (await number.evaluate(node => node === document.activeElement)) {
      break;
    }
  }
  await expect(number).toBeFocused();
  await page.keyboard.press('Enter');
  const row = page
    .getByRole('group', { name: 'Lines that made others wait' })
    .locator('tr:focus');
  await expect(row.locator('th')).toHaveText(PLACE);
  await expect(row).toHaveAttribute('aria-current', 'true');
  await expect(row).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(number).toBeFocused();
  await expect(number).toBeInViewport();

  // The same with the mouse, and the button that leads back.
  await number.click();
  await expect(row).toBeInViewport();
  await page.getByRole('button', { name: 'Back to the verdict' }).click();
  await expect(number).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.locator('tr[aria-current="true"]')).toHaveCount(0);

  await tryOwnChanges(page, verdict.locator('.giltracer-WhatIf'));

  for (const fold of await verdict.locator('.giltracer-fold').all()) {
    await fold.click();
  }
  expect.soft(await violations(page)).toEqual([]);
  await page.theme.setDarkTheme();
  await expect(page.locator('body[data-jp-theme-light="false"]')).toHaveCount(
    1
  );
  expect.soft(await violations(page)).toEqual([]);

  // As narrow as a window beside another one: nothing is cut off.
  await page.sidebar.close('left');
  await page.setViewportSize({ width: 480, height: 800 });
  await expect
    .poll(() =>
      verdict.evaluate(node => {
        const { right } = node.getBoundingClientRect();
        return {
          hidden: Math.max(0, node.scrollWidth - node.clientWidth - 1),
          outside: Math.max(0, right - window.innerWidth)
        };
      })
    )
    .toEqual({ hidden: 0, outside: 0 });
  expect.soft(await violations(page)).toEqual([]);
});
