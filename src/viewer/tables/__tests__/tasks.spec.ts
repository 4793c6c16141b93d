import { sampleView } from '../../__tests__/sample-view';
import type { LineRow, SourceLine } from '../../../core/trace/document';
import { summaryOf } from '../../header';
import { ENGLISH } from '../../translation';
import { placeCell } from '../cells';

const TASK: SourceLine = {
  file: '<asyncio task>',
  line: 0,
  function: 'fetch-3'
};
const LINE: SourceLine = { file: 'jobs.py', line: 12, function: 'fetch' };

describe('an asyncio task', () => {
  it.each([
    [TASK, 'task fetch-3', 'asyncio task\nfetch-3'],
    [
      { ...TASK, function: 'Task-… of fetch' },
      'Task-… of fetch',
      'asyncio task\nTask-… of fetch'
    ],
    [
      { ...LINE, task: 'fetch-3' },
      'jobs.py:12 in fetch (task fetch-3)',
      'jobs.py\nline 12\nfetch\nasyncio task fetch-3'
    ]
  ])('is called by its name: %o', (place, text, title) => {
    expect(placeCell(place, ENGLISH)).toMatchObject({ text, title });
  });

  it('is not the line that made others wait most', () => {
    const { document } = sampleView();
    if (document === undefined) {
      throw new Error('the sample has a document');
    }
    const row = (place: SourceLine, made: number): LineRow => ({
      ...place,
      made_wait_ns: made,
      waited_ns: 0,
      waits: 0,
      total_waited_ns: 0
    });
    const lines = [row(TASK, 9e6), row(LINE, 5e6)];
    expect(summaryOf({ ...document, lines }, ENGLISH)).toContain(
      'jobs.py:12 in fetch made others wait most: 5 ms.'
    );
  });
});
