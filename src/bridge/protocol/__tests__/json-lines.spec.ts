import { JsonLines } from '../json-lines';
import { parseRequest, requestId } from '../requests';

function collect(pieces: readonly string[]): unknown[] {
  const seen: unknown[] = [];
  const lines = new JsonLines((value, error) =>
    seen.push(error ? 'error' : value)
  );
  pieces.forEach(piece => lines.push(piece));
  return seen;
}

describe('JsonLines', () => {
  const text = '{"id":1}\n\n[2,"ä"]\nnot json\n{"id":3}\n{"id":4';

  it('gives each whole line once, and says which is no JSON', () => {
    expect(collect([text])).toEqual([{ id: 1 }, [2, 'ä'], 'error', { id: 3 }]);
  });

  it('does not depend on where the text is cut', () => {
    expect(collect([...text])).toEqual(collect([text]));
  });

  it('gives up a line that never ends', () => {
    expect(collect(['x'.repeat(5 * 1024 * 1024), '\n7\n'])).toEqual([
      'error',
      7
    ]);
  });
});

describe('parseRequest', () => {
  it('takes a whole request', () => {
    const request = { id: 4, op: 'cancel', run_id: 'a' };
    expect(parseRequest(request)).toEqual(request);
  });

  it.each([
    [null, 'not a request'],
    ['stop', 'not a request'],
    [{ id: 1, op: 'format' }, 'not a request'],
    [{ id: 1, op: 'toString' }, 'not a request'],
    [{ id: 1, op: 'cancel' }, 'cancel: run_id must be a string'],
    [
      { id: 1, op: 'start', run: null, states: true },
      'start: run must be a object'
    ],
    [
      { id: 1, op: 'start', run: {}, states: 'yes' },
      'start: states must be a boolean'
    ]
  ])('refuses %j', (value, message) => {
    expect(() => parseRequest(value)).toThrow(message);
  });

  it('finds the id that a refusal must carry', () => {
    expect(requestId({ id: 9 })).toBe(9);
    expect(requestId({ id: 'x' })).toBe(0);
    expect(requestId(null)).toBe(0);
  });
});
