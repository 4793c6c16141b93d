/** A traced cell that goes on until it is told to end, and what a page shows of it meanwhile. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';

/**
 * Two threads that both want the GIL until a file `stop` lies beside the notebook: as slow as the machine is. The kernel's
 * process id lies in `pid-NAME` meanwhile.
 */
export function liveCell(
  options: string,
  stop: string,
  name = 'counter'
): string {
  return `%%giltracer ${options}
import os, threading, time

running = [True]

def count():
    while running:
        pass

threads = [
    threading.Thread(target=count, name=f'${name}-{i}') for i in range(2)
]
for thread in threads:
    thread.start()
with open('pid-${name}', 'w') as file:
    file.write(str(os.getpid()))
until = time.monotonic() + 60
while not os.path.exists('${stop}') and time.monotonic() < until:
    time.sleep(0.05)
running.clear()
for thread in threads:
    thread.join()`;
}

/** The page's own application, as `expose_app_in_browser` shows it. */
export interface ExposedWindow {
  jupyterapp: {
    commands: {
      execute(id: string, options?: Record<string, unknown>): Promise<unknown>;
    };
    shell: {
      currentWidget: {
        sessionContext: {
          session: { kernel: { id: string } } | null;
          changeKernel(options: { id: string }): Promise<unknown>;
          restartKernel(): Promise<unknown>;
        };
        context: {
          save(): Promise<void>;
          model: { dirty: boolean; toJSON(): unknown };
        };
        content: {
          activeCellIndex: number;
          notebookConfig: object;
          scrollToItem(index: number, align?: string): Promise<void>;
        };
      };
    };
  };
}

/** The picture of who holds the GIL. */
function picture(view: Locator): Promise<string> {
  return view
    .locator('.giltracer-mod-gil canvas')
    .evaluate(node => (node as HTMLCanvasElement).toDataURL());
}

/** The lanes of the threads that do something are there, and the picture changes. */
export async function expectLive(
  page: Page,
  view = page.locator('.giltracer-Live:visible')
): Promise<void> {
  await expect(view.locator('.giltracer-Live-connection')).toHaveText('live', {
    timeout: 12000
  });
  const region = view.locator('.giltracer-Lanes-region');
  const numbers = view.locator('.giltracer-Badge:not(:empty)');
  await expect
    .poll(
      async () => {
        // What can't be seen is not painted, and a notebook scrolls to the cell that it runs.
        await region.scrollIntoViewIfNeeded();
        return numbers.count();
      },
      { timeout: 5000 }
    )
    .toBeGreaterThan(2);
  await expectMoving(view);
}

/** The picture changes. */
export async function expectMoving(view: Locator): Promise<void> {
  await view.locator('.giltracer-mod-gil').scrollIntoViewIfNeeded();
  const before = await picture(view);
  await expect.poll(() => picture(view), { timeout: 3000 }).not.toBe(before);
}

/** So many results are on the page. */
export async function expectResults(page: Page, count: number): Promise<void> {
  const results = page.locator('.jp-OutputArea .giltracer-Lanes');
  await expect(results).toHaveCount(count, { timeout: 15000 });
}

/** Run all cells, and don't wait for their end. */
export async function start(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { commands } = (window as unknown as ExposedWindow).jupyterapp;
    void commands.execute('notebook:run-all-cells');
  });
}

/** Let a cell end. */
export async function stop(
  page: IJupyterLabPageFixture,
  tmpPath: string,
  name: string
): Promise<void> {
  await page.contents.uploadContent('', 'text', `${tmpPath}/${name}`);
}

/** The live connections that a page makes. */
export interface LiveSockets {
  /** The addresses of all so far. */
  readonly made: string[];
  /** Those that are open. */
  open: number;
  /** So many were open at once. */
  most: number;
}

/** Counts the live connections of a page from now on. */
export function liveSockets(page: Page): LiveSockets {
  const sockets: LiveSockets = { made: [], open: 0, most: 0 };
  page.on('websocket', socket => {
    if (socket.url().includes('/giltracer/live/')) {
      sockets.made.push(socket.url());
      sockets.most = Math.max(sockets.most, ++sockets.open);
      socket.on('close', () => sockets.open--);
    }
  });
  return sockets;
}
