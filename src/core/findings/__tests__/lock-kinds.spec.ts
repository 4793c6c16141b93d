import { kindOf, LockKind } from '../facts/lock-kinds';

/** Innermost first, as a stack of a real wait reads: file and function. */
function frames(...places: string[]) {
  return places.map(place => {
    const [file, name] = place.split(' ');
    return { file, line: 1, function: name };
  });
}

// As Lib/threading.py, queue.py and concurrent/futures of 3.11 call each other, and those of 3.8 and 3.13 where it says so.
const SEEN: readonly [string, LockKind, string[]][] = [
  ['with lock:', LockKind.Lock, ['prog.py work']],
  [
    'with a condition, whose lock is taken',
    LockKind.Lock,
    ['threading.py Condition.__enter__', 'prog.py work']
  ],
  [
    'a semaphore',
    LockKind.Lock,
    [
      'threading.py Condition.wait',
      'threading.py Semaphore.acquire',
      'prog.py f'
    ]
  ],
  [
    'a semaphore in 3.8',
    LockKind.Lock,
    ['threading.py wait', 'threading.py acquire', 'prog.py f']
  ],
  [
    'queue.get()',
    LockKind.QueueGet,
    ['threading.py Condition.wait', 'queue.py Queue.get', 'prog.py f']
  ],
  [
    'queue.get() in 3.8',
    LockKind.QueueGet,
    ['threading.py wait', 'queue.py get', 'prog.py f']
  ],
  [
    'queue.put() into a full one',
    LockKind.QueuePut,
    ['threading.py Condition.wait', 'queue.py Queue.put', 'prog.py f']
  ],
  [
    'queue.join()',
    LockKind.Others,
    ['threading.py Condition.wait', 'queue.py Queue.join', 'prog.py f']
  ],
  [
    'thread.join()',
    LockKind.Others,
    ['threading.py Thread._wait_for_tstate_lock', 'threading.py Thread.join']
  ],
  ['thread.join() in 3.13', LockKind.Others, ['threading.py Thread.join']],
  [
    'event.wait()',
    LockKind.Others,
    ['threading.py Condition.wait', 'threading.py Event.wait', 'prog.py f']
  ],
  [
    'future.result()',
    LockKind.Others,
    [
      'threading.py Condition.wait',
      'concurrent/futures/_base.py Future.result',
      'prog.py f'
    ]
  ],
  [
    'an idle worker',
    LockKind.Others,
    ['concurrent/futures/thread.py _worker', 'threading.py Thread.run']
  ],
  [
    'an idle worker of joblib',
    LockKind.Others,
    ['multiprocessing/pool.py worker', 'threading.py Thread.run']
  ],
  ['nothing known', LockKind.Lock, []]
];

describe('kindOf', () => {
  it.each(SEEN)('knows %s', (_, kind, places) => {
    expect(kindOf(frames(...places))).toBe(kind);
  });
});
