import { LaneKeys, type IKeyTarget } from '../lane-keys';

describe('LaneKeys', () => {
  let region: HTMLElement;
  let row: HTMLElement;
  let log: string[];
  let keys: LaneKeys;
  let around: string[];
  const onKey = (event: KeyboardEvent): void => {
    around.push(event.key);
  };

  beforeEach(() => {
    region = document.createElement('div');
    region.tabIndex = 0;
    row = document.createElement('div');
    row.tabIndex = -1;
    region.append(row);
    document.body.append(region);
    log = [];
    around = [];
    document.body.addEventListener('keydown', onKey);
    const target: IKeyTarget = {
      zoomBy: factor => log.push(`zoom ${factor.toFixed(2)}`),
      panBy: fraction => log.push(`pan ${fraction}`),
      reset: () => log.push('reset'),
      showStart: () => log.push('start'),
      showEnd: () => log.push('end'),
      moveEdge: fraction => log.push(`edge ${fraction}`),
      chooseEdge: edge => log.push(`the ${edge} moves`),
      walkWaits: direction => log.push(`wait ${direction}`),
      walkRows: direction => log.push(`row ${direction}`),
      enter: stop => {
        log.push(stop === row ? 'enter row' : 'enter');
        return stop === row;
      },
      fold: stop => {
        log.push('fold');
        return stop === row;
      },
      escape: () => log.push('escape') < 2,
      search: () => log.push('search'),
      help: () => log.push('help')
    };
    keys = new LaneKeys(region, target, element => element === row);
  });

  afterEach(() => {
    keys.dispose();
    region.remove();
    document.body.removeEventListener('keydown', onKey);
  });

  function press(
    key: string,
    init: KeyboardEventInit = {},
    on: HTMLElement = region
  ): boolean {
    const event = { key, bubbles: true, cancelable: true, ...init };
    return on.dispatchEvent(new KeyboardEvent('keydown', event));
  }

  it.each([
    ['w', 'zoom 0.67'],
    ['W', 'zoom 0.67'],
    ['s', 'zoom 1.50'],
    ['+', 'zoom 0.67'],
    ['-', 'zoom 1.50'],
    ['a', 'pan -0.15'],
    ['ArrowLeft', 'pan -0.15'],
    ['d', 'pan 0.15'],
    ['ArrowRight', 'pan 0.15'],
    ['ArrowUp', 'row -1'],
    ['ArrowDown', 'row 1'],
    ['Home', 'start'],
    ['End', 'end'],
    ['[', 'wait -1'],
    [']', 'wait 1'],
    ['/', 'search'],
    ['?', 'help'],
    ['0', 'reset']
  ])('does for the key %s: %s, and the page does not see it', (key, act) => {
    expect(press(key)).toBe(false);
    expect(log).toEqual([act]);
    expect(around).toEqual([]);
  });

  it('moves the edges of a range with Shift', () => {
    press('ArrowRight', { shiftKey: true });
    press('ArrowLeft', { shiftKey: true });
    press('Home', { shiftKey: true });
    press('End', { shiftKey: true });
    expect(log).toEqual([
      'edge 0.02',
      'edge -0.02',
      'the start moves',
      'the end moves'
    ]);
  });

  it('leaves other keys, and keys with a modifier, to the page', () => {
    expect(press('x')).toBe(true);
    expect(press('Tab')).toBe(true);
    expect(press('s', { ctrlKey: true })).toBe(true);
    expect(press('a', { metaKey: true })).toBe(true);
    expect(press('w', { altKey: true })).toBe(true);
    expect(log).toEqual([]);
    expect(around).toEqual(['x', 'Tab', 's', 'a', 'w']);
  });

  it('searches with Ctrl + F', () => {
    expect(press('f', { ctrlKey: true })).toBe(false);
    expect(press('F', { metaKey: true })).toBe(false);
    expect(log).toEqual(['search', 'search']);
  });

  it('takes Enter and F only where they mean something', () => {
    expect(press('Enter')).toBe(true);
    expect(press('Enter', {}, row)).toBe(false);
    expect(press('f')).toBe(true);
    expect(press('f', {}, row)).toBe(false);
    expect(log).toEqual(['enter', 'enter row', 'fold', 'fold']);
  });

  it('leaves keys on other elements within alone', () => {
    const inner = document.createElement('button');
    row.append(inner);
    expect(press('s', {}, inner)).toBe(true);
    expect(log).toEqual([]);
  });

  it('takes picks back with Escape, then gives the focus to what is around', () => {
    const cell = document.createElement('div');
    cell.tabIndex = -1;
    document.body.append(cell);
    cell.append(region);
    region.focus();
    press('Escape');
    expect(document.activeElement).toBe(region);
    press('Escape');
    expect(document.activeElement).toBe(cell);
    expect(log).toEqual(['escape', 'escape']);
    cell.remove();
  });

  it('does nothing once disposed', () => {
    keys.dispose();
    press('w');
    expect(log).toEqual([]);
  });
});
