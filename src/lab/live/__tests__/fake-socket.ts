/** A WebSocket that says what the test says. */
export class FakeSocket {
  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  static made: FakeSocket[] = [];

  onopen: () => void = () => {};
  onmessage: (event: { data: unknown }) => void = () => {};
  onerror: () => void = () => {};
  onclose: (event: { code: number }) => void = () => {};
  closed = false;

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen();
  }

  say(json: unknown): void {
    this.onmessage({ data: JSON.stringify(json) });
  }

  /** As the server, or the network, closes it. */
  end(code: number): void {
    this.onclose({ code });
  }
}

/** A frame as it comes from the bridge. */
export function message(frame: number, runId = 'run-1', state = 'running') {
  return {
    format: 'giltracer-live',
    version: 1,
    run: {
      id: runId,
      name: '',
      state,
      started_at: '2026-01-02T03:04:05+00:00'
    },
    mode: 'full',
    scheduler_states: true,
    frame,
    until_ns: frame * 1e8,
    bucket_ns: 1e7,
    states: ['running-gil'],
    threads: [],
    shares: [],
    holders: [],
    events: 0,
    events_per_second: 0,
    lost: 0
  };
}

export function status(state: string) {
  return { format: 'giltracer-live-status', version: 1, state };
}
