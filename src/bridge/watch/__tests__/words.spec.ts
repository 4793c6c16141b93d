import {
  lesserChoices,
  WAIT_WORD_CHOICES,
  watchedWords,
  watchEvents
} from '../words';

const GIL = {
  address: 0x1000,
  lastHolder: 0x1008,
  locked: 0x1010,
  switchNumber: 0x1018,
  foundBy: 'scan'
} as const;

it('are events of writes from user space', () => {
  const words = watchedWords(GIL, { wait: 0, yield: 0 });
  expect(watchEvents(words)).toEqual([
    'mem:0x1010/4:w:u',
    'mem:0x1020/4:w:u',
    'mem:0x1078/4:w:u'
  ]);
  expect(watchEvents(watchedWords(GIL, {}))).toEqual(['mem:0x1010/4:w:u']);
});

it('are given up one after the other', () => {
  expect(lesserChoices({ wait: 0, yield: 0 })).toEqual([
    { wait: 0, yield: 0 },
    { wait: 0 },
    {}
  ]);
  expect(lesserChoices({ wait: 8 })).toEqual([{ wait: 8 }, {}]);
  expect(lesserChoices({})).toEqual([{}]);
  expect(WAIT_WORD_CHOICES[WAIT_WORD_CHOICES.length - 1]).toEqual({});
});
