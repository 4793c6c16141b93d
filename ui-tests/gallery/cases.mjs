/** What the gallery shows: state x theme x width, each once. */

const THREADS = `import hashlib, threading, time

def count(n):
    total = 0
    for i in range(n):
        total += i
    return total

def parse(end):
    while time.monotonic() < end:
        count(20_000)

def fetch(end):
    while time.monotonic() < end:
        time.sleep(0.002)
        count(500)

def digest(end):
    data = bytes(1 << 22)
    while time.monotonic() < end:
        hashlib.sha256(data).digest()

def work(seconds):
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=f, args=(end,), name=f"{f.__name__} {i}")
        for i, f in enumerate([parse, parse, fetch, fetch, digest])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
`;

/** A cell that is really traced. `until`: what to wait for before the picture is taken. */
const traced = (options, seconds) => ({
  cells: [
    `%load_ext giltracer\n${THREADS}`,
    `%%giltracer ${options}\nwork(${seconds})`
  ]
});

/**
 * @typedef {object} Case
 * @property {string} name of the picture's file
 * @property {'light' | 'dark'} theme
 * @property {number} width of the window, in CSS pixels
 * @property {string[]} [cells] code to run; else `notebook` is opened
 * @property {string} [notebook] one that write-gallery.ts made
 * @property {number} [liveAfter] take the picture so many milliseconds after the start, while the cell runs
 * @property {string} [pick] a CSS selector to click when the result is there
 * @property {number} [height] of the window; default: a little more than a small screen
 * @property {number} [demo] open the demo notebook instead and press Shift+Enter so many times, as a newcomer does;
 *   nothing is scrolled
 * @property {string} [seen] a CSS selector: what must be on the screen as a whole
 */

/** @type {readonly Case[]} */
export const CASES = [
  {
    name: 'verdict-demo-light',
    theme: 'light',
    width: 1280,
    height: 720,
    demo: 3,
    seen: '.giltracer-Verdict-main'
  },
  {
    name: 'verdict-dark-narrow',
    theme: 'dark',
    width: 420,
    ...traced('-n parse', 2)
  },
  {
    name: 'live-light',
    theme: 'light',
    width: 1200,
    ...traced('-n parse', 8),
    liveAfter: 5000
  },
  {
    name: 'live-dark-narrow',
    theme: 'dark',
    width: 620,
    ...traced('-n parse', 8),
    liveAfter: 5000
  },
  {
    name: 'live-sampled-light',
    theme: 'light',
    width: 900,
    ...traced('-n parse --mode sample', 8),
    liveAfter: 5000
  },
  {
    name: 'result-light',
    theme: 'light',
    width: 1200,
    ...traced('-n parse', 2)
  },
  {
    name: 'result-dark',
    theme: 'dark',
    width: 1200,
    ...traced('-n parse', 2)
  },
  {
    name: 'result-light-narrow',
    theme: 'light',
    width: 620,
    ...traced('-n parse', 2)
  },
  {
    name: 'result-sampled-dark',
    theme: 'dark',
    width: 900,
    ...traced('-n parse --mode sample', 2)
  },
  { name: 'empty-light', theme: 'light', width: 900, notebook: 'empty' },
  {
    name: 'one-event-dark',
    theme: 'dark',
    width: 900,
    notebook: 'one-event'
  },
  { name: 'failed-light', theme: 'light', width: 620, notebook: 'failed' },
  {
    name: 'many-threads-dark',
    theme: 'dark',
    width: 1200,
    notebook: 'many-threads'
  },
  {
    name: 'many-intervals-light',
    theme: 'light',
    width: 1200,
    notebook: 'many-intervals'
  }
];
