import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunStore } from '../run-store';

describe('RunStore', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'giltracer-test-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('writes files that only their owner can read', () => {
    const path = new RunStore(join(root, 'runs')).write(
      'run-1',
      'bundle.json',
      '{}'
    );
    expect(readFileSync(path, 'utf8')).toBe('{}');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'runs', 'run-1')).mode & 0o777).toBe(0o700);
  });

  it('leaves what a reader has opened as it was', () => {
    const store = new RunStore(root);
    const path = store.write('run-1', 'bundle.json', 'first');
    const opened = openSync(path, 'r');
    store.write('run-1', 'bundle.json', 'second');
    // A file that is written in place is empty for an instant.
    expect(readFileSync(opened, 'utf8')).toBe('first');
    closeSync(opened);
    expect(readFileSync(path, 'utf8')).toBe('second');
    expect(readdirSync(join(root, 'run-1'))).toEqual(['bundle.json']);
  });

  it.each(['../x', 'a/b', '', '.', 'x'.repeat(65)])(
    'refuses %j as a run id',
    id => {
      expect(() => new RunStore(root).create(id)).toThrow('not a run id');
    }
  );

  it('removes the oldest runs above the cap, and what is not a run never', () => {
    const store = new RunStore(root, 250);
    for (const [index, id] of ['old', 'middle', 'new'].entries()) {
      store.write(id, 'trace.giltrace', 'x'.repeat(100));
      utimesSync(join(root, id), 1000 + index, 1000 + index);
    }
    store.write('new', 'bundle.json', '');
    utimesSync(join(root, 'new'), 1002, 1002);
    store.prune('new');
    expect(
      ['old', 'middle', 'new'].map(id => existsSync(join(root, id)))
    ).toEqual([false, true, true]);
  });

  it('keeps the run just made even if it alone passes the cap', () => {
    const store = new RunStore(root, 50);
    store.write('big', 'trace.giltrace', 'x'.repeat(100));
    store.prune('big');
    expect(existsSync(join(root, 'big'))).toBe(true);
  });
});
