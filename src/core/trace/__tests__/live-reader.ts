/** A reader of live frames, for tests: takes each as JSON, as it comes over a socket, and keeps what it says. */
import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { STATE_COUNT } from '../../threads/states';
import type { LiveFrame, LiveThread } from '../live-frame';
import type { LiveFrameView } from '../live-frame-view';
import { readLiveFrame } from '../read-live-frame';

const schema = JSON.parse(
  readFileSync(
    join(__dirname, '../../../../schema/formats/live-frame.v1.schema.json'),
    'utf8'
  )
) as object;
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);

export class LiveReader {
  readonly threads = new Map<number, LiveThread>();
  last: LiveFrameView | undefined;
  /** Bytes of the last frame. */
  bytes = 0;

  take(frame: LiveFrame): LiveFrameView {
    const text = JSON.stringify(frame);
    this.bytes = text.length;
    const json: unknown = JSON.parse(text);
    expect(validate(json) ? [] : validate.errors).toEqual([]);
    const view = readLiveFrame(json);
    for (const thread of view.threads) {
      this.threads.set(thread.index, thread);
    }
    for (const { thread, first, count, shares } of view.shares) {
      if (!this.threads.has(thread)) {
        throw new Error(`nobody was told of thread ${thread}`);
      }
      const own = this._shares.get(thread) ?? new Map<number, Uint8Array>();
      this._shares.set(thread, own);
      for (let bucket = 0; bucket < count; bucket++) {
        const wide = new Uint8Array(STATE_COUNT);
        view.states.forEach((state, column) => {
          wide[state] = shares[bucket * view.states.length + column];
        });
        own.set(first + bucket, wide);
      }
    }
    this.last = view;
    return view;
  }

  /** By ThreadState; undefined if the bucket was not told. */
  bucket(thread: number, bucket: number): Uint8Array | undefined {
    return this._shares.get(thread)?.get(bucket);
  }

  private readonly _shares = new Map<number, Map<number, Uint8Array>>();
}
